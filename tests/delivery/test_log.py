"""Every act of a delivery stands in the log, before it and after it, in words people look for."""

from pathlib import Path

import pytest

from audit.log import Actor
from audit.models import Entry
from delivery import pipeline, revert
from delivery.models import Delivery
from tests.delivery.scene import make_scene
from tests.delivery.test_faults import dead

pytestmark = pytest.mark.django_db


def told(delivery: Delivery) -> list[tuple[str, str]]:
    """List event and stage of a delivery's entries in order."""
    rows = Entry.objects.filter(subject=f"delivery:{delivery.pk}").order_by("id")
    return [(str(row.event).removeprefix("delivery."), row.facts.get("stage", "")) for row in rows]


def reverted(folder: Path) -> Delivery:
    scene = make_scene(folder)
    delivery = scene.begin()
    scene.drive(delivery)
    revert.request(
        delivery, actor=Actor("person", "ada"), reason="I see it failing.", at=scene.clock()
    )
    scene.drive(delivery)
    return delivery


def test_intent_comes_before_every_act(tmp_path: Path) -> None:
    delivery = reverted(tmp_path)
    entries = told(delivery)
    for place, (event, stage) in enumerate(entries):
        if event == "stage_passed":
            assert ("intended", stage) in entries[:place]


def test_the_way_back_reads_from_request_to_end(tmp_path: Path) -> None:
    delivery = reverted(tmp_path)
    events = [event for event, _ in told(delivery)]
    landmarks = ["started", "deployed", "revert_requested", "reverted", "ended"]
    assert [event for event in events if event in landmarks] == landmarks


def test_the_request_names_the_person_and_the_reason(tmp_path: Path) -> None:
    reverted(tmp_path)
    asked = Entry.objects.get(event="delivery.revert_requested")
    assert (asked.actor_type, asked.who, asked.reason) == ("person", "ada", "I see it failing.")
    back = Entry.objects.get(event="proposal.reverted")
    assert (back.who, back.reason) == ("ada", "I see it failing.")


def test_the_end_says_how(tmp_path: Path) -> None:
    reverted(tmp_path)
    ended = Entry.objects.get(event="delivery.ended")
    assert ended.facts["outcome"] == "REVERTED"
    assert ended.reason == "I see it failing."


def test_an_error_of_ours_is_told_apart_from_a_failure(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "pull_request")
    pipeline.step(delivery.pk, scene.clock(), dead)
    assert told(delivery)[-1] == ("stage_errored", "pull_request")
    assert not Entry.objects.filter(event="delivery.stage_failed").exists()


def test_looking_again_while_it_waits_adds_nothing_to_the_log(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    scene.drive(delivery)
    before = Entry.objects.count()
    for _ in range(3):
        scene.clock.forward(minutes=2)
        scene.drive(delivery)
    assert Entry.objects.count() == before
    assert delivery.runs.filter(stage="watch").count() == 1
