"""When people press in the same moment, is there one request, one decision and one revision?"""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connections

from proposals import decision
from proposals.intake import DuplicateProposal
from proposals.lifecycle import IllegalMove
from proposals.models import ChangeRequest, Proposal, RequestEnd, Revision, Status
from proposals.revising import asked, asking
from proposals.revising.asking import CannotAsk
from proposals.revising.handing_in import CannotRevise
from tests.factories import make_proposal, make_target, make_user
from tests.proposals.revising.scene import LATER, asked_for, revised
from tests.words import tools_diff

pytestmark = pytest.mark.django_db(transaction=True)
REFUSALS = (CannotAsk, CannotRevise, IllegalMove, DuplicateProposal)


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Run acts in threads that start together; return how each one ended."""
    gate, ends = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        gate.wait()
        try:
            act()
            ends.append("done")
        except REFUSALS as refusal:
            ends.append(type(refusal).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


def test_of_two_requests_one_stands_and_the_other_is_told(tmp_path: Path) -> None:
    proposal = make_proposal(make_target(tmp_path))
    people = [make_user(), make_user()]

    def ask(number: int) -> object:
        return asking.request(proposal, by=people[number], reason=f"Wish {number}", at=LATER)

    assert at_once(lambda: ask(0), lambda: ask(1)) == ["CannotAsk", "done"]
    assert ChangeRequest.objects.count() == 1


def test_a_request_and_an_approval_do_not_both_hold(tmp_path: Path) -> None:
    proposal = make_proposal(make_target(tmp_path))
    ada, bob = make_user(), make_user()
    read = proposal.document_digest
    ends = at_once(
        lambda: asking.request(proposal, by=ada, reason="Less", at=LATER),
        lambda: decision.approve(proposal, reviewer=bob, document_digest=read, at=LATER),
    )
    fresh = Proposal.objects.get()
    assert asked.standing_on(fresh) is not None
    if fresh.status == Status.PENDING:
        assert ends == ["IllegalMove", "done"]
    else:  # the approval came first, and the request takes it back
        assert ends == ["done", "done"]
        assert "taken back" in asked.takes_back(fresh)


def test_of_two_revisions_one_takes_the_place(tmp_path: Path) -> None:
    old = asked_for(make_target(tmp_path)).proposal
    ends = at_once(
        lambda: revised(old, diff=tools_diff(1501)), lambda: revised(old, diff=tools_diff(1502))
    )
    assert ends == ["CannotRevise", "done"]
    assert Proposal.objects.filter(status=Status.PENDING).count() == 1
    assert Revision.objects.count() == RequestEnd.objects.count() == 1


def test_what_is_withdrawn_in_the_same_moment_is_revised_or_not(tmp_path: Path) -> None:
    request = asked_for(make_target(tmp_path))
    old = request.proposal
    ends = at_once(
        lambda: revised(old), lambda: asking.withdraw(old, by=request.asked_by, at=LATER)
    )
    assert "done" in ends
    assert len(ends) == 2
    how = RequestEnd.objects.get().how
    assert Revision.objects.count() == (how == "REVISED")
    old.refresh_from_db()
    assert old.status == (Status.SUPERSEDED if how == "REVISED" else Status.PENDING)
