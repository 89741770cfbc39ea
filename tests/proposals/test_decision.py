"""Does a decision bind exactly what was read, by somebody who may decide?"""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from audit.models import Entry
from proposals import decision
from proposals.decision import FourEyes, NotAcknowledged, NotChecked, StaleDigest
from proposals.lifecycle import IllegalMove, ReasonMissing
from proposals.models import Category, Proposal, Status
from targets.models import Target
from tests.factories import NOW, make_proposal, make_report, make_user
from validation.models import Outcome


def _approve(proposal: Proposal, reviewer: User | None = None, **more: bool) -> Proposal:
    return decision.approve(
        proposal,
        reviewer=reviewer or make_user(),
        document_digest=proposal.document_digest,
        at=NOW,
        **more,  # type: ignore[arg-type]
    )


def test_an_approval_binds_words_diff_base_policy_and_report(target: Target) -> None:
    proposal = make_proposal(target)
    anna = make_user(name="anna")
    approved = _approve(proposal, anna)
    assert (approved.status, approved.reviewer, approved.decided_at) == ("APPROVED", "anna", NOW)
    review = approved.reviews.get()
    report = proposal.report
    assert report is not None
    assert review.document_digest == proposal.document_digest
    assert review.diff_digest == proposal.diff_digest
    assert review.base_commit == proposal.base_commit
    assert (review.policy_digest, review.report_digest) == (report.policy_digest, report.digest)
    entry = Entry.objects.get(uid=review.entry_uid)
    assert (entry.event, entry.who) == ("proposal.approved", "anna")
    assert entry.facts["document"] == proposal.document_digest
    assert entry.facts["report"] == report.digest


def test_an_approval_of_other_words_is_refused(target: Target) -> None:
    proposal = make_proposal(target)
    with pytest.raises(StaleDigest, match="changed since you read it"):
        decision.approve(proposal, reviewer=make_user(), document_digest="0" * 64, at=NOW)
    proposal.refresh_from_db()
    assert proposal.status == Status.PENDING
    assert not proposal.reviews.exists()


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.COULD_NOT_RUN, Outcome.NOT_RUN])
def test_only_a_passing_report_lets_a_proposal_be_approved(target: Target, outcome: str) -> None:
    proposal = make_proposal(target)
    make_report(proposal, outcome)
    with pytest.raises(NotChecked, match=Outcome(outcome).label.lower()):
        _approve(proposal)


def test_an_unchecked_proposal_cannot_be_approved(target: Target) -> None:
    proposal = make_proposal(target)
    Proposal.objects.update(report=None)
    with pytest.raises(NotChecked, match="not been checked yet"):
        _approve(proposal)


def test_a_report_about_another_diff_does_not_count(target: Target) -> None:
    proposal, other = make_proposal(target), make_proposal(target)
    Proposal.objects.filter(pk=proposal.pk).update(report=other.report)
    with pytest.raises(NotChecked, match="earlier version"):
        _approve(proposal)


def test_findings_to_acknowledge_must_be_acknowledged(target: Target) -> None:
    proposal = make_proposal(target)
    make_report(proposal, Outcome.ACKNOWLEDGE)
    with pytest.raises(NotAcknowledged):
        _approve(proposal)
    assert _approve(proposal, acknowledged=True).status == Status.APPROVED


@pytest.mark.parametrize("risk", ["high", "critical"])
def test_grave_ones_need_two_different_people(target: Target, risk: str) -> None:
    proposal = make_proposal(target, risk=risk)
    anna, ben = make_user(name="anna"), make_user(name="ben")
    assert _approve(proposal, anna).status == Status.PENDING
    assert Entry.objects.get(event="proposal.reviewed").who == "anna"
    with pytest.raises(FourEyes, match="second person"):
        _approve(proposal, anna)
    approved = _approve(proposal, ben)
    assert (approved.status, approved.reviewer) == (Status.APPROVED, "ben")
    assert [review.reviewer.username for review in approved.reviews.all()] == ["anna", "ben"]


def test_who_approved_first_may_still_say_no(target: Target) -> None:
    proposal = make_proposal(target, risk="high")
    anna = make_user(name="anna")
    _approve(proposal, anna)
    decision.reject(proposal, reviewer=anna, reason="I overlooked the calendar.", at=NOW)
    review = proposal.reviews.get()
    assert (review.approved, review.reason) == (False, "I overlooked the calendar.")


def test_nobody_approves_what_they_wrote(target: Target) -> None:
    anna = make_user(name="anna")
    proposal = make_proposal(target, engine="person", author="anna")
    with pytest.raises(FourEyes, match="somebody else"):
        _approve(proposal, anna)


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_only_reviewers_decide(target: Target, role: str) -> None:
    proposal = make_proposal(target)
    person = make_user(role)
    with pytest.raises(PermissionDenied):
        _approve(proposal, person)
    with pytest.raises(PermissionDenied):
        decision.reject(proposal, reviewer=person, reason="No.", at=NOW)


def test_the_second_decision_hears_about_the_first(target: Target) -> None:
    proposal = make_proposal(target)
    _approve(proposal, make_user(name="anna"))
    with pytest.raises(IllegalMove, match="Already approved by anna"):
        _approve(proposal, make_user(name="ben"))
    with pytest.raises(IllegalMove, match="Already approved by anna"):
        decision.reject(proposal, reviewer=make_user(), reason="No.", at=NOW)


def test_a_no_keeps_its_kind_and_reason(target: Target) -> None:
    proposal = make_proposal(target)
    rejected = decision.reject(
        proposal,
        reviewer=make_user(name="anna"),
        reason="The index is slow.",
        at=NOW,
        category=Category.WRONG_DIAGNOSIS,
    )
    assert (rejected.status, rejected.reason) == (Status.REJECTED, "The index is slow.")
    assert rejected.reviews.get().category == "wrong_diagnosis"
    assert Entry.objects.get(event="proposal.rejected").facts["category"] == "wrong_diagnosis"


def test_a_kind_alone_is_reason_enough_but_other_is_not(target: Target) -> None:
    first, second = make_proposal(target), make_proposal(target)
    anna = make_user()
    turned_down = decision.reject(
        first, reviewer=anna, reason="", at=NOW, category=Category.NOT_NOW
    )
    assert turned_down.reason == "Not now"
    with pytest.raises(ReasonMissing, match="say why"):
        decision.reject(second, reviewer=anna, reason="  ", at=NOW)
