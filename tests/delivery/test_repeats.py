"""Every stage looks before it acts: run again, it finds what it did and does nothing more."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from delivery import plans
from delivery.models import Delivery, Hold, Outcome, Plan
from delivery.stages import clean_up, revert
from delivery.stages.shape import Failed, Passed
from delivery.stages.site import NoAdapter, reach
from tests.delivery.scene import Scene, approved, make_scene
from tests.tied import born

pytestmark = pytest.mark.django_db
ACTING = ["snapshot", "branch", "pull_request", "merge", "deploy"]


def refs(scene: Scene) -> str:
    return scene.origin("for-each-ref")


def once_more(scene: Scene, delivery: Delivery, stage: str) -> Passed:
    """Run a stage on its own, as a worker does that never noted what it found."""
    module = next(one for one in plans.STAGES if plans.name_of(one) == stage)
    answer = module.run(reach(delivery), scene.clock())
    assert isinstance(answer, Passed)
    return answer


@pytest.mark.parametrize("stage", ACTING)
def test_a_stage_run_twice_changes_git_once(tmp_path: Path, stage: str) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), stage)
    first = once_more(scene, delivery, stage)
    after_first = refs(scene)
    second = once_more(scene, delivery, stage)
    assert refs(scene) == after_first
    assert second.found == first.found or stage == "deploy"


def test_the_whole_walk_is_unchanged_by_a_second_run_of_each_stage(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    for stage in ACTING:
        scene.drive_until(delivery, stage)
        once_more(scene, delivery, stage)
    scene.drive(delivery)
    assert delivery.stage == "watch"
    assert scene.origin("rev-list", "--count", "--merges", "main") == "1"


def test_a_revert_run_twice_is_one_commit(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    scene.drive(delivery)
    delivery.revert_reason = "It harms."
    first = revert.run(reach(delivery), scene.clock())
    second = revert.run(reach(delivery), scene.clock.forward(minutes=3))
    assert isinstance(first, Passed)
    assert isinstance(second, Passed)
    assert first.found == second.found


def test_what_is_already_gone_counts_as_taken_back(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    scene.drive(delivery)
    by_hand = replace(reach(delivery), delivery=delivery)
    commit = by_hand.repository.revert(
        delivery.merge_commit, by_hand.head(), "By hand.", scene.clock()
    )
    by_hand.repository.push(f"{commit}:refs/heads/main")
    delivery.revert_reason = "It harms."
    answer = revert.run(reach(delivery), scene.clock())
    assert not isinstance(answer, Failed)
    assert answer.found["revert_commit"] == commit


def test_cleaning_up_finds_a_merge_that_was_never_noted(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "merge")
    once_more(scene, delivery, "merge")
    Delivery.objects.filter(pk=delivery.pk).update(revert_actor="ada", revert_reason="Wrong week.")
    runs = scene.drive(delivery)
    assert [run.stage for run in runs] == ["clean_up", "revert", "redeploy"]
    assert delivery.outcome == Outcome.REVERTED
    assert scene.timeout_on_main() == "400"


def test_cleaning_up_before_there_was_a_branch_is_fine(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    answer = clean_up.run(reach(scene.begin()), scene.clock())
    assert isinstance(answer, Passed)
    assert answer.found == {}


def test_the_database_itself_lets_one_delivery_act_on_a_target(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    columns = {"target": scene.target, "stage": "branch", "hold": Hold.ACTING}
    times = {name: scene.clock() for name in ("started_at", "deadline_at", "next_step_at")}
    born(Delivery(proposal=scene.proposal, **columns, **times))
    other = approved(scene.target, 1500)
    with pytest.raises(IntegrityError), transaction.atomic():
        born(Delivery(proposal=other, **columns, **times))


def test_an_unknown_adapter_is_named(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    delivery.target.forge = "carrier-pigeon"
    with pytest.raises(NoAdapter, match="gateway: there is no forge called 'carrier-pigeon'"):
        reach(delivery)


@pytest.mark.parametrize(
    ("merge", "ending", "plan", "then"),
    [
        ("", Outcome.FAILED, Plan.CLEAN_UP, Outcome.FAILED),
        ("", Outcome.ABORTED, Plan.CLEAN_UP, Outcome.ABORTED),
        ("c0ffee", Outcome.FAILED, Plan.REVERT, Outcome.REVERTED),
        ("c0ffee", Outcome.ABORTED, Plan.REVERT, Outcome.REVERTED),
        ("c0ffee", Outcome.TIMED_OUT, Plan.REVERT, Outcome.TIMED_OUT),
    ],
)
def test_the_way_back_depends_on_whether_it_was_merged(
    merge: str, ending: Outcome, plan: Plan, then: Outcome
) -> None:
    back = plans.way_back(Delivery(merge_commit=merge, ending=ending))
    assert (back["plan"], back["ending"]) == (plan, then)
