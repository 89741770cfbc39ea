"""Does an administrator say whose account of a chat it is, at any width?"""

import pytest
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from selfimprove.models import ChatAccount
from targets.models import Target
from tests.chat.talking import Talk
from tests.factories import make_proposal, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_account_is_named_in_the_back_office_and_speaks_from_then_on(
    page: Page, live_server: LiveServer, client: Client, target: Target
) -> None:
    make_user("reviewer", name="rita")
    make_proposal(target)
    client.force_login(make_user("admin", name="vera"))
    cookie = client.cookies["selfimprove_session"].value
    page.context.add_cookies(
        [{"name": "selfimprove_session", "value": cookie, "url": live_server.url}]
    )
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    assert "stands for nobody" in Talk("U7")("list", team="ops")
    page.goto(f"{live_server.url}/admin/selfimprove/chataccount/add/")
    page.get_by_label("Place").fill("chat:ops")
    page.get_by_label("User").fill("U7")
    page.locator(".select2-selection").click()
    page.locator(".select2-search__field").fill("rita")
    page.locator(".select2-results__option", has_text="rita").click()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/chataccount/")
    assert ChatAccount.objects.get().person.get_username() == "rita"
    assert "web_search" in Talk("U7")("list", team="ops")
    assert complaints == []
