"""Can either side be made again from the other without loss?"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from audit.models import Entry
from proposals import decision
from proposals.models import Evidence, Proposal, Review, Status, Transition
from proposals.publish import BRANCH, REF, publish
from proposals.rebuild import git_from_rows, rows_from_git
from proposals.records import full_text
from targets.models import Target
from targets.repository import Repository
from tests.factories import NOW, commit_to_origin, git, make_pattern, make_proposal, make_user
from tests.tied import lose

LATER = NOW + timedelta(hours=1)


def _rows() -> dict[str, list[Any]]:
    proposals = Proposal.objects.order_by("pk")
    moves = Transition.objects.order_by("proposal_id", "version")
    reviews = Review.objects.order_by("entry_uid")
    evidence = Evidence.objects.order_by("pattern_id")
    return {
        "proposals": list(proposals.values()),
        "moves": [{k: v for k, v in row.items() if k != "id"} for row in moves.values()],
        "reviews": [{k: v for k, v in row.items() if k != "id"} for row in reviews.values()],
        "evidence": [{k: v for k, v in row.items() if k != "id"} for row in evidence.values()],
    }


def _fill(target: Target) -> None:
    pattern = make_pattern(target)
    uids = ", ".join(target.events.values_list("uid", flat=True))
    make_proposal(target, front=f"patterns: [{pattern.pk}]\nevents: [{uids}]\n")
    for status in Status:
        make_proposal(target, status=status, severity="low")
    make_proposal(target, status=Status.APPROVED, risk="critical", kind="optimization")
    waiting = make_proposal(target, risk="high")
    decision.approve(
        waiting, reviewer=make_user(), document_digest=waiting.document_digest, at=LATER
    )
    publish(target, LATER)


def test_rows_come_back_from_git_alone(target: Target) -> None:
    _fill(target)
    before = _rows()
    lose(Proposal.objects.all())
    done = rows_from_git(target)
    assert (done.written, done.unreadable) == (11, ())
    assert _rows() == before
    assert Entry.objects.get(event="proposals.rebuilt").facts["written"] == 11


def test_git_comes_back_from_rows_alone(target: Target) -> None:
    _fill(target)
    repository = Repository.of(target)
    head = repository.head(BRANCH)
    before = {path: repository.read(head, path) for path in repository.paths(head)}
    git(Path(target.origin), "update-ref", "-d", REF)
    repository.delete_ref(REF, head)
    git_from_rows(target)
    again = repository.head(BRANCH)
    assert {path: repository.read(again, path) for path in repository.paths(again)} == before
    assert git(Path(target.origin), "rev-parse", BRANCH) == again
    assert not Transition.objects.filter(commit="").exists()


def test_there_and_back_changes_nothing(target: Target) -> None:
    _fill(target)
    repository = Repository.of(target)
    rows, head = _rows(), repository.head(BRANCH)
    rows_from_git(target)
    git_from_rows(target)
    assert _rows() == rows
    assert repository.head(BRANCH) == head
    for proposal in Proposal.objects.all():
        assert repository.read(head, proposal.path).decode() == full_text(proposal)


def test_an_unreadable_file_is_named_and_keeps_its_row(target: Target) -> None:
    good, bad = make_proposal(target), make_proposal(target)
    publish(target, LATER)
    text = Repository.of(target).read(Repository.of(target).head(BRANCH), bad.path).decode()
    broken = text.replace("- 0 · ", "- 7 · ")
    commit_to_origin(target, {bad.path: broken, "proposals/notes.md": "hello"}, branch=BRANCH)
    done = rows_from_git(target)
    assert done.written == 1
    assert dict(done.unreadable) == {
        bad.path: "the implementation log has a gap",
        "proposals/notes.md": "line 1: the first line must be `---`, "
        "the start of the front matter",
    }
    assert set(Proposal.objects.values_list("pk", flat=True)) == {good.pk, bad.pk}


def test_a_person_whom_only_git_remembers_cannot_sign_in(target: Target) -> None:
    proposal = make_proposal(target, status=Status.APPROVED)
    publish(target, LATER)
    review = proposal.reviews.get()
    person = review.reviewer
    lose(Proposal.objects.all())
    person.delete()
    rows_from_git(target)
    back = Review.objects.get().reviewer
    assert (back.get_username(), back.is_active) == (person.username, False)
    assert not back.has_usable_password()


def test_the_command_does_both_ways(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    make_proposal(target)
    publish(target, LATER)
    lose(Proposal.objects.all())
    call_command("rebuild", "--rows", "--target", "gateway")
    assert "1 proposal" in capsys.readouterr().out
    call_command("rebuild", "--git", "--target", "gateway")
    assert "nothing was missing" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no target `nowhere`; known are gateway"):
        call_command("rebuild", "--git", "--target", "nowhere")
