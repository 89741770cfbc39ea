"""The row of steps shows where a delivery stands, also when it went back or failed."""

from pathlib import Path

import pytest

from audit.log import Actor
from delivery import pipeline, revert, showing
from delivery.models import Delivery
from tests import factories
from tests.delivery.scene import make_scene
from tests.delivery.test_faults import ONLY_LOW, dead

pytestmark = pytest.mark.django_db


def states(delivery: Delivery) -> list[tuple[str, str]]:
    fresh = Delivery.objects.get(pk=delivery.pk)
    return [(step["label"], step["state"]) for step in showing.steps(fresh)]


def test_before_the_first_step_everything_is_to_come(tmp_path: Path) -> None:
    found = states(make_scene(tmp_path).begin())
    assert found[0] == ("Snapshot", "now")
    assert {state for _, state in found[1:]} == {"todo"}
    assert len(found) == 7


def test_what_passed_is_done_and_the_next_is_now(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    found = states(scene.drive_until(scene.begin(), "validate"))
    assert [state for _, state in found] == ["done", "done", "now", "todo", "todo", "todo", "todo"]


def test_an_error_shows_at_its_stage(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "pull_request")
    pipeline.step(delivery.pk, scene.clock(), dead)
    assert ("Pull request", "failed") in states(delivery)


def test_waiting_shows_as_waiting(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    scene.drive(delivery)
    assert states(delivery)[-1] == ("Watch", "waiting")


def test_going_back_to_the_branch_takes_the_marks_off(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "merge")
    factories.commit_to_origin(scene.target, {"README.md": "# Read me\n"})
    pipeline.step(delivery.pk, scene.clock())
    found = states(delivery)
    assert found[0] == ("Snapshot", "done")
    assert found[1] == ("Branch", "now")
    assert [label for label, _ in found].count("Merge") == 1


def test_the_way_back_follows_what_was_walked(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, reload=ONLY_LOW)
    delivery = scene.begin()
    scene.drive(delivery)
    assert states(delivery)[-3:] == [
        ("Deploy", "failed"),
        ("Revert", "done"),
        ("Deploy again", "done"),
    ]


def test_a_stopped_delivery_ends_with_cleaning_up(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "validate")
    revert.request(delivery, actor=Actor("person", "ada"), reason="No.", at=scene.clock())
    scene.drive(delivery)
    assert states(delivery) == [("Snapshot", "done"), ("Branch", "done"), ("Clean up", "done")]
