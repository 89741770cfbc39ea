"""A person takes a change back, or stops it, at any time, and the reason stays."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from audit.log import Actor
from audit.models import Entry
from delivery import pipeline, revert
from delivery.models import Delivery, Outcome
from proposals.models import Status, Transition
from tests import factories
from tests.delivery.scene import Scene, changed_tools, make_scene
from tests.delivery.test_faults import with_policy
from tests.tied import place

pytestmark = pytest.mark.django_db
ADA = Actor("person", "ada")


def implemented(folder: Path) -> tuple[Scene, Delivery]:
    scene = make_scene(folder)
    scene.usual_traffic()
    delivery = scene.begin()
    scene.drive(delivery)
    scene.traffic(scene.clock().replace(second=0), 62, failing=lambda minute: 0)
    scene.clock.forward(minutes=61, seconds=5)
    scene.drive(delivery)
    assert delivery.outcome == Outcome.SUCCEEDED
    return scene, delivery


def test_an_implemented_change_is_taken_back_days_later(tmp_path: Path) -> None:
    scene, delivery = implemented(tmp_path)
    later = scene.clock.forward(days=20)
    revert.request(delivery, actor=ADA, reason="The index is fast again.", at=later)
    runs = scene.drive(delivery)
    assert [run.stage for run in runs] == ["revert", "redeploy"]
    assert delivery.outcome == Outcome.REVERTED
    assert scene.proposal.status == Status.REVERTED
    assert scene.proposal.reason == "The index is fast again."
    last = Transition.objects.filter(proposal=scene.proposal).latest("version")
    assert (last.actor_type, last.actor) == ("person", "ada")
    assert scene.timeout_on_main() == "400"
    assert scene.reloads() == ["1200", "400"]


def test_it_keeps_what_others_committed_since(tmp_path: Path) -> None:
    scene, delivery = implemented(tmp_path)
    factories.commit_to_origin(scene.target, {"README.md": "# Read me\n"})
    revert.request(delivery, actor=ADA, reason="No longer needed.", at=scene.clock())
    scene.drive(delivery)
    assert scene.timeout_on_main() == "400"
    assert scene.origin("show", "main:README.md") == "# Read me"


def test_a_change_that_later_ones_build_on_calls_a_person(tmp_path: Path) -> None:
    scene, delivery = implemented(tmp_path)
    moved = factories.commit_to_origin(
        scene.target, changed_tools("timeout_ms: 400", "timeout_ms: 1300")
    )
    revert.request(delivery, actor=ADA, reason="No longer needed.", at=scene.clock())
    scene.drive(delivery)
    assert delivery.outcome == Outcome.FAILED
    assert "conflicts with later commits in config/tools.yaml" in delivery.detail
    assert scene.proposal.status == Status.IMPLEMENTED
    assert scene.origin("rev-parse", "main") == moved
    assert Entry.objects.filter(event="delivery.alarmed").count() == 1


def test_a_delivery_under_way_is_stopped_before_the_merge(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "merge")
    revert.request(delivery, actor=ADA, reason="Wrong week.", at=scene.clock())
    scene.drive(delivery)
    assert delivery.outcome == Outcome.ABORTED
    assert scene.proposal.status == Status.FAILED
    assert scene.proposal.reason == "Wrong week."
    assert scene.branches() == ["main"]
    assert scene.timeout_on_main() == "400"


def test_a_watched_change_is_taken_back_at_once(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    scene.drive(delivery)
    revert.request(delivery, actor=ADA, reason="I see it failing.", at=scene.clock())
    scene.drive(delivery)
    assert delivery.outcome == Outcome.REVERTED
    assert delivery.revert_reason == "I see it failing."


def test_a_reason_is_needed_and_nothing_changes_without_one(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    with pytest.raises(revert.ReasonMissing):
        revert.request(delivery, actor=ADA, reason="  ", at=scene.clock())
    delivery.refresh_from_db()
    assert delivery.revert_actor == ""


def test_a_reason_loses_its_secrets(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    token = "ghp_" + "a1B2" * 9
    asked = revert.request(scene.begin(), actor=ADA, reason=f"leaks {token} now", at=scene.clock())
    assert token not in asked.revert_reason
    assert asked.revert_reason.startswith("leaks ")


def test_it_is_taken_back_once(tmp_path: Path) -> None:
    scene, delivery = implemented(tmp_path)
    revert.request(delivery, actor=ADA, reason="No longer needed.", at=scene.clock())
    with pytest.raises(revert.NothingToTakeBack, match="is being taken back already"):
        revert.request(delivery, actor=ADA, reason="Again.", at=scene.clock())
    scene.drive(delivery)
    with pytest.raises(revert.NothingToTakeBack, match="is reverted"):
        revert.request(delivery, actor=ADA, reason="And again.", at=scene.clock())


def test_what_nobody_could_judge_is_kept_by_a_person(
    tmp_path: Path, settings: LazySettings
) -> None:
    with_policy(settings, on_inconclusive="ask")
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    scene.drive(delivery)
    with pytest.raises(revert.NothingToKeep):
        revert.keep(delivery, actor=ADA, at=scene.clock())
    scene.clock.forward(hours=24, minutes=2)
    scene.drive(delivery)
    assert "A person has to keep it or revert it." in delivery.detail
    revert.keep(delivery, actor=ADA, at=scene.clock())
    scene.drive(delivery)
    assert delivery.outcome == Outcome.SUCCEEDED
    assert delivery.detail.startswith("Kept by ada: Inconclusive, too little data")


def test_a_revert_pushed_but_not_noted_is_found_again(tmp_path: Path) -> None:
    scene, delivery = implemented(tmp_path)
    revert.request(delivery, actor=ADA, reason="No longer needed.", at=scene.clock())
    pipeline.step(delivery.pk, scene.clock())
    head = scene.origin("rev-parse", "main")
    place(delivery, stage="revert", revert_commit="")
    scene.drive(delivery)
    assert delivery.revert_commit == head
    assert scene.origin("rev-parse", "main") == head
