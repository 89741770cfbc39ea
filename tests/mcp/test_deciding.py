"""Does an agent decide as its person could, on the record, and never about its own work?"""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from audit.log import Actor
from audit.models import Entry
from audit.sentences import sentence
from evaluation.models import Became, Consideration, Evaluation
from proposals.models import Proposal, Review
from selfimprove.mcp import callers, deciding
from selfimprove.mcp.answers import Decided
from selfimprove.mcp.callers import Refused
from targets.models import Target
from telemetry.doors import tokens
from telemetry.doors.models import Scope, Token
from tests.factories import NOW, make_proposal, make_target, make_user
from tests.mcp.tokens import issue
from validation.models import Outcome, Report

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def rita() -> User:
    return make_user("reviewer", name="rita")


@pytest.fixture
def held(target: Target, rita: User) -> tokens.Issued:
    return issue(target, rita, Scope.PROPOSALS_READ, Scope.PROPOSALS_DECIDE, at=NOW)


def approve(
    held: tokens.Issued, proposal: Proposal, digest: str | None = None, **more: object
) -> Decided:
    given = {"reason": "", "acknowledge_findings": False, "accept_weaker_tests": False, **more}
    read = proposal.document_digest if digest is None else digest
    wanted = str(proposal.pk)
    return deciding.approve(held.secret, LATER, wanted=wanted, digest=read, **given)  # type: ignore[arg-type]


def reject(held: tokens.Issued, proposal: Proposal, **more: str) -> Decided:
    given = {"reason": "", "category": "other", "digest": proposal.document_digest, **more}
    return deciding.reject(held.secret, LATER, wanted=str(proposal.pk), **given)


def untouched(proposal: Proposal) -> bool:
    """Tell whether nothing was decided."""
    fresh = Proposal.objects.get(pk=proposal.pk)
    decided = Entry.objects.filter(event__in=["proposal.approved", "proposal.rejected"])
    return (fresh.status, fresh.version, decided.count()) == ("PENDING", 0, 0)


def test_an_approval_is_the_persons_and_says_by_which_door_and_token(
    target: Target, rita: User, held: tokens.Issued
) -> None:
    proposal = make_proposal(target)
    said = approve(held, proposal, reason="It waits long enough.")
    assert (said.status, said.version) == ("APPROVED", 1)
    review = Review.objects.get()
    assert (review.reviewer, review.document_digest) == (rita, proposal.document_digest)
    entry = Entry.objects.get(event="proposal.approved")
    assert sentence(entry).startswith("rita approved")
    assert "through an agent" in sentence(entry)
    assert entry.facts["door"] == "mcp"
    assert entry.facts["token"] == held.token.pk
    assert entry.facts["token_start"] == held.token.start
    assert entry.facts["document"] == proposal.document_digest


def test_a_rejection_keeps_its_reason_and_door(target: Target, held: tokens.Issued) -> None:
    proposal = make_proposal(target)
    assert reject(held, proposal, category="too_risky").status == "REJECTED"
    entry = Entry.objects.get(event="proposal.rejected")
    assert (entry.facts["door"], entry.facts["category"]) == ("mcp", "too_risky")


@pytest.mark.parametrize("digest", ["", "x", "0" * 64])
def test_what_was_not_read_is_not_approved(
    target: Target, held: tokens.Issued, digest: str
) -> None:
    proposal = make_proposal(target)
    with pytest.raises(Refused, match=r"digest: .* Read it again with show"):
        approve(held, proposal, digest)
    with pytest.raises(Refused, match=r"digest: .* Read it again with show"):
        reject(held, proposal, digest=digest, category="not_now")
    assert untouched(proposal)


def test_words_that_changed_since_are_named(target: Target, held: tokens.Issued) -> None:
    proposal = make_proposal(target)
    Proposal.objects.filter(pk=proposal.pk).update(document_digest="1" * 64)
    with pytest.raises(Refused, match="changed since you read it"):
        approve(held, proposal)


def test_a_second_decision_is_told_of_the_first(target: Target, held: tokens.Issued) -> None:
    proposal = make_proposal(target)
    approve(held, proposal)
    with pytest.raises(Refused, match=r"Already approved by rita\. Nothing was changed"):
        reject(held, proposal, category="not_now")
    assert Entry.objects.filter(event="proposal.rejected").count() == 0


def test_high_risk_needs_another_person_however_many_tokens_one_has(
    target: Target, rita: User, held: tokens.Issued
) -> None:
    proposal = make_proposal(target, risk="high")
    first = approve(held, proposal)
    assert (first.status, "second person" in first.said) == ("PENDING", True)
    again = issue(target, rita, Scope.PROPOSALS_DECIDE, at=NOW, name="another agent")
    with pytest.raises(Refused, match="You approved this already"):
        approve(again, proposal)
    other = issue(target, make_user("reviewer"), Scope.PROPOSALS_DECIDE, at=NOW)
    assert approve(other, proposal).status == "APPROVED"
    entry = Entry.objects.get(event="proposal.reviewed")
    assert entry.facts["token"] == held.token.pk


@pytest.mark.parametrize("author", ["rita", "reviewer at a desk", "Reviewer at a Desk"])
def test_nobody_approves_what_they_wrote(target: Target, held: tokens.Issued, author: str) -> None:
    proposal = make_proposal(target, author=author)
    with pytest.raises(Refused, match="wrote"):
        approve(held, proposal)
    assert untouched(proposal)
    assert reject(held, proposal, category="wrong_fix").status == "REJECTED"


def _started_by(target: Target, token: Token | None, proposal: Proposal) -> None:
    evaluation = Evaluation.objects.create(
        target=target, trigger="mcp", engine="embedded", started_at=NOW, ended_at=NOW, token=token
    )
    Consideration.objects.create(
        evaluation=evaluation, outcome=Became.PROPOSED, reason="", proposal=proposal
    )


def test_nobody_approves_what_their_agent_had_written(
    target: Target, rita: User, held: tokens.Issued
) -> None:
    starts = issue(target, rita, Scope.EVALUATION_RUN, at=NOW, name="starter")
    proposal = make_proposal(target)
    _started_by(target, starts.token, proposal)
    with pytest.raises(Refused, match="An evaluation that an agent started"):
        approve(held, proposal)
    assert untouched(proposal)
    other = issue(target, make_user("reviewer"), Scope.PROPOSALS_DECIDE, at=NOW, name="third")
    assert approve(other, proposal).status == "APPROVED"


def test_what_the_clock_had_written_is_approved(target: Target, held: tokens.Issued) -> None:
    proposal = make_proposal(target)
    _started_by(target, None, proposal)
    assert approve(held, proposal).status == "APPROVED"


def test_findings_are_acknowledged_or_it_stays(target: Target, held: tokens.Issued) -> None:
    proposal = make_proposal(target)
    Report.objects.filter(proposals=proposal).update(outcome=Outcome.ACKNOWLEDGE)
    with pytest.raises(Refused, match="Acknowledge the findings"):
        approve(held, proposal)
    assert untouched(proposal)
    assert approve(held, proposal, acknowledge_findings=True).status == "APPROVED"


@pytest.mark.parametrize("outcome", [Outcome.REFUSED])
def test_what_may_not_pass_is_not_approved(
    target: Target, held: tokens.Issued, outcome: str
) -> None:
    proposal = make_proposal(target)
    Report.objects.filter(proposals=proposal).update(outcome=outcome)
    with pytest.raises(Refused, match="cannot be approved as it stands"):
        approve(held, proposal, acknowledge_findings=True)
    assert untouched(proposal)


def test_a_person_who_may_decide_no_more_does_not(
    target: Target, rita: User, held: tokens.Issued
) -> None:
    proposal = make_proposal(target)
    rita.groups.clear()
    with pytest.raises(Refused, match=r"rita, .* lacks the permission"):
        approve(held, proposal)
    assert untouched(proposal)


def test_a_reason_is_asked_for(target: Target, held: tokens.Issued) -> None:
    proposal = make_proposal(target)
    with pytest.raises(Refused, match="say why"):
        reject(held, proposal)
    assert untouched(proposal)


def _taken_away(token: Token, at: datetime) -> None:
    tokens.revoke(token, actor=Actor("person", "ada"), at=at)


def test_a_token_that_is_revoked_while_it_acts_changes_nothing(
    target: Target, held: tokens.Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = make_proposal(target)
    entered = callers.enter

    def enter_then_lose(*given: object, **more: object) -> callers.Caller:
        caller = entered(*given, **more)  # type: ignore[arg-type]
        _taken_away(held.token, LATER)
        return caller

    monkeypatch.setattr(deciding, "enter", enter_then_lose)
    with pytest.raises(Refused, match="taken away a moment ago; nothing was changed"):
        approve(held, proposal)
    assert untouched(proposal)
