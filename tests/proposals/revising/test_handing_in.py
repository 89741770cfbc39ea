"""Does a revision take the place of what it revises, whole or not at all?"""

import pytest
from django.contrib.auth.models import User

from audit.events import Event
from audit.models import Entry
from proposals import decision, records
from proposals.decision import FourEyes
from proposals.documents import MalformedDocument
from proposals.intake import DuplicateProposal
from proposals.models import Proposal, RejectedInput, Revision, Status
from proposals.revising import asked, asking, chain, handing_in
from proposals.revising.handing_in import CannotRevise
from targets.models import Target
from targets.repository import DiffDoesNotApply
from tests.factories import make_proposal, make_report, make_user
from tests.proposals.revising.scene import LATER, NEW_DIFF, REASON, asked_for, revised
from tests.words import tools_diff

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(db: None) -> User:
    return make_user(name="ada")


def events_of(proposal: Proposal) -> list[str]:
    rows = Entry.objects.filter(subject=f"proposal:{proposal.pk}").order_by("id")
    return [str(event) for event in rows.values_list("event", flat=True)]


def stands_as_before(proposal: Proposal) -> bool:
    fresh = Proposal.objects.get(pk=proposal.pk)
    nothing = not Revision.objects.exists() and Proposal.objects.count() == 1
    return nothing and fresh.status == Status.PENDING and asked.standing_on(fresh) is not None


def test_it_supersedes_the_old_version_and_answers_the_request(target: Target, ada: User) -> None:
    request = asked_for(target, by=ada)
    old = request.proposal
    new = revised(old)
    old.refresh_from_db()
    assert (old.status, old.reason) == (
        Status.SUPERSEDED,
        "Its revision 2 takes its place.",
    )
    assert (new.status, new.author) == (Status.PENDING, "wanda")
    assert "+    timeout_ms: 1500" in new.diff
    made = new.revision
    assert (made.previous, made.request, made.number) == (old, request, 2)
    assert request.end.how == "REVISED"
    assert events_of(old)[-2:] == [Event.PROPOSAL_SUPERSEDED, Event.PROPOSAL_REVISED]
    assert events_of(new) == [Event.PROPOSAL_CREATED]


def test_the_entries_name_each_other(target: Target) -> None:
    request = asked_for(target)
    new = revised(request.proposal)
    created = Entry.objects.get(event=Event.PROPOSAL_CREATED, subject=f"proposal:{new.pk}")
    assert created.facts["revises"] == str(request.proposal.pk)
    told = Entry.objects.get(event=Event.PROPOSAL_REVISED)
    assert (told.facts["revision"], told.facts["number"]) == (str(new.pk), 2)
    assert told.uid == request.end.entry_uid


def test_it_starts_unchecked_and_with_no_approval(target: Target, ada: User) -> None:
    old = make_proposal(target, risk="high")
    decision.approve(old, reviewer=ada, document_digest=old.document_digest, at=LATER)
    asking.request(old, by=make_user(), reason=REASON, at=LATER)
    new = revised(old, risk="high")
    assert new.report is None
    assert decision.approvals(new) == []
    with pytest.raises(decision.CheckDue):
        decision.approve(new, reviewer=ada, document_digest=new.document_digest, at=LATER)


def test_who_wrote_the_revision_does_not_approve_it(target: Target, ada: User) -> None:
    new = revised(asked_for(target, by=ada).proposal, author="ada")
    make_report(new)
    with pytest.raises(FourEyes):
        decision.approve(new, reviewer=ada, document_digest=new.document_digest, at=LATER)


def test_words_copied_from_the_old_version_get_an_id_of_their_own(target: Target) -> None:
    old = asked_for(target).proposal
    text = records.full_text(old).replace(old.diff, NEW_DIFF)
    new = revised(old, text=text)
    assert new.pk != old.pk
    assert new.title == old.title


def test_the_words_to_start_from_leave_out_who_wrote_them(target: Target) -> None:
    old = asked_for(target).proposal
    text = handing_in.as_form(old)
    assert str(old.pk) not in text
    assert old.author not in text
    assert old.base_commit in text
    new = revised(old, text=text.replace(old.diff, NEW_DIFF))
    assert records.words_of(new).problem == records.words_of(old).problem


@pytest.mark.parametrize(
    ("text", "refusal"),
    [("no document at all", MalformedDocument), ("", DiffDoesNotApply)],
)
def test_what_is_no_proposal_is_kept_and_leaves_the_request_standing(
    target: Target, text: str, refusal: type[Exception]
) -> None:
    old = asked_for(target).proposal
    with pytest.raises(refusal):
        revised(old, text=text, diff=tools_diff(1500).replace("timeout_ms: 400", "gone: 1"))
    assert stands_as_before(old)
    assert RejectedInput.objects.count() == 1


def test_what_says_the_same_is_no_revision(target: Target) -> None:
    old = asked_for(target).proposal
    with pytest.raises(CannotRevise, match="the same as before"):
        revised(old, text=handing_in.as_form(old))
    assert stands_as_before(old)


def test_words_alone_may_be_revised(target: Target) -> None:
    old = asked_for(target).proposal
    text = handing_in.as_form(old).replace(old.title, f"{old.title}, explained")
    assert revised(old, text=text).diff_digest == old.diff_digest


def test_what_another_open_proposal_says_already_changes_nothing(target: Target) -> None:
    old = asked_for(target).proposal
    other = make_proposal(target, diff=NEW_DIFF)
    with pytest.raises(DuplicateProposal) as refusal:
        revised(old)
    assert refusal.value.existing == other
    old.refresh_from_db()
    assert old.status == Status.PENDING
    assert asked.standing_on(old) is not None


def test_without_a_request_there_is_nothing_to_revise(target: Target, ada: User) -> None:
    proposal = make_proposal(target)
    with pytest.raises(CannotRevise, match="No changes are requested"):
        revised(proposal)
    asking.request(proposal, by=ada, reason=REASON, at=LATER)
    new = revised(proposal)
    with pytest.raises(CannotRevise, match=f"Revision 2 took its place already, {new.pk}"):
        revised(proposal, diff=tools_diff(1600))


def test_an_approval_is_taken_back_first(target: Target, ada: User) -> None:
    proposal = make_proposal(target, status=Status.APPROVED)
    asking.request(proposal, by=ada, reason=REASON, at=LATER)
    proposal.refresh_from_db()
    with pytest.raises(CannotRevise, match="being taken back"):
        revised(proposal)


def test_a_chain_is_numbered_and_told_from_its_first_version(target: Target, ada: User) -> None:
    first = asked_for(target, by=ada).proposal
    second = revised(first)
    asking.request(second, by=ada, reason="More still", at=LATER)
    third = revised(second, diff=tools_diff(1800))
    assert [chain.number_of(one) for one in (first, second, third)] == [1, 2, 3]
    assert chain.before(third) == [first, second]
    assert chain.before(first) == []
    following = chain.following(first)
    assert following is not None
    assert following.proposal == second
