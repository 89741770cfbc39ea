"""When processes work at once or are killed anywhere, is nothing lost and nothing doubled?"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from audit.log import Actor
from audit.models import Entry
from proposals import intake
from proposals.models import Evidence, Proposal, Review, Status, Transition
from proposals.publish import BRANCH, entries_on, publish
from targets.models import Target
from targets.repository import Repository
from tests.factories import (
    NOW,
    git,
    make_pattern,
    make_proposal,
    make_target,
    make_user,
    proposal_text,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROOT = Path(__file__).parents[2]


def _begin(*words: str) -> "subprocess.Popen[str]":
    """Start a process and wait until it is ready to act."""
    name, folder = str(connection.settings_dict["NAME"]), str(settings.DATA_DIR)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "selfimprove.settings",
        "SELFIMPROVE_SANDBOX__BACKEND": settings.SELFIMPROVE.sandbox.backend,  # one of the rules
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.proposals.elsewhere", name, folder, *words],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    if process.stdout.readline() != "ready\n":
        pytest.fail(process.communicate()[1])
    return process


def _let_go(*processes: "subprocess.Popen[str]") -> list[str]:
    """Let them act together; return how each ended."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("now\n")
        process.stdin.flush()
    ends = []
    for process in processes:
        said, complaint = process.communicate(timeout=120)
        killed = process.returncode == -signal.SIGKILL
        assert killed or process.returncode == 0, complaint
        ends.append("killed" if killed else said.strip())
    return sorted(ends)


def _file(tmp_path: Path, text: str) -> str:
    path = tmp_path / "idea.md"
    path.write_text(text)
    return str(path)


def _on_origin(target: Target) -> list[str]:
    """Return the entries that the commits of the origin's branch name, doubles included."""
    log = git(Path(target.origin), "log", "--format=%(trailers:key=Entry,valueonly)", BRANCH)
    return sorted(line for line in log.splitlines() if line)


def test_two_reviewers_in_two_processes_make_one_decision(tmp_path: Path) -> None:
    proposal = make_proposal(make_target(tmp_path))
    names = [make_user(name=name).username for name in ("anna", "ben")]
    ends = _let_go(*[_begin("approve", str(proposal.pk), name) for name in names])
    assert ends == ["IllegalMove", "done"]
    assert Transition.objects.count() == 2
    assert Review.objects.get().reviewer.username == Proposal.objects.get().reviewer
    assert Entry.objects.filter(event="proposal.approved").count() == 1


def test_two_first_voices_in_two_processes_are_two_people(tmp_path: Path) -> None:
    proposal = make_proposal(make_target(tmp_path), risk="high")
    names = [make_user(name=name).username for name in ("anna", "ben")]
    ends = _let_go(*[_begin("approve", str(proposal.pk), name) for name in names])
    assert ends == ["done", "done"]
    assert Proposal.objects.get().status == Status.APPROVED
    assert Review.objects.count() == 2
    assert Entry.objects.filter(event="proposal.approved").count() == 1


def test_the_same_text_from_two_processes_is_one_proposal(tmp_path: Path) -> None:
    make_target(tmp_path)
    file = _file(tmp_path, proposal_text())
    ends = _let_go(_begin("submit", "gateway", file), _begin("submit", "gateway", file))
    assert ends == ["DuplicateProposal", "done"]
    assert Proposal.objects.count() == Transition.objects.count() == 1


def test_two_publishers_in_two_processes_make_each_commit_once(tmp_path: Path) -> None:
    target = make_target(tmp_path)
    for status in (Status.IMPLEMENTED, Status.REJECTED, Status.PENDING):
        make_proposal(target, status=status)
    ends = _let_go(_begin("publish", "gateway", "-"), _begin("publish", "gateway", "-"))
    assert ends == ["done", "done"]
    assert _on_origin(target) == sorted(
        str(uid) for uid in Transition.objects.values_list("entry_uid", flat=True)
    )


@pytest.mark.parametrize(
    ("function", "event", "kept"),
    [
        ("Repository.apply", "return", 0),
        ("_create", "return", 0),
        ("write_evidence", "return", 0),
        ("_record", "return", 0),
        ("submit", "return", 1),
    ],
)
def test_a_submission_killed_anywhere_is_whole_or_absent(
    tmp_path: Path, function: str, event: str, kept: int
) -> None:
    target = make_target(tmp_path)
    pattern = make_pattern(target)
    file = _file(tmp_path, proposal_text(front=f"patterns: [{pattern.pk}]\n"))
    assert _let_go(_begin("submit", "gateway", file, function, event)) == ["killed"]
    for model in (Proposal, Transition, Evidence):
        assert model._default_manager.count() == kept
    assert Entry.objects.filter(event="proposal.created").count() == kept
    again = _let_go(_begin("submit", "gateway", file))
    assert again == (["DuplicateProposal"] if kept else ["done"])
    publish(target, NOW)
    assert len(_on_origin(target)) == 1


@pytest.mark.parametrize(
    ("function", "event"),
    [
        ("Repository.fetch", "return"),
        ("Repository.commit_tree", "return"),
        ("Repository.commit_files", "return"),
        ("_commit_transitions", "return"),
        ("_mark_read", "return"),
        ("Repository.push", "call"),
        ("Repository.push", "return"),
    ],
)
def test_a_publisher_killed_anywhere_is_completed_by_the_next(
    tmp_path: Path, function: str, event: str
) -> None:
    target = make_target(tmp_path)
    make_proposal(target, status=Status.REVERTED)
    make_proposal(target, risk="high")
    assert _let_go(_begin("publish", "gateway", "-", function, event)) == ["killed"]
    publish(target, NOW)
    wanted = sorted(str(uid) for uid in Transition.objects.values_list("entry_uid", flat=True))
    assert _on_origin(target) == wanted
    repository = Repository.of(target)
    assert git(Path(target.origin), "rev-parse", BRANCH) == repository.head(BRANCH)
    held = entries_on(repository)
    assert {str(m.entry_uid): m.commit for m in Transition.objects.all()} == held
    assert not publish(target, NOW).pushed


def test_what_was_decided_while_nobody_could_publish_is_published_in_order(
    tmp_path: Path,
) -> None:
    target = make_target(tmp_path)
    away = Path(target.origin).with_name("away.git")
    Path(target.origin).rename(away)
    intake.submit(
        target=target,
        text=proposal_text(),
        engine="person",
        author="carol",
        at=NOW,
        actor=Actor("person", "carol"),
    )
    away.rename(target.origin)
    assert publish(target, NOW).commits == 1
    assert len(_on_origin(target)) == 1
