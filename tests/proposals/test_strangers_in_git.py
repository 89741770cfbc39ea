"""What if others write to the proposals branch, by hand, at the same time, or with bad intent?"""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from audit.models import Entry
from proposals import decision
from proposals.decision import FourEyes
from proposals.models import Proposal, Status, Transition
from proposals.publish import ATTEMPTS, BRANCH, REF, entries_on, publish
from proposals.rebuild import git_from_rows, rows_from_git
from targets.models import Target
from targets.repository import PushRefused, Repository
from tests.factories import NOW, commit_to_origin, git, make_proposal, make_user
from tests.tied import lose

LATER = NOW + timedelta(hours=1)


def _hook(target: Target, name: str, script: str) -> Path:
    """Let the origin do something in the middle of a push; return a file that it may write."""
    place = Path(target.origin) / "hooks" / name
    mark = Path(target.origin) / f"{name}-was-here"
    place.parent.mkdir(exist_ok=True)
    place.write_text(f"#!/bin/sh\nunset GIT_QUARANTINE_PATH\nMARK={mark}\n{script}\n")
    place.chmod(0o755)
    return mark


def _text(target: Target, path: str) -> str:
    repository = Repository.of(target)
    return repository.read(repository.head(BRANCH), path).decode()


def _entries(target: Target) -> list[str]:
    return sorted(entries_on(Repository.of(target)))


def test_who_pushes_in_the_middle_of_our_push_loses_nothing(target: Target) -> None:
    first = make_proposal(target)
    publish(target, LATER)
    theirs = commit_to_origin(target, {"notes.md": "mine"}, branch=BRANCH)
    git(Path(target.origin), "update-ref", REF, f"{theirs}^")
    second = make_proposal(target)
    mark = _hook(
        target, "update", f'[ -e "$MARK" ] || {{ touch "$MARK"; git update-ref {REF} {theirs}; }}'
    )
    done = publish(target, LATER)
    assert mark.exists()
    assert done.pushed
    assert _text(target, "notes.md") == "mine"
    assert {first.path, second.path} <= set(
        Repository.of(target).paths(Repository.of(target).head(BRANCH))
    )
    assert git(Path(target.origin), "rev-parse", BRANCH) == Repository.of(target).head(BRANCH)
    assert len(_entries(target)) == 2
    assert not Transition.objects.filter(commit="").exists()
    assert not Entry.objects.filter(event="proposal.refused").exists()


def test_a_branch_that_takes_no_push_is_said_after_a_few_tries(target: Target) -> None:
    make_proposal(target)
    mark = _hook(target, "pre-receive", 'echo x >> "$MARK"; exit 1')
    with pytest.raises(PushRefused):
        publish(target, LATER)
    assert mark.read_text().count("x") == ATTEMPTS
    (Path(target.origin) / "hooks" / "pre-receive").unlink()
    assert publish(target, LATER).pushed
    assert len(_entries(target)) == 1


def test_a_history_pushed_over_ours_keeps_every_move(target: Target) -> None:
    proposal = make_proposal(target, status=Status.APPROVED)
    publish(target, LATER)
    git(Path(target.origin), "update-ref", REF, "main")
    publish(target, LATER)
    assert _text(target, "SYSTEM_CONTRACT.md")
    assert "status: approved" in _text(target, proposal.path)
    assert len(_entries(target)) == 2
    assert git(Path(target.origin), "rev-parse", BRANCH) == Repository.of(target).head(BRANCH)


def test_a_branch_set_back_is_brought_forward_again(target: Target) -> None:
    make_proposal(target, status=Status.APPROVED)
    publish(target, LATER)
    ours = Repository.of(target).head(BRANCH)
    git(Path(target.origin), "update-ref", REF, f"{ours}^")
    assert publish(target, LATER).pushed
    assert git(Path(target.origin), "rev-parse", BRANCH) == ours


@pytest.mark.parametrize("words", ["# Mine now\n", None])
def test_an_index_edited_by_hand_is_written_again(target: Target, words: str | None) -> None:
    make_proposal(target)
    publish(target, LATER)
    before = _text(target, "index.md")
    commit_to_origin(target, {"index.md": words}, branch=BRANCH)
    assert publish(target, LATER).pushed
    assert _text(target, "index.md") == before
    assert not publish(target, LATER).pushed


def test_a_reason_cannot_pose_as_the_record_of_another_move(target: Target) -> None:
    victim = make_proposal(target, at=LATER + timedelta(hours=1))
    entry = victim.transitions.get().entry_uid
    forger = make_proposal(target)
    decision.reject(forger, reviewer=make_user(), reason=f"No.\nEntry: {entry}", at=LATER)
    publish(target, LATER)
    commit = entries_on(Repository.of(target))[str(entry)]
    message = git(Path(target.origin), "log", "-1", "--format=%B", commit)
    assert message.startswith("Propose:")
    git(Path(target.origin), "update-ref", "-d", REF)
    assert str(entry) in _entries(target)


def test_who_reworded_it_in_git_cannot_approve_it(target: Target) -> None:
    proposal = make_proposal(target)
    publish(target, LATER)
    edited = _text(target, proposal.path).replace("Low: a session", "Low: any session")
    commit_to_origin(target, {proposal.path: edited}, branch=BRANCH)
    publish(target, LATER)
    proposal.refresh_from_db()
    digest = proposal.document_digest
    with pytest.raises(FourEyes, match="Some of these words are yours"):
        decision.approve(
            proposal, reviewer=make_user(name="Ada"), document_digest=digest, at=LATER
        )
    decision.approve(proposal, reviewer=make_user(name="ben"), document_digest=digest, at=LATER)


def test_a_copy_of_a_proposal_is_named_and_changes_nothing(target: Target) -> None:
    proposal = make_proposal(target)
    publish(target, LATER)
    copy = f"proposals/2000/01/{proposal.pk}-a.md"
    lie = _text(target, proposal.path).replace("Low: a session", "None: a session")
    commit_to_origin(target, {copy: lie}, branch=BRANCH)
    done = rows_from_git(target)
    assert done.written == 1
    assert [path for path, _ in done.unreadable] == [copy]
    assert Proposal.objects.get().path == proposal.path
    assert Proposal.objects.get().document_digest == proposal.document_digest


def test_a_move_that_only_git_tells_is_named_when_rows_are_rebuilt(target: Target) -> None:
    proposal = make_proposal(target)
    publish(target, LATER)
    text = _text(target, proposal.path).replace("status: pending", "status: superseded")
    forged = (
        f'- 1 · 2026-03-02T11:00:00.000000Z · SUPERSEDED · person "eve" · entry {uuid.uuid4()}'
    )
    last = text.rstrip() + f' \n{forged} · "because"\n'
    commit_to_origin(target, {proposal.path: last.replace(" \n-", "\n-")}, branch=BRANCH)
    done = rows_from_git(target)
    assert done.unproven == ((proposal.path, "the log does not know: SUPERSEDED by eve"),)
    assert Entry.objects.get(event="proposals.rebuilt").facts["unproven"] == 1


@pytest.mark.parametrize("status", list(Status))
def test_every_status_survives_the_loss_of_either_side(target: Target, status: Status) -> None:
    proposal = make_proposal(target, status=status)
    publish(target, LATER)
    proposal.refresh_from_db()
    text = _text(target, proposal.path)
    lose(Proposal.objects.all())
    assert rows_from_git(target).unproven == ()
    fresh = Proposal.objects.get()
    for name in ("status", "version", "reason", "reviewer", "decided_at", "document_digest"):
        assert getattr(fresh, name) == getattr(proposal, name), name
    repository = Repository.of(target)
    git(Path(target.origin), "update-ref", "-d", REF)
    repository.delete_ref(REF, repository.head(BRANCH))
    git_from_rows(target)
    assert _text(target, proposal.path) == text
