"""How does a page say for how long something waits, and whether there is room for more?"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from proposals.models import Proposal, Status
from proposals.revising import asked
from proposals.waiting.ageing import limits_of, told_of, turn_of
from proposals.waiting.records import Notice
from proposals.waiting.rules import Kind, Turn, lasting


@dataclass(frozen=True)
class Age:
    """Say how long a proposal has waited, for whom, and how grave that is."""

    words: str
    tone: str
    escalated: bool
    turn: Turn


def age_of(proposal: Proposal, now: datetime) -> Age | None:
    """Say how long a proposal has waited for a decision; nothing where it is not open."""
    if proposal.status != Status.PENDING:
        return None
    waited, turn = now - asked.waits_since(proposal), turn_of(proposal)
    told = told_of(proposal)
    escalated = Kind.ESCALATION in told
    words = f"waits {lasting(waited)}"
    if turn is Turn.WRITER:
        words += " for its writer"
    if escalated:
        return Age(f"{words}, escalated", "bad", True, turn)
    if Kind.REMINDER in told:
        return Age(f"{words}, reminded", "warn", False, turn)
    late = turn is not Turn.CHECK and waited >= limits_of(proposal.severity).remind
    return Age(words, "warn" if late else "quiet", False, turn)


def by_age(rows: QuerySet[Proposal]) -> QuerySet[Proposal]:
    """Order what awaits review: what was escalated first, then the one that waits longest."""
    escalated = Notice.objects.filter(
        proposal=OuterRef("pk"), version=OuterRef("version"), kind=Kind.ESCALATION.value
    )
    ordered = asked.listed(rows).annotate(is_escalated=Exists(escalated))
    found: QuerySet[Proposal] = ordered.order_by(
        "-is_escalated", "waits_since", "pk"
    ).prefetch_related("notices")
    return found
