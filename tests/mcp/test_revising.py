"""Does an agent request changes as its person would, and keep from approving what came of them?"""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from proposals import decision
from proposals.models import ChangeRequest, Proposal, Status
from proposals.revising import asking
from selfimprove.mcp import deciding, reading, revising
from selfimprove.mcp.answers import Decided
from selfimprove.mcp.callers import MayNot, NotPossible, NotThere, Refused
from targets.models import Target
from telemetry.doors.models import Scope
from tests.factories import make_proposal, make_report, make_target, make_user
from tests.mcp.tokens import issue
from tests.proposals.revising.scene import REASON, revised
from tests.words import tools_diff

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def rita() -> User:
    return make_user(name="rita")


def secret_of(target: Target, person: User, *scopes: Scope) -> str:
    chosen = scopes or (Scope.PROPOSALS_READ, Scope.PROPOSALS_DECIDE)
    return issue(target, person, *chosen).secret


def ask(secret: str, proposal: Proposal, **changed: str) -> Decided:
    given = {"wanted": str(proposal.pk), "digest": proposal.document_digest, "reason": REASON}
    return revising.request(secret, timezone.now(), **{**given, **changed})


def approve(secret: str, proposal: Proposal) -> Decided:
    return deciding.approve(
        secret,
        timezone.now(),
        wanted=str(proposal.pk),
        digest=proposal.document_digest,
        reason="",
        acknowledge_findings=False,
        accept_weaker_tests=False,
    )


def checked(proposal: Proposal) -> Proposal:
    make_report(proposal)
    return proposal


def test_it_is_requested_and_read_back(target: Target, rita: User) -> None:
    secret, proposal = secret_of(target, rita), make_proposal(target)
    told = ask(secret, proposal)
    assert (told.status, told.said) == ("PENDING", asking.ASKED)
    shown = reading.show(secret, timezone.now(), wanted=str(proposal.pk), offset=0)
    assert shown.standing.changes_requested == REASON
    assert "Changes were requested by rita" in shown.standing.obstacle
    with pytest.raises(NotPossible, match="Changes were requested by rita"):
        approve(secret, proposal)
    withdrawn = revising.withdraw(secret, timezone.now(), wanted=str(proposal.pk), reason="Fine.")
    assert withdrawn.said == asking.WITHDRAWN
    assert approve(secret, proposal).status == Status.APPROVED


def test_each_refusal_says_what_to_do(target: Target, rita: User) -> None:
    secret, proposal = secret_of(target, rita), make_proposal(target)
    with pytest.raises(Refused, match="Read it again with"):
        ask(secret, proposal, digest="")
    with pytest.raises(NotPossible, match="changed since you read it"):
        ask(secret, proposal, digest="0" * 64)
    with pytest.raises(Refused, match="say what should change"):
        ask(secret, proposal, reason=" ")
    with pytest.raises(NotThere):
        ask(secret, proposal, wanted="0" * 36)
    with pytest.raises(NotPossible, match="No request for changes stands"):
        revising.withdraw(secret, timezone.now(), wanted=str(proposal.pk), reason="")
    assert not ChangeRequest.objects.exists()


def test_a_token_that_only_reads_and_a_person_who_may_not_are_refused(
    target: Target, rita: User
) -> None:
    proposal = make_proposal(target)
    with pytest.raises(Refused, match="for proposals:read, not for proposals:decide"):
        ask(secret_of(target, rita, Scope.PROPOSALS_READ), proposal)
    secret = secret_of(target, rita)
    rita.groups.clear()
    with pytest.raises(MayNot):
        ask(secret, proposal)
    assert not ChangeRequest.objects.exists()


def test_who_said_what_is_in_it_by_an_agent_approves_it_by_none(
    target: Target, rita: User
) -> None:
    secret, proposal = secret_of(target, rita), make_proposal(target)
    ask(secret, proposal)
    new = checked(revised(proposal))
    with pytest.raises(NotPossible, match="An agent requested this revision"):
        approve(secret, new)
    assert approve(secret_of(target, make_user()), new).status == Status.APPROVED


def test_nor_a_version_after_that(target: Target, rita: User) -> None:
    secret, proposal = secret_of(target, rita), make_proposal(target)
    ask(secret, proposal)
    second = revised(proposal)
    asking.request(second, by=make_user(), reason="More", at=timezone.now())
    third = checked(revised(second, diff=tools_diff(1800)))
    with pytest.raises(NotPossible, match="An agent requested this revision"):
        approve(secret, third)


def test_on_the_page_that_person_does(target: Target, rita: User) -> None:
    proposal = make_proposal(target)
    ask(secret_of(target, rita), proposal)
    new = checked(revised(proposal))
    moved = decision.approve(
        new, reviewer=rita, document_digest=new.document_digest, at=timezone.now()
    )
    assert moved.status == Status.APPROVED


def test_what_a_person_requested_on_the_page_their_agent_may_approve(
    target: Target, rita: User
) -> None:
    proposal = make_proposal(target)
    asking.request(proposal, by=rita, reason=REASON, at=timezone.now())
    new = checked(revised(proposal))
    assert approve(secret_of(target, rita), new).status == Status.APPROVED


def test_another_target_is_out_of_reach(target: Target, rita: User, tmp_path: Path) -> None:
    other = make_target(tmp_path, slug="other")
    with pytest.raises(NotThere):
        ask(secret_of(other, rita), make_proposal(target))
