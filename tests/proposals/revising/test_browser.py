"""Can a person request changes and read what came of it in a browser that runs no script?"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
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
    anna = make_user(name="anna")
    anna.user_permissions.add(Permission.objects.get(codename="add_proposal"))
    client.force_login(anna)
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, java_script_enabled=False, locale="en-GB"
    )
    cookie = client.cookies["selfimprove_session"].value
    context.add_cookies([{"name": "selfimprove_session", "value": cookie, "url": live_server.url}])
    yield context.new_page()
    context.close()


def fits(page: Page) -> bool:
    """Tell whether nothing reaches over the narrow screen's edge."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_request_revise_and_compare(plain: Page, live_server: LiveServer, target: Target) -> None:
    proposal = make_proposal(target, at=timezone.now())
    plain.goto(live_server.url + proposal.get_absolute_url())
    plain.get_by_text("Request changes", exact=True).click()
    plain.get_by_label("What should be different?").fill("Take 1500 instead.")
    plain.get_by_role("button", name="Request these changes").click()
    wanted = plain.locator("#changes-requested")
    expect(wanted).to_contain_text("Take 1500 instead.")
    assert fits(plain)
    plain.get_by_role("link", name="Hand in a revision").click()
    words = plain.get_by_label("The whole document, with its diff")
    assert fits(plain)
    lines = words.input_value().split("\n")
    there = next(line for line in lines if line.startswith("+    timeout_ms"))
    words.fill("\n".join("+    timeout_ms: 1500" if line == there else line for line in lines))
    plain.get_by_role("button", name="Hand it in").click()
    expect(plain.locator("#versions")).to_contain_text("Revision 2")
    plain.get_by_role("link", name="What changed between both").click()
    expect(plain.locator(".si-diff")).to_contain_text("timeout_ms: 1500")
    assert fits(plain)
