"""What overruns is ended and taken back; what was left behind is removed."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from audit.events import Event
from audit.models import Entry
from audit.sentences import sentence
from delivery import claims, watchdog
from delivery.models import Outcome, Plan, Result
from delivery.stages.branch import delete_branch
from proposals.models import Status
from targets.repository import PushRefused, Repository
from tests.delivery.scene import Scene, make_scene
from tests.factories import NOW

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
    assert watchdog.remove_orphans(scene.target, NOW) == [name]
    assert scene.branches() == ["main", "selfimprove/notes"]
    assert scene.clone_branches() == []
    assert watchdog.remove_orphans(scene.target, NOW) == []


def test_the_branch_of_a_live_delivery_stays(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "merge")
    assert watchdog.remove_orphans(scene.target, NOW) == []
    assert delivery.branch in scene.branches()


def _an_orphan(scene: Scene, name: str = "selfimprove/proposal-gone") -> str:
    repository = Repository.of(scene.target)
    repository.update_ref(f"refs/heads/{name}", repository.head("main"), "0" * 40)
    repository.push(f"refs/heads/{name}:refs/heads/{name}")
    return name


def _told() -> list[tuple[str, str]]:
    entries = Entry.objects.filter(event__startswith="branch.").order_by("id")
    return [(str(entry.event), entry.reason) for entry in entries]


def test_a_removal_is_told_before_and_after(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    name = _an_orphan(scene)
    watchdog.remove_orphans(scene.target, NOW)
    before, after = Entry.objects.filter(event__startswith="branch.").order_by("id")
    assert (before.event, after.event) == (Event.BRANCH_REMOVE_INTENDED, Event.BRANCH_REMOVED)
    assert after.cites == [str(before.uid)]
    assert before.facts["branch"] == after.facts["branch"] == name
    assert name in sentence(after)
    watchdog.remove_orphans(scene.target, NOW)
    assert len(_told()) == 2


def test_an_origin_that_refuses_is_told_once_and_tried_again(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    _an_orphan(scene)
    hook = Path(scene.target.origin) / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    for _ in range(2):
        with pytest.raises(PushRefused):
            watchdog.remove_orphans(scene.target, NOW)
    intended, failed = [event for event, _ in _told()]
    assert (intended, failed) == (Event.BRANCH_REMOVE_INTENDED, Event.BRANCH_REMOVE_FAILED)
    hook.unlink()
    watchdog.remove_orphans(scene.target, NOW)
    assert [event for event, _ in _told()][2:] == [Event.BRANCH_REMOVED]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_that_died_in_the_middle_is_made_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    scene = make_scene(tmp_path)
    _an_orphan(scene)
    whole = delete_branch

    def die(*given: Any) -> None:
        if moment == "after":
            whole(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr("delivery.watchdog.delete_branch", die)
    with pytest.raises(KeyboardInterrupt):
        watchdog.remove_orphans(scene.target, NOW)
    assert [event for event, _ in _told()] == [Event.BRANCH_REMOVE_INTENDED]
    monkeypatch.undo()
    watchdog.remove_orphans(scene.target, NOW)
    (_, _), (event, why) = _told()
    assert event == Event.BRANCH_REMOVED
    assert ("stopped in the middle" in why) == (moment == "after")
    assert scene.branches() == ["main"]
