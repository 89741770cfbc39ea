"""Can a proposal make exactly the moves of the table, each exactly once?"""

import pytest
from django.db import IntegrityError, transaction

from audit.events import Event
from audit.log import Actor
from audit.models import Entry
from proposals import lifecycle
from proposals.lifecycle import MOVES, IllegalMove, Move, ReasonMissing
from proposals.models import DECIDED, Proposal, Status, Transition
from targets.models import Target
from tests.factories import NOW, make_proposal

DELIVERY = Actor.system("delivery")


@pytest.mark.parametrize("status", Status)
def test_the_table_alone_decides_what_is_possible(target: Target, status: Status) -> None:
    proposal = make_proposal(target, status=status)
    for move, step in MOVES.items():
        point = transaction.savepoint()
        if status in step.sources:
            moved = lifecycle.advance(proposal, move, actor=DELIVERY, at=NOW, reason="So it is.")
            assert moved.status == step.destination
        else:
            with pytest.raises(IllegalMove):
                lifecycle.advance(proposal, move, actor=DELIVERY, at=NOW, reason="So it is.")
        transaction.savepoint_rollback(point)


def test_every_move_leads_somewhere_new_and_has_its_own_event() -> None:
    assert set(MOVES) == set(Move)
    for step in MOVES.values():
        assert step.destination not in step.sources
        assert step.label
    assert len({step.event for step in MOVES.values()}) == len(MOVES)


def test_a_move_writes_transition_and_entry_that_cite_the_one_before(target: Target) -> None:
    proposal = make_proposal(target, status=Status.APPROVED)
    moved = lifecycle.advance(proposal, Move.OPEN_PR, actor=DELIVERY, at=NOW, facts={"number": 7})
    created, approved, opened = moved.transitions.all()
    assert [t.version for t in (created, approved, opened)] == [0, 1, 2]
    assert (opened.source, opened.destination) == (Status.APPROVED, Status.PR_OPEN)
    entry = Entry.objects.get(uid=opened.entry_uid)
    assert entry.event == Event.PROPOSAL_PR_OPENED
    assert entry.cites == [str(approved.entry_uid)]
    assert (entry.facts["number"], entry.facts["version"]) == (7, 2)


def test_a_refused_move_leaves_no_trace(target: Target) -> None:
    proposal = make_proposal(target)
    before = Entry.objects.count()
    with pytest.raises(IllegalMove, match="“Awaiting review”"):
        lifecycle.advance(proposal, Move.IMPLEMENT, actor=DELIVERY, at=NOW)
    proposal.refresh_from_db()
    assert (proposal.status, proposal.version) == (Status.PENDING, 0)
    assert proposal.transitions.count() == 1
    assert Entry.objects.count() == before


def test_a_stale_object_in_memory_cannot_move_twice(target: Target) -> None:
    proposal = make_proposal(target, status=Status.APPROVED)
    lifecycle.advance(proposal, Move.OPEN_PR, actor=DELIVERY, at=NOW)
    assert proposal.status == Status.APPROVED
    with pytest.raises(IllegalMove):
        lifecycle.advance(proposal, Move.OPEN_PR, actor=DELIVERY, at=NOW)


@pytest.mark.parametrize("move", [m for m, step in MOVES.items() if step.needs_reason])
def test_bad_endings_need_a_reason(target: Target, move: Move) -> None:
    proposal = make_proposal(target, status=MOVES[move].sources[0])
    with pytest.raises(ReasonMissing, match="say why"):
        lifecycle.advance(proposal, move, actor=DELIVERY, at=NOW, reason="  ")


def test_a_reason_is_kept_without_its_secrets(target: Target) -> None:
    proposal = make_proposal(target, status=Status.APPROVED)
    secret = "Bearer abcdef" + "0123456789abcdef0123456789"
    moved = lifecycle.advance(
        proposal, Move.FAIL, actor=DELIVERY, at=NOW, reason=f"403 with Authorization: {secret}"
    )
    assert "abcdef0123456789" not in moved.reason
    assert moved.reason.startswith("403 with")


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "DREAMING"},
        {"status": Status.APPROVED},
        {"status": Status.REJECTED, "reviewer": "anna"},
        {"status": Status.FAILED},
    ],
)
def test_the_database_refuses_what_no_move_leads_to(
    target: Target, changes: dict[str, str]
) -> None:
    proposal = make_proposal(target)
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(**changes)


def test_what_is_possible_can_be_listed(target: Target) -> None:
    proposal = make_proposal(target)
    assert lifecycle.available(proposal) == (Move.APPROVE, Move.REJECT, Move.SUPERSEDE)
    ended = make_proposal(target, status=Status.REJECTED)
    assert lifecycle.available(ended) == ()


@pytest.mark.parametrize("status", [Status.PENDING, Status.SUPERSEDED])
@pytest.mark.parametrize("wanted", DECIDED)
def test_no_raw_update_makes_a_decision_without_a_person(
    target: Target, status: Status, wanted: str
) -> None:
    proposal = make_proposal(target, status=status)
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(status=wanted, reason="because")
    assert Proposal.objects.get().status == status


def test_no_raw_write_numbers_a_move_twice_or_names_an_entry_twice(target: Target) -> None:
    proposal = make_proposal(target, status=Status.APPROVED)
    first, second = proposal.transitions.all()
    for changes in ({"version": 0}, {"entry_uid": first.entry_uid}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Transition.objects.filter(pk=second.pk).update(**changes)


def test_no_raw_write_keeps_a_no_without_a_reason(target: Target) -> None:
    proposal = make_proposal(target, status=Status.REJECTED)
    with pytest.raises(IntegrityError), transaction.atomic():
        proposal.reviews.update(reason="")
