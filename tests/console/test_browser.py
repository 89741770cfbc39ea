"""Do keys, times, counts and themes work in a real browser, under the strict policy?"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from targets.models import Target
from tests.console.rows import beat
from tests.factories import make_proposal, make_target, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def target(tmp_path: Path) -> Target:
    beat(timezone.now())
    return make_target(tmp_path)


@pytest.fixture
def inbox(page: Page, live_server: LiveServer, client: Client, target: Target) -> Iterator[Page]:
    """Open the inbox, signed in; complain of anything on the browser's console at the end."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    make_proposal(target, title="Give it time", at=timezone.now() - timedelta(minutes=9))
    client.force_login(make_user("admin"))
    cookie = client.cookies["selfimprove_session"].value
    page.context.add_cookies(
        [{"name": "selfimprove_session", "value": cookie, "url": live_server.url}]
    )
    page.goto(live_server.url)
    yield page
    assert complaints == []


def test_the_sheet_opens_with_a_question_mark_and_lists_what_the_page_offers(inbox: Page) -> None:
    inbox.keyboard.press("?")
    sheet = inbox.get_by_role("dialog")
    expect(sheet).to_be_visible()
    expect(sheet).to_contain_text("Review “Give it time”")
    expect(sheet).to_contain_text("Dashboard")
    inbox.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_a_decision_key_moves_focus_and_fires_nothing(inbox: Page) -> None:
    address = inbox.url
    inbox.keyboard.press("o")
    expect(inbox.get_by_role("link", name="Review “Give it time”")).to_be_focused()
    assert inbox.url == address


def test_keys_walk_the_rows(inbox: Page) -> None:
    inbox.keyboard.press("j")
    expect(inbox.get_by_role("link", name="Give it time", exact=True)).to_be_focused()


def test_two_keys_go_to_another_page(inbox: Page, live_server: LiveServer) -> None:
    inbox.keyboard.press("g")
    inbox.keyboard.press("s")
    inbox.wait_for_url(f"{live_server.url}/settings/")


def test_keys_are_left_alone_in_a_field_and_with_a_modifier(
    inbox: Page, live_server: LiveServer
) -> None:
    inbox.goto(f"{live_server.url}/settings/")
    inbox.keyboard.press("Control+?")
    expect(inbox.locator("#keys")).to_be_hidden()
    inbox.get_by_label("Reason").press_sequentially("gd? now")
    expect(inbox.get_by_label("Reason")).to_have_value("gd? now")
    expect(inbox.locator("#keys")).to_be_hidden()


def test_times_are_local_with_utc_on_hover(inbox: Page) -> None:
    time = inbox.locator("#live .si-row time").first
    expect(time).to_have_text("9 min ago")
    assert (time.get_attribute("title") or "").endswith("Z")


def test_the_tab_counts_what_waits(inbox: Page) -> None:
    expect(inbox).to_have_title("(1) Inbox · selfimprove")


def test_the_live_part_and_the_count_renew_themselves(inbox: Page, target: Target) -> None:
    make_proposal(target, title="Ask less often", at=timezone.now())
    inbox.evaluate("htmx.ajax('GET', '/', {target: '#live', swap: 'outerHTML'})")
    expect(inbox.get_by_role("link", name="Ask less often", exact=True)).to_be_visible()
    expect(inbox).to_have_title("(2) Inbox · selfimprove")


def test_no_page_scrolls_sideways(inbox: Page, live_server: LiveServer) -> None:
    too_wide = []
    for path in ("/", "/dashboard/", "/settings/"):
        inbox.goto(live_server.url + path)
        for width in (390, 768, 1440, 2560):
            inbox.set_viewport_size({"width": width, "height": 900})
            if inbox.evaluate("document.documentElement.scrollWidth") > width:
                too_wide.append((path, width))
    assert too_wide == []


def test_the_theme_follows_the_system(inbox: Page) -> None:
    shade = "getComputedStyle(document.body).backgroundColor"
    inbox.emulate_media(color_scheme="light")
    light = inbox.evaluate(shade)
    inbox.emulate_media(color_scheme="dark")
    assert inbox.evaluate(shade) != light


def test_the_first_tab_stop_skips_the_menu(inbox: Page) -> None:
    inbox.keyboard.press("Tab")
    expect(inbox.get_by_role("link", name="Skip to the content")).to_be_focused()
    inbox.keyboard.press("Enter")
    expect(inbox.locator("#content")).to_be_focused()


def test_on_a_small_screen_the_chosen_entry_and_tab_are_in_sight(
    inbox: Page, live_server: LiveServer
) -> None:
    inbox.set_viewport_size({"width": 390, "height": 900})
    inbox.goto(f"{live_server.url}/proposals/?state=ended")
    for name, words in (("Main", "Proposals"), ("States", "Failed or superseded")):
        chosen = inbox.get_by_role("navigation", name=name).locator("[aria-current]")
        expect(chosen).to_contain_text(words)
        expect(chosen).to_be_in_viewport(ratio=0.9)
