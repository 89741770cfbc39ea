"""Does a person with a browser see the light turn green, without touching the page?"""

import json
import urllib.request

import pytest
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.factories import make_user
from tests.selfimprove.running import NO_PROXY
from tests.telemetry.doors.knock import called
from tests.telemetry.scene import add_target

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def send(live_server: LiveServer, secret: str, *values: dict[str, object]) -> None:
    body = "".join(json.dumps(value) + "\n" for value in values).encode()
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/x-ndjson"}
    request = urllib.request.Request(f"{live_server.url}/api/events", body, headers)  # noqa: S310  # ours
    with NO_PROXY.open(request, timeout=60) as answer:
        assert answer.status in (200, 207)


def test_a_token_is_made_used_and_seen_to_work(
    page: Page, live_server: LiveServer, client: Client
) -> None:
    add_target()
    client.force_login(make_user("admin"))
    cookie = client.cookies["selfimprove_session"].value
    page.context.add_cookies(
        [{"name": "selfimprove_session", "value": cookie, "url": live_server.url}]
    )
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{live_server.url}/telemetry/connect/gateway/")
    page.get_by_label("Who will use it?").fill("nightly job")
    page.get_by_role("button", name="Make the token").click()
    secret = page.locator("#issued-secret").inner_text()
    light = page.locator("#arrivals .si-badge")
    expect(light).to_have_text("Waiting")
    send(live_server, secret, called(1), {**called(2), "latency_ms": -1})
    expect(light).to_have_text("Connected", timeout=30_000)
    expect(page.locator("#arrivals")).to_contain_text("1 wrong")
    expect(page.locator("#issued-secret")).to_have_text(secret)  # it is still there to be copied
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert complaints == []
