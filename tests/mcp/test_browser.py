"""Does a person with a browser connect an agent, at any width and without a complaint?"""

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from telemetry.doors import tokens
from telemetry.doors.models import Scope
from tests.factories import make_user
from tests.mcp.tokens import issue
from tests.telemetry.scene import add_target

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_token_is_made_copied_into_the_snippets_and_revoked(
    page: Page, live_server: LiveServer, client: Client
) -> None:
    target = add_target()
    person = make_user("admin", name="vera")
    issue(target, person, Scope.PROPOSALS_READ, name="older")
    client.force_login(person)
    cookie = client.cookies["selfimprove_session"].value
    page.context.add_cookies(
        [{"name": "selfimprove_session", "value": cookie, "url": live_server.url}]
    )
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{live_server.url}/settings/")
    page.get_by_role("link", name="tokens, and how to connect").click()
    page.get_by_label("Who will use it?").fill("desk")
    page.get_by_label("Decide and comment").check()
    page.get_by_role("button", name="Make the token").click()
    secret = page.locator("#issued-secret").inner_text()
    assert tokens.known(secret, timezone.now()).scopes == ["proposals:read", "proposals:decide"]
    assert f"Bearer {secret}" in page.locator("#snippet-claude-code").inner_text()
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    row = page.locator(".si-row", has_text="older")
    row.get_by_text("Rotate or revoke").click()
    row.get_by_label("to revoke it for good").fill("sit_")
    row.get_by_role("button", name="Revoke").click()
    assert "it cannot be undone" in page.content()
    assert complaints == []
