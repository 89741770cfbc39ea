"""Who wrote a proposal, how often have they done so lately, and where would it go?"""

from datetime import timedelta
from uuid import UUID

from proposals.models import Engine, Proposal
from validation.authorising.origin import Origin

PREFIX = "selfimprove/proposal-"
LATELY = timedelta(hours=24)


def branch_name(proposal: UUID) -> str:
    """Name the branch that the change of a proposal is written to."""
    return f"{PREFIX}{proposal}"


def origin_of(
    proposal: Proposal, *, approved: bool = False, weakening_accepted: bool = False
) -> Origin:
    """Say where a proposal comes from; `approved` only where somebody looked it up."""
    return Origin(
        writer=proposal.author,
        engine=proposal.engine,
        is_person=proposal.engine == Engine.PERSON,
        target=proposal.target.slug,
        branch=branch_name(proposal.pk),
        onto=proposal.target.branch,
        risk=proposal.risk,
        recent=_recent(proposal),
        approved=approved,
        weakening_accepted=weakening_accepted,
    )


def _recent(proposal: Proposal) -> int:
    """Count what the same writer proposed within a day, so that asking later changes nothing."""
    return Proposal.objects.filter(
        engine=proposal.engine,
        author=proposal.author,
        created_at__gt=proposal.created_at - LATELY,
        created_at__lte=proposal.created_at,
    ).count()
