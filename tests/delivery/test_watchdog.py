"""What overruns is ended and taken back; what was left behind is removed."""

from datetime import timedelta
from pathlib import Path

import pytest

from audit.models import Entry
from delivery import claims, watchdog
from delivery.models import Outcome, Plan, Result
from proposals.models import Status
from targets.repository import Repository
from tests.delivery.scene import make_scene

pytestmark = pytest.mark.django_db
LONG = timedelta(days=3)


def test_a_delivery_that_overruns_before_the_merge_times_out_and_cleans_up(
    tmp_path: Path,
) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "merge")
    scene.clock.at += LONG
    assert watchdog.expire_overdue(scene.clock()) == [delivery]
    scene.drive(delivery)
    assert delivery.outcome == Outcome.TIMED_OUT
    assert scene.proposal.status == Status.FAILED
    assert "Timed out: the stage “merge” was not through" in scene.proposal.reason
    assert scene.branches() == ["main"]
    assert Entry.objects.filter(event="delivery.timed_out").count() == 1


def test_a_delivery_that_overruns_after_the_merge_is_taken_back(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "deploy")
    scene.clock.at += LONG
    watchdog.expire_overdue(scene.clock())
    scene.drive(delivery)
    assert delivery.outcome == Outcome.TIMED_OUT
    assert scene.proposal.status == Status.REVERTED
    assert scene.timeout_on_main() == "400"


def test_it_takes_a_hanging_delivery_from_its_worker(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "validate")
    scene.clock.at += LONG
    hanging = claims.take(delivery.pk, scene.clock())
    assert hanging is not None
    watchdog.expire_overdue(scene.clock())
    with pytest.raises(claims.LeaseLost):
        hanging.write(detail="done after all")
    delivery.refresh_from_db()
    assert delivery.plan == Plan.CLEAN_UP


def test_measuring_for_a_day_is_not_overrunning(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    scene.drive(delivery)
    assert watchdog.expire_overdue(scene.clock.forward(hours=30)) == []


def test_waiting_for_a_turn_is_not_overrunning(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "branch")
    assert delivery.hold == ""
    scene.clock.at += LONG
    assert watchdog.expire_overdue(scene.clock()) == []


def test_the_open_run_is_closed_when_time_is_up(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    scene.drive(delivery)
    scene.clock.at += LONG * 2
    watchdog.expire_overdue(scene.clock())
    run = delivery.runs.get(stage="watch")
    assert run.result == Result.FAILED
    assert run.ended_at is not None


def test_a_branch_without_a_live_delivery_is_removed_here_and_at_the_origin(
    tmp_path: Path,
) -> None:
    scene = make_scene(tmp_path)
    repository = Repository.of(scene.target)
    name = "selfimprove/proposal-0d0f0000-0000-4000-8000-000000000000"
    repository.update_ref(f"refs/heads/{name}", repository.head("main"), "0" * 40)
    repository.push(f"refs/heads/{name}:refs/heads/{name}")
    repository.push(f"refs/heads/{name}:refs/heads/selfimprove/notes")
    assert watchdog.remove_orphans(scene.target) == [name]
    assert scene.branches() == ["main", "selfimprove/notes"]
    assert scene.clone_branches() == []
    assert watchdog.remove_orphans(scene.target) == []


def test_the_branch_of_a_live_delivery_stays(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "merge")
    assert watchdog.remove_orphans(scene.target) == []
    assert delivery.branch in scene.branches()
