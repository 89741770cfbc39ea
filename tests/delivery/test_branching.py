"""Only what was approved reaches a branch, whatever happened to the base meanwhile."""

from pathlib import Path

import pytest

from delivery import pipeline
from delivery.models import Outcome, Result
from delivery.stages.site import reach
from proposals.models import Proposal, Review, Status
from tests import factories
from tests.delivery.scene import changed_tools, make_scene

pytestmark = pytest.mark.django_db


def test_a_proposal_that_nobody_approved_is_not_delivered(tmp_path: Path) -> None:
    target = factories.make_target(tmp_path)
    pending = factories.make_proposal(target)
    with pytest.raises(pipeline.NotApproved, match="Awaiting review"):
        pipeline.begin(pending, factories.NOW)
    assert not pending.target.deliveries.exists()


def test_beginning_twice_is_one_delivery(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    assert scene.begin() == scene.begin()


def test_an_advanced_base_is_rebased_and_told(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    moved = factories.commit_to_origin(scene.target, changed_tools("retries: 1", "retries: 2"))
    delivery = scene.begin()
    runs = scene.drive(delivery)
    assert delivery.base_commit == moved
    branching = next(run for run in runs if run.stage == "branch")
    assert branching.message.startswith("Rebased: main moved from ")
    assert "retries: 2" in scene.origin("show", "main:config/tools.yaml")
    assert scene.timeout_on_main() == "1200"


def test_a_conflict_fails_with_the_place_shown_and_leaves_no_branch(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    moved = factories.commit_to_origin(
        scene.target, changed_tools("timeout_ms: 400", "timeout_ms: 500")
    )
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.outcome == Outcome.FAILED
    assert "conflicts with main" in delivery.detail
    assert "config/tools.yaml" in delivery.detail
    assert scene.proposal.status == Status.FAILED
    assert "conflicts with main" in scene.proposal.reason
    assert scene.origin("rev-parse", "main") == moved
    assert scene.branches() == ["main"]
    assert scene.clone_branches() == []


def test_a_diff_altered_in_the_database_is_refused(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    altered = scene.proposal.diff.replace("1200", "9000")
    Proposal.objects.filter(pk=scene.proposal.pk).update(diff=altered)
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.outcome == Outcome.FAILED
    assert "it was altered" in delivery.detail
    assert scene.timeout_on_main() == "400"


def test_an_approval_of_another_diff_does_not_count(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    Review.objects.filter(proposal=scene.proposal).update(diff_digest="0" * 64)
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.outcome == Outcome.ABORTED
    assert scene.proposal.status == Status.PENDING
    assert "has to be approved again" in delivery.detail


def test_a_base_that_moves_after_the_check_is_proven_again(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "merge")
    moved = factories.commit_to_origin(scene.target, {"README.md": "# Read me\n"})
    runs = scene.drive(delivery)
    stages = [run.stage for run in runs]
    assert stages[:5] == ["merge", "branch", "validate", "pull_request", "merge"]
    assert runs[0].result == Result.WAITING
    assert "proven again" in runs[0].message
    assert delivery.base_commit == moved
    parents = scene.origin("log", "-1", "--format=%P", delivery.merge_commit).split()
    assert parents == [moved, delivery.branch_commit]
    assert scene.origin("show", "main:README.md") == "# Read me"


def test_the_snapshot_stays_where_the_delivery_began(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    before = scene.origin("rev-parse", "main")
    delivery = scene.begin()
    scene.drive(delivery)
    assert scene.origin("rev-parse", f"refs/tags/{delivery.snapshot_tag}") == before
    assert scene.origin("rev-parse", "main") != before


def test_a_pull_request_closed_by_hand_fails_the_delivery(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "merge")
    assert delivery.pull_request is not None
    reach(delivery).forge.close(delivery.pull_request)
    scene.drive(delivery)
    assert delivery.outcome == Outcome.FAILED
    assert "closed without being merged" in delivery.detail
    assert scene.branches() == ["main"]
