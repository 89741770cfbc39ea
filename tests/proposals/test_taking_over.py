"""Do moves that only git remembers come back lawfully, each with an entry of its own?"""

import re
import uuid
from datetime import timedelta

import pytest

from audit.events import Event
from audit.models import Entry
from audit.verify import verify
from delivery import gate, pipeline
from delivery.stages.shape import Failed
from proposals.models import Proposal, Status
from proposals.publish import BRANCH, publish
from proposals.rebuild import rows_from_git
from targets.models import Target
from targets.repository import Repository
from tests.factories import NOW, commit_to_origin, make_proposal
from tests.tied import lose, place

LATER = NOW + timedelta(hours=1)


def _text(target: Target, proposal: Proposal) -> str:
    repository = Repository.of(target)
    return repository.read(repository.head(BRANCH), proposal.path).decode()


def _from_elsewhere(target: Target, status: Status, **changes: str) -> uuid.UUID:
    """Put a proposal on the branch of which neither rows nor log know anything."""
    proposal = make_proposal(target, status=status)
    publish(target, LATER)
    key = uuid.uuid4()
    text = _text(target, proposal).replace(str(proposal.pk), str(key))
    text = re.sub(r"entry [0-9a-f-]{36}", lambda _: f"entry {uuid.uuid4()}", text)
    text = re.sub(r"- entry: [0-9a-f-]{36}", lambda _: f"- entry: {uuid.uuid4()}", text)
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    commit_to_origin(target, {f"proposals/2026/03/{key}-a.md": text}, branch=BRANCH)
    return key


@pytest.mark.parametrize("status", list(Status))
def test_a_proposal_that_only_git_knows_walks_to_its_state(target: Target, status: Status) -> None:
    key = _from_elsewhere(target, status)
    done = rows_from_git(target)
    assert done.unreadable == ()
    row = Proposal.objects.get(pk=key)
    assert row.status == status
    told = Entry.objects.filter(subject=f"proposal:{key}", event=Event.PROPOSAL_TAKEN_OVER)
    assert told.count() == row.version + 1
    assert {entry.actor for entry in told} == {"proposals"}
    assert len(done.unproven) == row.version + 1
    assert verify().problems == ()
    assert rows_from_git(target).unreadable == ()
    assert told.count() == row.version + 1


def test_an_approval_that_only_git_tells_of_is_never_delivered(target: Target) -> None:
    key = _from_elsewhere(target, Status.APPROVED)
    rows_from_git(target)
    delivery = pipeline.begin(Proposal.objects.get(pk=key), LATER)
    delivery.stage = "pull_request"
    shut = gate.closed(delivery, LATER)
    assert isinstance(shut, Failed)
    assert "the log does not hold it" in shut.reason


def test_a_walk_that_leads_nowhere_is_named_and_left_alone(target: Target) -> None:
    key = _from_elsewhere(target, Status.SUPERSEDED, SUPERSEDED="IMPLEMENTED")
    text = "the status is not where the implementation log ends"
    [(_, why)] = rows_from_git(target).unreadable
    assert why == text
    assert not Proposal.objects.filter(pk=key).exists()


def test_a_jump_is_no_move(target: Target) -> None:
    changes = {"SUPERSEDED": "IMPLEMENTED", "status: superseded": "status: implemented"}
    _from_elsewhere(target, Status.SUPERSEDED, **changes)
    [(_, why)] = rows_from_git(target).unreadable
    assert why == "no move leads from PENDING to IMPLEMENTED"


def test_a_file_that_contradicts_the_log_is_named_and_left_alone(target: Target) -> None:
    proposal = make_proposal(target, status=Status.REJECTED)
    publish(target, LATER)
    text = _text(target, proposal).replace("REJECTED", "APPROVED")
    text = text.replace("status: rejected", "status: approved")
    commit_to_origin(target, {proposal.path: text}, branch=BRANCH)
    [(_, why)] = rows_from_git(target).unreadable
    assert why == "its move 1 leads to APPROVED, and the log says REJECTED"
    assert Proposal.objects.get().status == Status.REJECTED


def test_what_git_was_never_told_comes_back_from_the_log(target: Target) -> None:
    proposal = make_proposal(target)
    publish(target, LATER)
    place(proposal, status=Status.SUPERSEDED)
    lose(Proposal.objects.all())
    assert rows_from_git(target).unreadable == ()
    back = Proposal.objects.get()
    assert (back.status, back.version) == (Status.SUPERSEDED, 1)
    assert back.transitions.count() == 2
    assert verify().problems == ()
