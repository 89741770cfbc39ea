"""Does the settings page tell values with their origin, hide secrets, and stop the loop?"""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.events import Event
from audit.models import Entry
from selfimprove import switch
from selfimprove.config import Effective
from selfimprove.console.in_force import HIDDEN, sections
from selfimprove.models import Run
from tests.console.rows import beat
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_values_are_grouped_and_carry_their_origin() -> None:
    found = sections(
        [
            Effective("web", "port", 8100, "file selfimprove.toml"),
            Effective("web", "threads", 4, "default"),
            Effective("watch", "effect", 1.25, "environment"),
        ]
    )
    assert [name for name, _ in found] == ["web", "watch"]
    port, threads = found[0][1]
    assert (port.value, port.origin, port.is_default) == ("8100", "file selfimprove.toml", False)
    assert threads.is_default


@pytest.mark.parametrize("key", ["api_key", "apikey", "password", "client_secret", "bot_token"])
def test_a_secret_is_never_shown(key: str) -> None:
    ((_, (row,)),) = sections([Effective("llm", key, "hunter2", "environment")])
    assert row.value == HIDDEN


def test_an_empty_secret_is_shown_as_empty() -> None:
    ((_, (row,)),) = sections([Effective("llm", "api_key", "", "default")])
    assert row.value == ""


@pytest.mark.parametrize(
    ("value", "worded"),
    [
        ((), "none"),
        (("a", "b"), "a, b"),
        ({}, "none"),
        ({"a": 1}, "a = 1"),
        (True, "yes"),
        (60.0, "60"),
    ],
)
def test_values_are_worded_for_people(value: object, worded: str) -> None:
    ((_, (row,)),) = sections([Effective("s", "k", value, "default")])
    assert row.value == worded


def test_the_page_shows_every_section_and_every_tick(client: Client) -> None:
    Run.objects.create(
        name="telemetry.collect", started_at=timezone.now(), ended_at=timezone.now(), detail="12"
    )
    client.force_login(make_user("viewer"))
    page = client.get(reverse("settings")).content.decode()
    assert "minute_seconds" in page
    assert "evaluation.evaluate" in page
    assert "cron 0 2 * * * UTC" in page
    assert "Pause the loop" not in page


def test_a_shortened_clock_is_admitted(client: Client, settings: LazySettings) -> None:
    watch = settings.SELFIMPROVE.watch.model_copy(update={"minute_seconds": 1.5})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"watch": watch})
    client.force_login(make_user("viewer"))
    page = client.get(reverse("settings")).content.decode()
    assert "one watch minute is 1.5 s here" in page


def test_an_account_without_a_role_may_not_look(client: Client) -> None:
    user = make_user("viewer")
    user.groups.clear()
    client.force_login(user)
    assert client.get(reverse("settings")).status_code == 403


def test_an_operator_pauses_and_resumes_on_the_record(client: Client) -> None:
    client.force_login(make_user("operator"))
    client.post(reverse("pause"), {"reason": "an incident"})
    assert switch.paused()
    assert "an incident" in client.get(reverse("settings")).content.decode()
    client.post(reverse("resume"))
    assert not switch.paused()
    events = list(Entry.objects.filter(event__startswith="loop.").values_list("event", flat=True))
    assert events == [Event.LOOP_PAUSED, Event.LOOP_RESUMED]


def test_pausing_twice_says_that_it_was_paused(client: Client) -> None:
    client.force_login(make_user("operator", name="ada"))
    client.post(reverse("pause"), {"reason": "one"})
    page = client.post(reverse("pause"), {"reason": "two"}, follow=True).content.decode()
    assert "The loop was already paused by ada." in page
    assert Entry.objects.filter(event=Event.LOOP_PAUSED).count() == 1


def test_resuming_a_running_loop_says_so(client: Client) -> None:
    client.force_login(make_user("operator"))
    page = client.post(reverse("resume"), follow=True).content.decode()
    assert "The loop is running." in page


@pytest.mark.parametrize("name", ["pause", "resume"])
def test_a_viewer_may_not_touch_the_switch(client: Client, name: str) -> None:
    client.force_login(make_user("viewer"))
    assert client.post(reverse(name)).status_code == 403


@pytest.mark.parametrize("name", ["pause", "resume"])
def test_a_link_cannot_touch_the_switch(client: Client, name: str) -> None:
    client.force_login(make_user("operator"))
    assert client.get(reverse(name)).status_code == 405


def test_the_workers_last_sign_of_life_is_shown(client: Client) -> None:
    beat(timezone.now() - timedelta(minutes=9))
    client.force_login(make_user("viewer"))
    assert "Worker silent" in client.get(reverse("settings")).content.decode()
