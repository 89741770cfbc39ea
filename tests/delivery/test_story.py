"""A change goes all the way, and one that harms comes back, on real git and a real checkout."""

from datetime import timedelta
from pathlib import Path

import pytest

from audit.models import Entry
from delivery.models import Outcome, Result
from proposals.models import Status
from tests.delivery.scene import make_scene

pytestmark = pytest.mark.django_db


def test_an_approved_change_is_delivered_measured_and_implemented(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.usual_traffic()
    delivery = scene.begin()
    runs = scene.drive(delivery)
    assert [run.stage for run in runs] == [
        "snapshot", "branch", "validate", "pull_request", "merge", "deploy", "watch",
    ]  # fmt: skip
    assert runs[-1].result == Result.WAITING
    assert scene.proposal.status == Status.PR_OPEN
    assert scene.timeout_on_main() == "1200"
    assert scene.reloads() == ["1200"]
    assert "selfimprove/snapshot/" in scene.origin("tag")

    scene.traffic(scene.clock().replace(second=0), 62, failing=lambda minute: 0)
    scene.clock.forward(minutes=61, seconds=5)
    scene.drive(delivery)
    assert delivery.outcome == Outcome.SUCCEEDED
    assert delivery.watch.verdict == "implemented"
    assert scene.proposal.status == Status.IMPLEMENTED
    assert scene.branches() == ["main"]


def test_a_harmful_change_takes_itself_back_in_git_and_in_the_running_system(
    tmp_path: Path,
) -> None:
    scene = make_scene(tmp_path)
    scene.usual_traffic()
    before = scene.origin("rev-parse", "main^{tree}")
    delivery = scene.begin()
    scene.drive(delivery)
    scene.traffic(scene.clock().replace(second=0), 10, failing=lambda minute: 9)
    scene.clock.forward(minutes=10, seconds=5)
    runs = scene.drive(delivery)
    assert [run.stage for run in runs] == ["watch", "revert", "redeploy"]
    assert delivery.outcome == Outcome.REVERTED
    assert delivery.detail.startswith("Plainly broken: ")
    assert scene.proposal.status == Status.REVERTED
    assert scene.proposal.reason == delivery.revert_reason
    assert scene.origin("rev-parse", "main^{tree}") == before
    message = scene.origin("log", "-1", "--format=%B", "main")
    assert f"This reverts commit {delivery.merge_commit}" in message
    assert "Plainly broken" in message
    assert scene.reloads() == ["1200", "400"]


def test_the_log_tells_the_story_and_every_entry_cites_the_approval(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.usual_traffic()
    delivery = scene.begin()
    scene.drive(delivery)
    approval = Entry.objects.get(event="proposal.approved")
    entries = list(Entry.objects.filter(subject=f"delivery:{delivery.pk}").order_by("id"))
    assert all(str(approval.uid) in entry.cites for entry in entries)
    events = [str(entry.event) for entry in entries]
    assert events[:3] == ["delivery.started", "delivery.intended", "delivery.stage_passed"]
    assert "delivery.deployed" in events
    for entry in entries:
        if entry.event == "delivery.stage_passed":
            intended = [e for e in entries if str(e.uid) in entry.cites]
            assert [str(e.event) for e in intended] == ["delivery.intended"]


def test_the_merge_names_proposal_reviewer_and_delivery(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    scene.drive(delivery)
    message = scene.origin("log", "-1", "--format=%B", delivery.merge_commit)
    assert f"Proposal: {scene.proposal.pk}" in message
    assert f"Approved-by: {scene.proposal.reviewer}" in message
    parents = scene.origin("log", "-1", "--format=%P", delivery.merge_commit).split()
    assert parents == [delivery.base_commit, delivery.branch_commit]


def test_silence_ends_as_too_little_data_and_keeps_the_change(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.usual_traffic()
    delivery = scene.begin()
    scene.drive(delivery)
    scene.clock.at += timedelta(hours=24, minutes=2)
    scene.drive(delivery)
    assert delivery.watch.verdict == "inconclusive"
    assert "too little data" in delivery.detail
    assert delivery.outcome == Outcome.SUCCEEDED
