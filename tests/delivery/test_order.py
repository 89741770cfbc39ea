"""One delivery at a time changes a target, and one change at a time is measured."""

from pathlib import Path

import pytest

from audit.log import Actor
from delivery import claims, pipeline, revert, tasks
from delivery.models import Delivery, Hold, Outcome, Result
from proposals.models import Status
from targets.models import State, Target
from tests import factories
from tests.delivery.scene import Scene, approved_elsewhere, just_now, make_scene

pytestmark = pytest.mark.django_db


def second_delivery(scene: Scene) -> Delivery:
    proposal = approved_elsewhere(scene.target)
    return pipeline.begin(proposal, scene.clock())


def test_a_second_delivery_waits_while_the_first_changes_the_target(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    first = scene.drive_until(scene.begin(), "validate")
    second = second_delivery(scene)
    runs = scene.drive(second)
    assert [run.stage for run in runs] == ["snapshot", "branch"]
    assert runs[-1].result == Result.WAITING
    assert second.detail == f"Waits: delivery #{first.pk} is changing this target."
    assert second.branch == ""


def test_a_second_delivery_waits_while_the_first_is_measured_and_then_goes_on(
    tmp_path: Path,
) -> None:
    scene = make_scene(tmp_path)
    scene.usual_traffic()
    first = scene.begin()
    scene.drive(first)
    assert first.hold == Hold.WATCHING
    second = second_delivery(scene)
    scene.drive(second)
    assert f"delivery #{first.pk} is still being measured" in second.detail
    scene.traffic(scene.clock().replace(second=0), 62, failing=lambda minute: 0)
    scene.clock.forward(minutes=61, seconds=5)
    scene.drive(first)
    assert first.outcome == Outcome.SUCCEEDED
    scene.drive(second)
    assert second.stage == "watch"
    assert "retries: 1" in scene.origin("show", "main:config/schedule.yaml")


def test_a_harmful_first_comes_back_before_the_second_goes_out(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.usual_traffic()
    first = scene.begin()
    scene.drive(first)
    second = second_delivery(scene)
    scene.drive(second)
    scene.traffic(scene.clock().replace(second=0), 10, failing=lambda minute: 9)
    scene.clock.forward(minutes=10, seconds=5)
    scene.drive(first)
    assert first.outcome == Outcome.REVERTED
    scene.drive(second)
    assert second.stage == "watch"
    assert scene.timeout_on_main() == "400"


def test_taking_an_old_change_back_does_not_wait_for_a_measurement(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.usual_traffic()
    first = scene.begin()
    scene.drive(first)
    scene.traffic(scene.clock().replace(second=0), 62, failing=lambda minute: 0)
    scene.clock.forward(minutes=61, seconds=5)
    scene.drive(first)
    second = second_delivery(scene)
    scene.drive(second)
    assert second.hold == Hold.WATCHING
    revert.request(first, actor=Actor("person", "ada"), reason="Superseded.", at=scene.clock())
    scene.drive(first)
    assert first.outcome == Outcome.REVERTED
    assert scene.timeout_on_main() == "400"
    assert "retries: 1" in scene.origin("show", "main:config/schedule.yaml")


def test_deliveries_of_different_targets_do_not_wait_for_each_other(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.drive_until(scene.begin(), "validate")
    other = factories.make_target(tmp_path / "other", slug="planner")
    proposal = factories.make_proposal(
        other, status=Status.APPROVED, text=factories.proposal_text(target="planner")
    )
    elsewhere = pipeline.begin(proposal, scene.clock())
    pipeline.drive(elsewhere.pk, scene.clock)
    elsewhere.refresh_from_db()
    assert elsewhere.branch


def test_nothing_is_begun_while_the_targets_history_is_in_doubt(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    just_now()
    Target.objects.update(state=State.DIVERGED)
    assert tasks.deliver().startswith("0 begun, 0 stages run")
    Target.objects.update(state=State.READY)
    assert tasks.deliver().startswith("1 begun")
    scene.proposal.refresh_from_db()
    assert scene.proposal.status == Status.PR_OPEN


def test_what_was_deployed_stays_watched_while_the_targets_history_is_in_doubt(
    tmp_path: Path,
) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "watch")
    Target.objects.update(state=State.DIVERGED)
    scene.clock.forward(minutes=2)
    assert claims.due(scene.clock()).filter(pk=delivery.pk).exists()
