"""A proposal of which somebody wants something changed, and how another version is handed in."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User

from audit.log import Actor
from proposals.models import ChangeRequest, Engine, Proposal
from proposals.revising import asking, handing_in
from targets.models import Target
from tests.factories import NOW, make_proposal, make_user
from tests.words import proposal_text, tools_diff

LATER = NOW + timedelta(hours=1)
REASON = "900 ms is less than the slowest answer: take 1500."
NEW_DIFF = tools_diff(1500)


def asked_for(
    target: Target,
    *,
    by: User | None = None,
    at: datetime = NOW,
    reason: str = REASON,
    **made: str,
) -> ChangeRequest:
    """Make a proposal and request changes of it."""
    proposal = make_proposal(target, at=at, **made)
    person = by or make_user()
    return asking.request(proposal, by=person, reason=reason, at=at + timedelta(minutes=5))


def revised(
    proposal: Proposal,
    *,
    text: str = "",
    author: str = "wanda",
    at: datetime = LATER,
    **words: str,
) -> Proposal:
    """Hand in another version, as a person does."""
    words.setdefault("diff", NEW_DIFF)
    return handing_in.revise(
        proposal,
        text=text or proposal_text(**words),
        engine=Engine.PERSON,
        author=author,
        at=at,
        actor=Actor("person", author),
    )
