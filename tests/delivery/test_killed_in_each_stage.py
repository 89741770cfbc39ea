"""A worker killed anywhere loses nothing, doubles nothing and leaves no branch behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from delivery.models import Delivery, Outcome, Result
from proposals.models import Status
from tests.delivery.scene import Scene, make_scene

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROOT = Path(__file__).parents[2]

FORWARD = [
    ("snapshot", "Repository.update_ref", "call"),
    ("snapshot", "Repository.push", "call"),
    ("snapshot", "finish", "call"),
    ("branch", "Repository.commit_tree", "return"),
    ("branch", "Repository.update_ref", "return"),
    ("branch", "Repository.push", "return"),
    ("validate", "check", "call"),
    ("validate", "save", "return"),
    ("validate", "_passed", "return"),
    ("pull_request", "LocalForge.open", "call"),
    ("pull_request", "LocalForge.open", "return"),
    ("pull_request", "advance", "return"),
    ("merge", "LocalForge.merge", "call"),
    ("merge", "LocalForge.merge", "return"),
    ("merge", "delete_branch", "return"),
    ("deploy", "Checkout.move_to", "call"),
    ("deploy", "Checkout.move_to", "return"),
    ("deploy", "CommandDeployer.deploy", "return"),
    ("watch", "run", "call"),
    ("watch", "_keep", "return"),
    ("watch", "advance", "return"),
]
BACK = [
    ("watch", "finish", "call"),
    ("revert", "Repository.revert", "return"),
    ("revert", "Repository.push", "return"),
    ("revert", "advance", "return"),
    ("redeploy", "CommandDeployer.deploy", "call"),
    ("redeploy", "CommandDeployer.deploy", "return"),
]
CLEAN_UP = [
    ("clean_up", "LocalForge.close", "call"),
    ("clean_up", "LocalForge.close", "return"),
    ("clean_up", "delete_branch", "return"),
    ("clean_up", "advance", "return"),
]


def work(scene: Scene, delivery: Delivery, *point: str) -> int:
    """Let another process drive the delivery, a minute after the last one's lease ran out."""
    now = scene.clock.forward(seconds=61)
    command = [
        sys.executable, "-m", "tests.delivery.killed", str(delivery.pk), now.isoformat(),
        str(connection.settings_dict["NAME"]), str(settings.DATA_DIR), *point,
    ]  # fmt: skip
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "selfimprove.settings",
        "SELFIMPROVE_DATA_DIR": str(settings.DATA_DIR),
    }
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    delivery.refresh_from_db()
    scene.proposal.refresh_from_db()
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


def killed(scene: Scene, delivery: Delivery, points: list[tuple[str, str, str]]) -> None:
    for point in points:
        assert work(scene, delivery, *point) == -signal.SIGKILL, f"{point} was never reached"
        assert delivery.stage == point[0]
        assert delivery.outcome == ""


def moves(scene: Scene) -> list[str]:
    rows = scene.proposal.transitions.order_by("version")
    return list(rows.values_list("destination", flat=True))


def passed(delivery: Delivery) -> list[str]:
    rows = delivery.runs.filter(result=Result.PASSED).order_by("id")
    return list(rows.values_list("stage", flat=True))


def test_killed_at_every_act_it_still_delivers_exactly_once(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.usual_traffic()
    delivery = scene.begin()
    killed(scene, delivery, [point for point in FORWARD if point[0] != "watch"])
    assert work(scene, delivery) == 0
    assert delivery.stage == "watch"
    assert delivery.deployed_at is not None
    scene.traffic(delivery.deployed_at.replace(second=0), 70, failing=lambda minute: 0)
    scene.clock.at = delivery.deployed_at
    scene.clock.forward(minutes=62)
    killed(scene, delivery, [point for point in FORWARD if point[0] == "watch"])
    assert work(scene, delivery) == 0

    assert delivery.outcome == Outcome.SUCCEEDED
    assert moves(scene) == [
        Status.PENDING, Status.APPROVED, Status.PR_OPEN, Status.IMPLEMENTED,
    ]  # fmt: skip
    assert passed(delivery) == [
        "snapshot", "branch", "validate", "pull_request", "merge", "deploy", "watch",
    ]  # fmt: skip
    assert scene.branches() == ["main"]
    assert scene.clone_branches() == []
    assert scene.origin("rev-list", "--count", "--merges", "main") == "1"
    assert scene.origin("for-each-ref", "refs/selfimprove/pulls").count("\n") == 0
    assert scene.origin("tag").split() == [delivery.snapshot_tag]
    assert scene.reloads()[-1] == "1200"
    interrupted = delivery.runs.filter(result=Result.ERRORED)
    assert interrupted.count() == len(FORWARD)
    assert {run.message for run in interrupted} == {"The worker stopped in the middle of it."}


def test_killed_on_the_way_back_it_reverts_exactly_once(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.usual_traffic()
    before = scene.origin("rev-parse", "main^{tree}")
    delivery = scene.begin()
    scene.drive(delivery)
    scene.traffic(scene.clock().replace(second=0), 30, failing=lambda minute: 9)
    scene.clock.forward(minutes=5)
    killed(scene, delivery, BACK)
    assert work(scene, delivery) == 0
    assert delivery.outcome == Outcome.REVERTED
    assert moves(scene)[-2:] == [Status.PR_OPEN, Status.REVERTED]
    assert scene.origin("rev-parse", "main^{tree}") == before
    assert scene.origin("rev-list", "--count", "--grep=This reverts commit", "main") == "1"
    assert scene.branches() == ["main"]
    assert scene.reloads()[-1] == "400"


def test_killed_while_cleaning_up_it_leaves_nothing(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "merge")
    Delivery.objects.filter(pk=delivery.pk).update(
        revert_actor="ada", revert_reason="Not this week."
    )
    killed(scene, delivery, CLEAN_UP)
    assert work(scene, delivery) == 0
    assert delivery.outcome == Outcome.ABORTED
    assert moves(scene) == [Status.PENDING, Status.APPROVED, Status.PR_OPEN, Status.FAILED]
    assert scene.branches() == ["main"]
    assert scene.clone_branches() == []


def test_a_stage_that_kills_its_worker_every_time_is_given_up(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "validate")
    for _ in range(5):
        assert work(scene, delivery, "validate", "check", "call") == -signal.SIGKILL
    assert work(scene, delivery, "validate", "check", "call") == 0
    assert delivery.outcome == Outcome.FAILED
    assert "It never came to an end." in delivery.detail
    assert scene.branches() == ["main"]
