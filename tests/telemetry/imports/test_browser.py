"""Does a person with a browser bring a history in: look, decide, watch it, open what it gave?"""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from telemetry.models import Event
from tests.factories import make_user
from tests.telemetry.imports.bring import PAGE, lines, turn, with_bad
from tests.telemetry.scene import add_target

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def inside(page: Page, live_server: LiveServer, client: Client) -> Page:
    add_target()
    client.force_login(make_user("operator"))
    cookie = client.cookies["selfimprove_session"].value
    page.context.add_cookies(
        [{"name": "selfimprove_session", "value": cookie, "url": live_server.url}]
    )
    return page


def hear(page: Page) -> list[str]:
    """Gather what the page complains about."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def test_a_history_is_looked_at_brought_in_and_opened(
    inside: Page, live_server: LiveServer, tmp_path: Path
) -> None:
    page, complaints = inside, hear(inside)
    for name, body in (("monday.jsonl", lines(20)), ("tuesday.jsonl", with_bad(0))):
        (tmp_path / name).write_bytes(body)
    page.goto(f"{live_server.url}/telemetry/events/")
    page.get_by_role("link", name="Bring a history in").click()
    page.get_by_label("One or more files").set_input_files(sorted(tmp_path.glob("*.jsonl")))
    page.get_by_role("button", name="Look first").click()
    expect(page.get_by_text("It begins as soon as the worker is free")).to_be_visible()
    turn()
    expect(page.get_by_text("2 bad lines: nothing comes in")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("row", name="tuesday.jsonl 1 the JSON is broken")).to_be_visible()
    assert Event.objects.count() == 0
    page.get_by_label("Skip bad lines").check()
    page.get_by_role("button", name="Bring it in").click()
    expect(page.get_by_role("button", name="Give it up")).to_be_visible()
    turn()
    expect(page.locator(".si-tile").first).to_contain_text("20", timeout=20_000)
    assert "hx-trigger" not in page.locator("#imports").evaluate("e => e.outerHTML")
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name="The patterns of Gateway").click()
    expect(page.get_by_role("link", name="web_search")).to_be_visible()
    assert complaints == []


def test_files_that_are_too_large_are_named_before_they_are_sent(
    inside: Page, live_server: LiveServer, tmp_path: Path, settings: Any
) -> None:
    few = settings.SELFIMPROVE.telemetry.model_copy(update={"max_import_bytes": 2_000})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"telemetry": few})
    file = tmp_path / "large.jsonl"
    file.write_bytes(lines(20))
    inside.goto(live_server.url + PAGE)
    field = inside.get_by_label("One or more files")
    field.set_input_files(file)
    said = field.evaluate("e => e.validationMessage")
    assert said.startswith("Larger than 2.0 kB in all")
    sent: list[str] = []
    inside.on("request", lambda request: sent.append(request.method))
    inside.get_by_role("button", name="Bring it in").click()
    assert "POST" not in sent
    small = tmp_path / "small.jsonl"
    small.write_bytes(lines(1))
    field.set_input_files(small)
    inside.get_by_role("button", name="Bring it in").click()
    expect(inside.get_by_role("button", name="Give it up")).to_be_visible()
