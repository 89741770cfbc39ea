"""Is it seen whether failures became rare again once a change was taken back?"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from delivery import tasks
from delivery.effects import recovering
from delivery.models import Delivery, Outcome, Recovery
from tests.delivery.effects.scenes import deployed, pass_by
from tests.delivery.scene import Scene, make_scene
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = make_scene(tmp_path)
    made.usual_traffic()
    return made


def _taken_back(scene: Scene) -> Delivery:
    delivery = deployed(scene)
    scene.traffic(delivery.watch.started_at, 10, failing=lambda _: 9)
    pass_by(scene, delivery, 10)
    assert delivery.outcome == Outcome.REVERTED
    return delivery


def _since(scene: Scene, delivery: Delivery, minutes: int, failing: int) -> None:
    assert delivery.reverted_at
    start = delivery.reverted_at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    scene.traffic(start, minutes, failing=lambda _: failing)
    scene.clock.at = start + timedelta(minutes=minutes, seconds=5)


def _seen(scene: Scene, delivery: Delivery) -> str:
    recovering.look(scene.clock())
    delivery.watch.refresh_from_db()
    return str(delivery.watch.recovery)


def test_failures_that_are_as_rare_as_before_are_said_to_be_so(
    scene: Scene, client: Client
) -> None:
    delivery = _taken_back(scene)
    assert _seen(scene, delivery) == ""
    _since(scene, delivery, 180, failing=0)
    assert _seen(scene, delivery) == Recovery.BACK
    assert Entry.objects.get(event="delivery.recovered").facts["recovery"] == "back"
    client.force_login(make_user("admin"))
    page = client.get(reverse("delivery:detail", args=[delivery.pk])).content.decode()
    assert "Since it was taken back, failures are as rare as before." in page


def test_failures_that_stay_call_a_person(scene: Scene) -> None:
    delivery = _taken_back(scene)
    _since(scene, delivery, 30, failing=9)
    assert _seen(scene, delivery) == Recovery.WORSE
    alarm = Entry.objects.get(event="delivery.alarmed")
    assert "something else may be the cause" in alarm.reason
    assert recovering.look(scene.clock()) == []


def test_silence_is_no_recovery(scene: Scene) -> None:
    delivery = _taken_back(scene)
    scene.clock.forward(hours=25)
    assert _seen(scene, delivery) == Recovery.UNKNOWN
    assert "cannot be told" in delivery.watch.recovery_words


def test_what_came_after_another_change_says_nothing_of_this_one(scene: Scene) -> None:
    delivery = _taken_back(scene)
    assert delivery.reverted_at
    other = Delivery.objects.get(pk=delivery.pk)
    assert recovering._next_change(other) is None
    _since(scene, delivery, 20, failing=1)
    assert _seen(scene, delivery) == ""


def test_the_tick_says_how_many(scene: Scene) -> None:
    _taken_back(scene)  # long ago, by the clock of the tick
    assert tasks.watch() == "0 stages run, 1 ways back judged"
    assert tasks.watch() == "0 stages run"
