"""Can a person talk about a line in a real browser that runs no script at all, however narrow?"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from targets.models import Target
from tests.factories import make_proposal, make_target, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def plain(chromium: Browser, live_server: LiveServer, client: Client) -> Iterator[Page]:
    """Sign anna in on a narrow screen without scripts."""
    client.force_login(make_user(name="anna"))
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, java_script_enabled=False, locale="en-GB"
    )
    cookie = client.cookies["selfimprove_session"].value
    context.add_cookies([{"name": "selfimprove_session", "value": cookie, "url": live_server.url}])
    yield context.new_page()
    context.close()


def test_press_write_reply_and_resolve(
    plain: Page, live_server: LiveServer, target: Target
) -> None:
    proposal = make_proposal(target, at=timezone.now())
    plain.goto(live_server.url + proposal.get_absolute_url())
    plain.get_by_role("link", name="Comment on line 3", exact=True).click()
    plain.get_by_label("About line 3 of config/tools.yaml").fill("Why not 800?")
    plain.locator("#say").get_by_role("button", name="Comment").click()
    thread = plain.locator("#change .si-talk")
    expect(thread).to_contain_text("Why not 800?")
    thread.get_by_text("Reply", exact=True).first.click()
    thread.get_by_label("Your reply").fill("Measured.")
    thread.get_by_role("button", name="Reply").click()
    expect(thread).to_contain_text("Measured.")
    thread.get_by_role("button", name="Resolve").click()
    expect(thread).to_contain_text("Resolved by anna: 2 comments")
    box = thread.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 390
