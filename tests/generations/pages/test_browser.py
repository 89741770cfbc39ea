"""Does a person with a browser see a generation move and end, without touching the page?"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from generations.models import Generation, Outcome, Reason
from targets.models import Target
from tests.console.rows import beat
from tests.factories import make_target, make_user
from tests.generations.story import live_through

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def at_work(tmp_path: Path) -> Generation:
    now = timezone.now()
    beat(now)
    target: Target = make_target(tmp_path)
    generation = live_through(target, now)
    Generation.objects.filter(pk=generation.pk).update(lease_until=now + timedelta(hours=1))
    return generation


@pytest.fixture
def seen(
    page: Page, live_server: LiveServer, client: Client, at_work: Generation
) -> Iterator[Page]:
    """Sit before the page, signed in; complain of anything on the browser's console."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    client.force_login(make_user("admin"))
    cookie = client.cookies["selfimprove_session"].value
    page.context.add_cookies(
        [{"name": "selfimprove_session", "value": cookie, "url": live_server.url}]
    )
    page.goto(live_server.url + at_work.get_absolute_url())
    yield page
    assert complaints == []


def test_it_is_followed_called_off_and_seen_to_end(seen: Page, at_work: Generation) -> None:
    live = seen.locator("#generation")
    expect(live).to_contain_text("Review: reviews the change")
    seen.locator("#attempts > summary").click()
    Generation.objects.filter(pk=at_work.pk).update(activity="weighs what it found")
    expect(live).to_contain_text("Review: weighs what it found", timeout=15_000)
    expect(seen.locator("#attempts")).to_have_attribute("open", "")  # what was opened stays open
    seen.get_by_role("button", name="Call it off").click()
    expect(live).to_contain_text("It ends within moments.")
    expect(seen.get_by_role("button", name="Call it off")).to_have_count(0)
    ended = {"outcome": Outcome.CANCELLED, "reason_kind": Reason.STOPPED, "reason": "Called off."}
    Generation.objects.filter(pk=at_work.pk).update(**ended, ended_at=timezone.now())
    expect(seen.locator("#lead")).to_contain_text("Cancelled", timeout=15_000)
    expect(live).not_to_have_attribute("hx-trigger", "every 2s")


def test_the_lineage_is_walked_by_keys(seen: Page, live_server: LiveServer) -> None:
    seen.goto(f"{live_server.url}/generations/gateway/archive/")
    seen.keyboard.press("j")
    first = seen.locator("a.ln-row").first
    expect(first).to_be_focused()
    seen.keyboard.press("j")
    seen.keyboard.press("Enter")
    seen.wait_for_url("**/generations/gateway/14/")


def test_no_page_scrolls_sideways(seen: Page, live_server: LiveServer) -> None:
    places = ["", "gateway/12/", "gateway/archive/", "dashboard/", "gateway/compare/?old=2&new=12"]
    too_wide = []
    for place in places:
        seen.goto(f"{live_server.url}/generations/{place}")
        for width in (390, 768, 1280, 2560):
            seen.set_viewport_size({"width": width, "height": 900})
            if seen.evaluate("document.documentElement.scrollWidth") > width:
                too_wide.append((place, width))
    assert too_wide == []
