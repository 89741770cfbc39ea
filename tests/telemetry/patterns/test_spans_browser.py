"""Does a reader far from UTC ask for times of their own and see the same times in the list?"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from telemetry import ingest
from tests.factories import make_user
from tests.telemetry.scene import add_target, call

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def at() -> datetime:
    """Return a quarter past three in UTC, a quarter past noon in Tokyo, two days ago."""
    day = datetime.now(UTC) - timedelta(days=2)
    return day.replace(hour=3, minute=15, second=0, microsecond=0)


@pytest.fixture
def tokyo(
    chromium: Browser, live_server: LiveServer, client: Client, at: datetime
) -> Iterator[Page]:
    """Sit before a browser in Tokyo, with an event an hour to see."""
    batch = [call(n, at=at + timedelta(hours=n), session=f"s-{n}") for n in range(4)]
    ingest.store(add_target(), batch, datetime.now(UTC))
    client.force_login(make_user("admin"))
    context = chromium.new_context(
        timezone_id="Asia/Tokyo", locale="en-GB", base_url=live_server.url
    )
    cookie = client.cookies["selfimprove_session"].value
    context.add_cookies([{"name": "selfimprove_session", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    yield page
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_own_times_are_asked_for_when_chosen_and_kept(tokyo: Page, at: datetime) -> None:
    tokyo.goto("/telemetry/events/")
    since = tokyo.get_by_label("From Asia/Tokyo")
    expect(since).to_be_hidden()
    tokyo.get_by_label("When").select_option(label="Own times")
    since.fill(f"{at:%Y-%m-%d}T13:00")  # 04:00 in UTC
    tokyo.get_by_label("To Asia/Tokyo").fill(f"{at:%Y-%m-%d}T15:00")
    tokyo.get_by_role("button", name="Filter").click()
    expect(tokyo.locator("tbody tr")).to_have_count(2)
    assert "zone=Asia%2FTokyo" in tokyo.url
    expect(tokyo.locator("tbody time").first).to_contain_text("14:15")
    expect(since).to_have_value(f"{at:%Y-%m-%d}T13:00")


def test_an_address_from_elsewhere_shows_the_same_moments_here(tokyo: Page, at: datetime) -> None:
    day = f"{at:%Y-%m-%d}"
    tokyo.goto(f"/telemetry/sessions/?since={day}T04:00&until={day}T06:00&zone=UTC")
    expect(tokyo.get_by_label("From Asia/Tokyo")).to_have_value(f"{day}T13:00")
    expect(tokyo.locator("tbody tr")).to_have_count(2)


def test_a_time_that_never_was_is_told_and_stays_as_it_was_written(tokyo: Page) -> None:
    tokyo.goto("/telemetry/events/?since=2026-03-29T02:30&zone=Europe/Berlin")
    expect(tokyo.get_by_text("clocks went forward")).to_be_visible()
    expect(tokyo.get_by_label("From Europe/Berlin")).to_have_value("2026-03-29T02:30")
