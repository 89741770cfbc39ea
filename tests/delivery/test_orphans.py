"""What a worker left open when it died is closed by what the outside shows, once and plainly."""

import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from audit import story
from audit.events import Event
from audit.log import Actor
from audit.models import Entry
from delivery import reconcile, revert
from delivery.models import Delivery, Outcome, Result, StageRun
from tests.delivery.scene import Scene, make_scene
from tests.delivery.test_killed_in_each_stage import work

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ADA = Actor("person", "ada")
ENDS = {
    Event.DELIVERY_STAGE_PASSED,
    Event.DELIVERY_STAGE_FAILED,
    Event.DELIVERY_STAGE_ERRORED,
    Event.DELIVERY_RECONCILED,
    Event.DELIVERY_MOVED,
}


def open_intents() -> list[Entry]:
    intended = Entry.objects.filter(event=Event.DELIVERY_INTENDED).order_by("id")
    return [e for e in intended if not ENDS & {str(o.event) for o in story.resting_on(e)}]


def orphaned(scene: Scene, delivery: Delivery, stage: str, function: str, event: str) -> StageRun:
    """Let a worker die in a stage, and a person stop the delivery before it is taken up again."""
    assert work(scene, delivery, stage, function, event) == -signal.SIGKILL
    run = delivery.runs.last()
    assert run is not None
    assert run.stage == stage
    revert.request(delivery, actor=ADA, reason="Wrong week.", at=scene.clock())
    assert work(scene, delivery) == 0
    assert delivery.outcome in (Outcome.ABORTED, Outcome.REVERTED)
    return run


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return make_scene(tmp_path)


@pytest.mark.parametrize(
    ("stage", "function", "event", "found", "words"),
    [
        ("snapshot", "Repository.push", "call", "failed", "The origin has no such tag."),
        ("snapshot", "Repository.push", "return", "done", "The origin has the tag."),
        ("branch", "Repository.push", "return", "unknown", "been removed since"),
        ("validate", "check", "call", "failed", "nothing outside was to change"),
        ("pull_request", "LocalForge.open", "call", "failed", "no such pull request"),
        ("pull_request", "LocalForge.open", "return", "done", "is there: closed"),
        ("merge", "LocalForge.merge", "call", "failed", "It was not merged."),
        ("merge", "LocalForge.merge", "return", "done", "It was merged as "),
        ("deploy", "Checkout.move_to", "return", "unknown", "The deployed checkout is at "),
    ],
)
def test_an_orphan_is_closed_by_what_is_seen(
    scene: Scene, stage: str, function: str, event: str, found: str, words: str
) -> None:
    delivery = scene.begin()
    run = orphaned(scene, delivery, stage, function, event)
    later = scene.clock.forward(minutes=5)
    assert run.intended_uid in {entry.uid for entry in open_intents()}
    assert run in reconcile.close_orphans(later)
    told = Entry.objects.get(event=Event.DELIVERY_RECONCILED, body__contains=f'"stage":"{stage}"')
    assert (told.facts["found"], str(run.intended_uid) in told.cites) == (found, True)
    assert words in told.reason
    run.refresh_from_db()
    assert words in run.message
    assert open_intents() == []
    assert reconcile.close_orphans(later + timedelta(hours=1)) == []


def test_what_cannot_be_seen_is_said_to_be_unknown(scene: Scene) -> None:
    delivery = scene.begin()
    run = orphaned(scene, delivery, "merge", "LocalForge.merge", "call")
    os.rename(scene.target.origin, f"{scene.target.origin}.away")  # noqa: PTH104
    assert reconcile.close_orphans(scene.clock.forward(minutes=5)) == [run]
    run.refresh_from_db()
    assert run.result == Result.ERRORED
    assert "could not be seen" in run.message


def test_what_is_taken_up_again_by_itself_is_left_alone(scene: Scene) -> None:
    delivery = scene.begin()
    assert work(scene, delivery, "merge", "LocalForge.merge", "call") == -signal.SIGKILL
    assert reconcile.close_orphans(scene.clock.forward(minutes=5)) == []
    assert work(scene, delivery) == 0
    assert delivery.stage == "watch"
    waiting = delivery.runs.get(stage="watch")
    assert {entry.uid for entry in open_intents()} == {waiting.intended_uid}


def test_a_wait_that_was_left_is_closed_as_one(scene: Scene) -> None:
    delivery = scene.begin()
    scene.drive(delivery)
    revert.request(delivery, actor=ADA, reason="I see it failing.", at=scene.clock())
    scene.drive(delivery)
    [run] = reconcile.close_orphans(scene.clock.forward(minutes=5))
    run.refresh_from_db()
    assert (run.stage, run.result) == ("watch", Result.WAITING)
    assert "went on without it" in run.message
    assert open_intents() == []
