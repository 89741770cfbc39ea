"""Who wrote a proposal, how often have they done so lately, and where would it go?"""

from datetime import datetime, timedelta
from uuid import UUID

from proposals.models import Engine, Proposal
from validation.authorising.origin import Origin

PREFIX = "selfimprove/proposal-"
BY_TOKEN = "token:"  # noqa: S105  # no secret: it begins the author of what was handed in by a token
LATELY = timedelta(hours=24)


def branch_name(proposal: UUID) -> str:
    """Name the branch that the change of a proposal is written to."""
    return f"{PREFIX}{proposal}"


def origin_of(
    proposal: Proposal,
    *,
    approved: bool = False,
    weakening_accepted: bool = False,
    standing: bool = False,
) -> Origin:
    """Say where a proposal comes from; `approved` only where somebody looked it up."""
    return Origin(
        writer=proposal.author,
        engine=proposal.engine,
        is_person=is_by_a_person(proposal),
        target=proposal.target.slug,
        branch=branch_name(proposal.pk),
        onto=proposal.target.branch,
        risk=proposal.risk,
        recent=_recent(proposal),
        approved=approved,
        weakening_accepted=weakening_accepted,
        standing=standing,
    )


def is_by_a_person(proposal: Proposal) -> bool:
    """Tell whether a person wrote it; a token acts for one, but what holds it may be an agent."""
    return proposal.engine == Engine.PERSON and not proposal.author.startswith(BY_TOKEN)


def recent_of(engine: str, author: str, at: datetime) -> int:
    """Count what one writer proposed within a day before a moment, and at it."""
    return Proposal.objects.filter(
        engine=engine, author=author, created_at__gt=at - LATELY, created_at__lte=at
    ).count()


def _recent(proposal: Proposal) -> int:
    """Count what the same writer proposed within a day, so that asking later changes nothing."""
    return recent_of(proposal.engine, proposal.author, proposal.created_at)
