"""Do the pages answer calmly whatever stands in their address, and escape what logs say?"""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from targets.models import Target
from telemetry import ingest, mining
from telemetry.models import Event, Pattern, Source
from tests.factories import make_user
from tests.telemetry.scene import Log, add_target, call

pytestmark = pytest.mark.django_db

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)> {{ 7|add:1 }} &amp; \u202e'
ODD = [
    *("page=0", "page=-1", "page=999999", "page=x", "page=", "page=1e9"),
    *("target=nobody", "target=%00", "severity=worst", "type=none", "q=%25", "q=%00"),
    *("q=" + "x" * 300, "q=%F0%9F%98%80", "q=%27%20OR%201=1--", "q=" + "a+" * 90),
    *("pattern=0", "pattern=x", "pattern=99999999999999999999", "before=0", "before=-5"),
    *("before=99999999999999999999", "before=x", "component=" + "y" * 300, "component=%00"),
]


@pytest.fixture
def target() -> Target:
    return add_target()


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user("admin"))
    return client


def store(target: Target) -> None:
    now = timezone.now()
    hostile = [call(n, at=now, tool=HOSTILE, message=HOSTILE, agent=HOSTILE) for n in range(3)]
    ingest.store(target, hostile, now)
    mining.mine(target, now)


@pytest.mark.parametrize("name", ["patterns", "events"])
@pytest.mark.parametrize("query", ODD)
def test_an_odd_address_gets_a_page_and_never_a_failure(
    admin: Client, target: Target, name: str, query: str
) -> None:
    store(target)
    response = admin.get(f"{reverse(f'telemetry:{name}')}?{query}")
    assert response.status_code == 200
    assert b"</html>" in response.content


@pytest.mark.parametrize("key", [0, 99_999, 9_223_372_036_854_775_807])
def test_an_unknown_pattern_is_not_found(admin: Client, key: int) -> None:
    assert admin.get(reverse("telemetry:pattern", args=[key])).status_code == 404


def test_what_a_log_says_is_text_on_every_page(admin: Client, target: Target) -> None:
    store(target)
    pattern = Pattern.objects.get()
    places = [reverse("telemetry:patterns"), reverse("telemetry:events")]
    for place in [*places, pattern.get_absolute_url()]:
        page = admin.get(place).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;" in page


def test_a_pattern_whose_events_are_gone_still_has_its_page(admin: Client, target: Target) -> None:
    store(target)
    Event.objects.all().delete()
    page = admin.get(Pattern.objects.get().get_absolute_url()).content.decode()
    assert "No message in the last 24 hours." in page


def test_a_sources_trouble_does_not_stop_the_pages(
    admin: Client, target: Target, tmp_path: Path
) -> None:
    log = Log(tmp_path, target)  # a folder in place of a file
    log.collect()
    assert "is a folder" in Source.objects.get().last_error
    assert admin.get(reverse("telemetry:patterns")).status_code == 200


def test_nothing_is_changed_through_these_pages(admin: Client, target: Target) -> None:
    store(target)
    for name, arguments in [("patterns", []), ("events", []), ("pattern", [1])]:
        assert admin.post(reverse(f"telemetry:{name}", args=arguments)).status_code == 405
