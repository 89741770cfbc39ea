"""Does an operator find on one page what changed, what is wrong, and the ways back?"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from audit.events import Event
from delivery.models import Delivery, Outcome
from selfimprove import switch
from selfimprove.incident.gathering import SHOWN, Asked, gather
from selfimprove.models import Run
from targets.models import State, Target
from telemetry.patterns.vocabulary import State as PatternState
from tests.console.rows import beat, enter, make_delivery
from tests.factories import make_pattern, make_target, make_user

pytestmark = pytest.mark.django_db
PAGE = "/incident/"


@pytest.fixture
def operator(client: Client) -> User:
    user = make_user("operator")
    client.force_login(user)
    return user


def deployed(target: Target, *, hours_ago: float = 1, **fields: Any) -> Delivery:
    at = timezone.now() - timedelta(hours=hours_ago)
    row: dict[str, Any] = {
        "outcome": Outcome.SUCCEEDED,
        "merge_commit": "c0ffee" * 6 + "c0ff",
        "deployed_at": at,
    }
    return make_delivery(target, at=at, ended_at=at, **(row | fields))


def text(client: Client, address: str = PAGE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
@pytest.mark.parametrize("address", [PAGE, f"{PAGE}export/"])
def test_it_is_for_operators(client: Client, role: str, address: str) -> None:
    client.force_login(make_user(role))
    assert client.get(address).status_code == 403


def test_with_nothing_to_tell_it_says_so(client: Client, operator: User) -> None:
    beat(timezone.now())
    shown = text(client)
    for words in (
        "Nothing that we know of",
        "Nothing of ours to take back",
        "Nothing changed in these hours",
        "No alarm was raised in these hours",
        "There was nothing to tell in these hours",
    ):
        assert words in shown


def test_what_changed_is_listed_newest_first(client: Client, operator: User) -> None:
    now = timezone.now()
    enter(Event.TARGET_CHANGED, "target:one", at=now - timedelta(hours=3))
    enter(Event.TOKEN_REVOKED, "token:2", at=now - timedelta(hours=2))
    enter(Event.DELIVERY_INTENDED, "delivery:7", at=now - timedelta(hours=1))
    enter(Event.TARGET_ADDED, "target:older", at=now - timedelta(hours=30))
    found = gather(Asked(), now, lambda _: True)
    assert [line.at for line in found.changes] == sorted(
        (line.at for line in found.changes), reverse=True
    )
    assert len(found.changes) == 2
    assert "target one" in text(client)
    assert "target older" not in text(client)
    assert "target older" in text(client, f"{PAGE}?hours=72")


def test_one_target_can_be_looked_at_alone(client: Client, operator: User, tmp_path: Path) -> None:
    first = make_target(tmp_path, slug="first")
    now = timezone.now()
    enter(Event.TARGET_CHANGED, "target:first", at=now, target=first.slug)
    enter(Event.TARGET_CHANGED, "target:second", at=now, target="second")
    shown = text(client, f"{PAGE}?target=first")
    assert "the target “First”" in shown
    assert "target second" not in shown


@pytest.mark.parametrize("query", ["?hours=abc", "?hours=-1", "?target=nobody", "?hours=&target="])
def test_what_the_address_says_wrongly_is_as_if_it_said_nothing(
    client: Client, operator: User, query: str
) -> None:
    enter(Event.TARGET_CHANGED, "target:one", at=timezone.now())
    assert "target one" in text(client, PAGE + query)


def test_what_is_wrong_is_named_and_what_can_wait_is_not(
    client: Client, operator: User, tmp_path: Path
) -> None:
    now = timezone.now()
    beat(now)
    Run.objects.create(name="delivery.deliver", failed_at=now, ended_at=now, detail="No disk.")
    target = make_target(tmp_path)
    target.state, target.state_detail = State.UNREACHABLE, "No route to host."
    target.save()
    pattern = make_pattern(target, at=now)
    pattern.state = PatternState.ESCALATING
    pattern.save()
    make_delivery(target, at=now, errors_in_row=2, detail="Disk full", title="Give it time")
    shown = text(client)
    for words in ("delivery.deliver failed", "No route to host.", "Disk full", "Escalating"):
        assert words in shown
    assert "Awaiting review" not in shown


def test_a_change_is_taken_back_from_here(client: Client, operator: User, tmp_path: Path) -> None:
    delivery = deployed(make_target(tmp_path), title="Give it time")
    shown = text(client)
    address = reverse("delivery:revert", args=[delivery.pk])
    assert f'action="{address}"' in shown
    client.post(address, {"reason": "It fails since then.", "word": "revert"})
    delivery.refresh_from_db()
    assert delivery.revert_actor == operator.username
    again = text(client)
    assert f'action="{address}"' not in again
    assert "It fails since then." in again


def test_what_is_older_or_was_never_merged_is_not_offered(
    client: Client, operator: User, tmp_path: Path
) -> None:
    target = make_target(tmp_path)
    deployed(target, hours_ago=30)
    deployed(target, merge_commit="")
    deployed(target, outcome=Outcome.FAILED)
    assert "Nothing of ours to take back" in text(client)
    assert "Nothing of ours to take back" not in text(client, f"{PAGE}?hours=72")


def test_the_loop_is_stopped_and_let_go_from_here(client: Client, operator: User) -> None:
    assert f'action="{reverse("pause")}"' in text(client)
    client.post(reverse("pause"), {"reason": "Something is on fire."})
    assert switch.paused()
    shown = text(client)
    assert "Something is on fire." in shown
    assert f'action="{reverse("resume")}"' in shown


def test_alarms_are_listed_as_what_was_told(client: Client, operator: User) -> None:
    enter(Event.RUN_FAILED, "run:x", at=timezone.now(), reason="The disk is full.")
    assert "The disk is full." in text(client)


def test_words_from_outside_are_shown_as_words(client: Client, operator: User) -> None:
    enter(Event.RUN_FAILED, "run:x", at=timezone.now(), reason="<script>alert(1)</script>")
    assert "<script>alert(1)" not in text(client)


def test_it_is_exported_whole(client: Client, operator: User, tmp_path: Path) -> None:
    delivery = deployed(make_target(tmp_path), title="Give it “time”")
    for number in range(SHOWN + 5):
        enter(Event.TARGET_CHANGED, f"target:t{number}", at=timezone.now())
    answer = client.get(f"{PAGE}export/?hours=6")
    assert answer["Content-Disposition"].startswith('attachment; filename="incident-')
    told = json.loads(answer.content)
    assert told["hours"] == 6
    assert len(told["changes"]) >= SHOWN + 5
    assert told["more_changes"] is False
    assert [row["delivery"] for row in told["can_take_back"]] == [delivery.pk]
    assert told["can_take_back"][0]["title"] == "Give it “time”"
    assert f"The newest {SHOWN}; the rest is in the log" in text(client)


def test_it_asks_as_much_for_many_rows_as_for_few(
    client: Client, operator: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(SHOWN + 10):
        enter(Event.TARGET_CHANGED, f"target:t{number}", at=timezone.now())
        enter(Event.RUN_FAILED, f"run:{number}", at=timezone.now())
    with django_assert_max_num_queries(45):
        client.get(PAGE)
