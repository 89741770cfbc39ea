"""Does the page hold what it shows, in a real browser, wide and narrow, light and dark?"""

from datetime import time, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page

from audit.events import Event
from notifications.models import Channel
from tests.notifications.scene import Clock, channel, happen
from tests.notifications.servers import Hook

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def olga(page: Page, live_server: object) -> Page:
    person = User.objects.create_superuser("olga", "olga@example.org", "long enough 1")
    client = Client()
    client.force_login(person)
    session = client.cookies["selfimprove_session"].value
    url = str(live_server)
    page.context.add_cookies([{"name": "selfimprove_session", "value": session, "url": url}])
    page.goto(f"{url}/notifications/")
    return page


def test_a_channel_is_added_and_tried_by_hand(olga: Page, hook: Hook) -> None:
    complaints: list[str] = []
    olga.on("console", lambda said: complaints.append(said.text))
    form = olga.locator("#add")
    form.get_by_label("Name").fill("ops")
    form.get_by_label("Address").fill(hook.address)
    form.get_by_text("Only these kinds").click()
    form.get_by_label("The loop was paused").check()
    form.get_by_role("button", name="Add it").click()
    olga.get_by_text("hears of what happens from now on").wait_for()
    hook.secret = olga.locator("#issued-secret").inner_text()
    olga.get_by_role("button", name="Send a test").click()
    olga.get_by_text("“ops” took the test").wait_for()
    assert len(hook.got) == 1
    assert Channel.objects.get().kinds == ["loop_paused"]
    assert "verysecrettoken" not in olga.content()
    assert complaints == []


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_nothing_sticks_out(olga: Page, hook: Hook, width: int, scheme: str) -> None:
    now = timezone.now()
    long = "operations-and-everybody-who-is-on-duty-at-night-and-on-sundays-of-the-whole-year"
    channel(hook, name=long[:80], quiet_from=time(22), quiet_to=time(7))
    happen(Event.LOOP_PAUSED, reason="x" * 400, at=now - timedelta(minutes=10))
    hook.mood = "broken"
    Clock(now).tell()
    olga.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    olga.set_viewport_size({"width": width, "height": 844})
    for address in ("/notifications/", "/incident/"):
        olga.goto(olga.url.partition("/notifications")[0].partition("/incident")[0] + address)
        for fold in olga.locator("details.si-fold").all():
            if fold.get_attribute("open") is None:
                fold.locator("summary").first.click()
        assert olga.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_new_secret_is_shown_whole_and_copied_by_a_click(
    olga: Page, hook: Hook, width: int, scheme: str
) -> None:
    channel(hook, name="ops")
    olga.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    olga.set_viewport_size({"width": width, "height": 844})
    olga.reload()
    olga.get_by_text("New secret", exact=True).click()
    olga.get_by_label("The old one signs as well for").select_option("168")
    olga.get_by_role("button", name="Give it a new secret").click()
    secret = olga.locator("#issued-secret").inner_text()
    assert len(secret) > 40
    assert olga.get_by_role("button", name="Copy the secret").is_visible()
    assert olga.get_by_text("Signed with two secrets").is_visible()
    assert olga.evaluate("document.documentElement.scrollWidth") <= width
