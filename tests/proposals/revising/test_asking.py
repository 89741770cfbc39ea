"""Does a request for changes keep a proposal from being approved until it is answered?"""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from audit.events import Event
from audit.log import Actor
from audit.models import Entry
from proposals import decision, lifecycle
from proposals.decision import StaleDigest
from proposals.lifecycle import IllegalMove, Move, ReasonMissing
from proposals.models import ChangeRequest, Proposal, RequestEnd, Status
from proposals.revising import asked, asking
from proposals.revising.asking import CannotAsk
from targets.models import Target
from tests.factories import NOW, make_proposal, make_user
from tests.proposals.revising.scene import LATER, REASON, asked_for
from tests.proposals.threads.on_lines import say

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(db: None) -> User:
    return make_user(name="ada")


def approve(proposal: Proposal, by: User) -> Proposal:
    fresh = Proposal.objects.get(pk=proposal.pk)
    digest = fresh.document_digest
    return decision.approve(fresh, reviewer=by, document_digest=digest, at=LATER)


def entries(event: Event) -> list[Entry]:
    return list(Entry.objects.filter(event=event).order_by("id"))


def test_it_stays_pending_and_cannot_be_approved_by_anybody(target: Target, ada: User) -> None:
    request = asked_for(target, by=ada)
    with pytest.raises(IllegalMove, match=r"Changes were requested by ada at .*900 ms is less"):
        approve(request.proposal, ada)
    with pytest.raises(IllegalMove, match="withdraw the request"):
        approve(request.proposal, make_user())
    assert Proposal.objects.get().status == Status.PENDING


def test_the_table_of_moves_itself_refuses_what_a_rule_would_approve(target: Target) -> None:
    proposal = asked_for(target).proposal
    with pytest.raises(IllegalMove, match="Changes were requested"):
        lifecycle.advance(
            proposal, Move.APPROVE, actor=Actor.system("standing approval #1"), at=LATER
        )
    fresh = Proposal.objects.get()
    assert (fresh.status, fresh.version) == (Status.PENDING, 0)


def test_the_first_of_two_voices_is_refused_too(target: Target, ada: User) -> None:
    request = asked_for(target, risk="high")
    with pytest.raises(IllegalMove, match="Changes were requested"):
        approve(request.proposal, ada)
    assert request.proposal.reviews.count() == 0


def test_it_can_still_be_rejected_and_that_ends_the_matter(target: Target, ada: User) -> None:
    proposal = asked_for(target).proposal
    decision.reject(proposal, reviewer=ada, reason="Not worth it.", at=LATER)
    fresh = Proposal.objects.get()
    assert fresh.status == Status.REJECTED
    assert asked.standing_on(fresh) is None
    with pytest.raises(CannotAsk, match="is rejected"):
        asking.request(fresh, by=ada, reason="Then again", at=LATER)


def test_the_log_says_who_wants_what_about_which_words(target: Target, ada: User) -> None:
    proposal = make_proposal(target)
    thread = say(proposal, "Why not more?", ada).thread
    say(proposal, "About the whole", ada, on_line=False)
    request = asking.request(proposal, by=ada, reason=REASON, at=NOW, door={"door": "api"})
    (entry,) = entries(Event.PROPOSAL_CHANGES_REQUESTED)
    assert entry.uid == request.entry_uid
    assert (entry.reason, entry.subject) == (REASON, f"proposal:{proposal.pk}")
    assert entry.facts["document"] == proposal.document_digest
    assert entry.facts["threads"] == request.threads == [thread.pk]
    assert (entry.facts["request"], entry.facts["door"]) == (1, "api")


def test_a_reason_is_needed_and_is_kept_without_its_secrets(target: Target, ada: User) -> None:
    proposal = make_proposal(target)
    for nothing in ("", "  \n "):
        with pytest.raises(ReasonMissing, match="say what should change"):
            asking.request(proposal, by=ada, reason=nothing, at=NOW)
    with pytest.raises(CannotAsk, match="at most 4000"):
        asking.request(proposal, by=ada, reason="x " * 4000, at=NOW)
    assert ChangeRequest.objects.count() == 0
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    request = asking.request(proposal, by=ada, reason=f"Drop\0 {key}", at=NOW)
    assert key not in request.reason
    assert "\0" not in request.reason


def test_words_that_changed_since_they_were_read_are_not_judged(target: Target, ada: User) -> None:
    with pytest.raises(StaleDigest):
        asking.request(
            make_proposal(target), by=ada, reason=REASON, at=NOW, document_digest="0" * 64
        )
    assert not entries(Event.PROPOSAL_CHANGES_REQUESTED)


def test_who_may_not_decide_may_not_ask_nor_withdraw(target: Target) -> None:
    viewer = make_user("viewer")
    proposal = make_proposal(target)
    with pytest.raises(PermissionDenied):
        asking.request(proposal, by=viewer, reason=REASON, at=NOW)
    asking.request(proposal, by=make_user(), reason=REASON, at=NOW)
    with pytest.raises(PermissionDenied):
        asking.withdraw(proposal, by=viewer, at=NOW)


def test_a_second_request_is_told_of_the_first(target: Target, ada: User) -> None:
    proposal = asked_for(target, by=ada).proposal
    with pytest.raises(CannotAsk, match=r"requested by ada at .* stands already"):
        asking.request(proposal, by=make_user(), reason="Other things", at=LATER)
    assert ChangeRequest.objects.count() == 1


def test_what_is_withdrawn_holds_nothing_back_and_stays_on_record(
    target: Target, ada: User
) -> None:
    request = asked_for(target)
    asking.withdraw(request.proposal, by=ada, at=LATER, reason="It is fine.", number=1)
    assert request.end.how == "WITHDRAWN"
    (entry,) = entries(Event.PROPOSAL_REQUEST_WITHDRAWN)
    assert (entry.uid, entry.reason) == (request.end.entry_uid, "It is fine.")
    assert approve(request.proposal, ada).status == Status.APPROVED
    with pytest.raises(CannotAsk, match="No request"):
        asking.withdraw(request.proposal, by=ada, at=LATER)


def test_who_asked_may_withdraw_though_they_decide_no_more(target: Target, ada: User) -> None:
    request = asked_for(target, by=ada)
    ada.groups.clear()
    asking.withdraw(request.proposal, by=User.objects.get(pk=ada.pk), at=LATER)
    assert RequestEnd.objects.get().who == "ada"


def test_a_page_that_shows_an_older_request_withdraws_no_newer_one(
    target: Target, ada: User
) -> None:
    proposal = asked_for(target, by=ada).proposal
    asking.withdraw(proposal, by=ada, at=LATER)
    asking.request(proposal, by=ada, reason="Something else", at=LATER)
    with pytest.raises(CannotAsk, match=r"stands no more.*Something else"):
        asking.withdraw(proposal, by=ada, at=LATER, number=1)
    assert RequestEnd.objects.count() == 1


def test_the_database_lets_nobody_change_or_drop_what_was_asked(target: Target, ada: User) -> None:
    request = asked_for(target, by=ada)
    asking.withdraw(request.proposal, by=ada, at=LATER)
    for rows in (ChangeRequest.objects.all(), RequestEnd.objects.all()):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(reason="Never mind")
    with pytest.raises(DatabaseError), transaction.atomic():
        RequestEnd.objects.all().delete()


def test_what_was_approved_says_so_until_its_approval_is_taken_back(
    target: Target, ada: User
) -> None:
    proposal = make_proposal(target, status=Status.APPROVED)
    asking.request(proposal, by=ada, reason=REASON, at=LATER + timedelta(minutes=1))
    assert "The approval is taken back" in asked.takes_back(proposal)
    assert entries(Event.PROPOSAL_CHANGES_REQUESTED)[0].facts["stood"] == Status.APPROVED
    assert Proposal.objects.get().status == Status.APPROVED
