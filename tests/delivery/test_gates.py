"""The gates judge the branch again, and a change they refuse leaves nothing behind."""

from pathlib import Path

import pytest

from delivery.models import Outcome, Result
from proposals.models import Status
from tests import factories
from tests.delivery.scene import MANIFEST, changed_tools, make_scene
from validation.models import Report

pytestmark = pytest.mark.django_db
GREEN_WHILE_LOW = "import pathlib, sys; sys.exit('1200' in pathlib.Path('{}').read_text())"
CHECK = GREEN_WHILE_LOW.format("config/tools.yaml")
NO_TESTS = MANIFEST.partition("[[deploy]]")[2]


def test_tests_that_turn_red_refuse_the_branch(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, manifest=MANIFEST.replace('"-m", "unittest"', f'"-c", "{CHECK}"'))
    delivery = scene.begin()
    runs = scene.drive(delivery)
    assert [(run.stage, run.result) for run in runs][-2:] == [
        ("validate", Result.FAILED),
        ("clean_up", Result.PASSED),
    ]
    assert delivery.outcome == Outcome.FAILED
    assert delivery.detail.startswith("The gates refused the branch: tests")
    assert scene.proposal.status == Status.FAILED
    assert scene.branches() == ["main"]
    assert scene.origin("for-each-ref", "refs/selfimprove/pulls") == ""


def test_what_the_base_forbids_by_now_is_refused(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    forbidding = MANIFEST + '\n[validation]\nforbidden_paths = ["config/**"]\n'
    factories.commit_to_origin(scene.target, {".selfimprove.toml": forbidding})
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.outcome == Outcome.ABORTED
    assert "denied by protected_paths" in delivery.detail
    scene.proposal.refresh_from_db()
    assert (
        scene.proposal.status == Status.PENDING
    )  # people see it checked by the rules as they are


def test_an_acknowledgement_that_nobody_gave_is_not_assumed(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, manifest=f"[[deploy]]{NO_TESTS}")
    delivery = scene.begin()
    scene.drive(delivery)
    assert scene.proposal.report is not None
    assert scene.proposal.report.outcome == "PASSED"
    assert delivery.outcome == Outcome.FAILED
    assert "names no tests" in delivery.detail


def test_what_was_acknowledged_at_the_approval_may_pass(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, manifest=f"[[deploy]]{NO_TESTS}")
    Report.objects.filter(proposals=scene.proposal).update(outcome="ACKNOWLEDGE")
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.stage == "watch"


def test_the_report_of_the_branch_is_kept(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    factories.commit_to_origin(scene.target, changed_tools("retries: 1", "retries: 2"))
    delivery = scene.begin()
    scene.drive(delivery)
    report = Report.objects.latest("id")
    assert report.base_commit == delivery.base_commit
    assert report.outcome == "PASSED"
    output = delivery.runs.get(stage="validate").output
    assert "parameters: Passed" in output


def test_gates_that_could_not_run_are_our_fault_and_asked_again(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    broken = MANIFEST.replace('"python3", "-m", "unittest"', '"no-such-program"')
    factories.commit_to_origin(scene.target, {".selfimprove.toml": broken})
    delivery = scene.begin()
    runs = scene.drive(delivery)
    assert runs[-1].stage == "validate"
    assert runs[-1].result == Result.ERRORED
    assert delivery.outcome == ""
    assert "Could not run" in runs[-1].message
    assert delivery.next_step_at > scene.clock()


def test_a_manifest_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    factories.commit_to_origin(scene.target, {".selfimprove.toml": "[tests\n"})
    delivery = scene.begin()
    runs = scene.drive(delivery)
    assert runs[-1].result == Result.ERRORED
    assert "BadManifest" in runs[-1].message


def test_the_pull_request_carries_the_whole_proposal(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    scene.drive(delivery)
    pulls = scene.origin("for-each-ref", "--format=%(objectname)", "refs/selfimprove/pulls")
    stored = scene.origin("cat-file", "blob", pulls)
    assert scene.proposal.title in stored
    assert "Rollback plan" in stored
    assert delivery.pull_request == 1
