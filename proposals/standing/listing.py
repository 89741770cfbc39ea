"""How are standing approvals told, one by one, and what would one have let through?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from proposals.models import Proposal, Status
from proposals.standing import acts, gathering, rules, trusting
from proposals.standing.records import Passage, Stand, StandingApproval
from proposals.standing.rules import Bounds, Line
from targets.models import Target

STATES = ("awaits confirmation", "in force", "suspended", "revoked", "expired")
LATEST = 5  # of what one let through
MOST_TRIED = 50
_STAND = dict(zip(STATES, Stand, strict=False))
ROWS = StandingApproval.objects.select_related("target", "granted_by", "confirmed_by", "ended_by")


@dataclass(frozen=True)
class Told:
    """Hold a standing approval and where it stands now."""

    approval: StandingApproval
    state: str
    tone: str
    flaws: tuple[Line, ...]  # of one in force: what keeps it from letting anything through
    count: int
    passages: tuple[Passage, ...]
    may_confirm: bool
    may_revoke: bool


@dataclass(frozen=True)
class Tried:
    """Say of one proposal which bounds it misses."""

    proposal: Proposal
    missed: tuple[Line, ...]

    @property
    def covered(self) -> bool:
        """Tell whether it would have been let through."""
        return not self.missed


def told(approval: StandingApproval, reader: User, now: datetime) -> Told:
    """Say where a standing approval stands, and what this reader may do about it."""
    active = approval.status == Stand.IN_FORCE
    lines = rules.stands(trusting.authority(approval, now)) if active else ()
    over = now >= approval.until
    may = reader.has_perm(acts.PERMISSION)
    asks = approval.status in (Stand.GRANTED, Stand.SUSPENDED) and not over
    passages = approval.passages.select_related("proposal")[:LATEST]
    return Told(
        approval=approval,
        state=approval.state(now),
        tone=approval.tone(now),
        flaws=rules.missed(lines),
        count=approval.passages.count(),
        passages=tuple(passages),
        may_confirm=may and asks and approval.granted_by_id != reader.pk,
        may_revoke=may and approval.status != Stand.REVOKED and not over,
    )


def of_state(
    rows: QuerySet[StandingApproval], state: str, now: datetime
) -> QuerySet[StandingApproval]:
    """Keep those that stand so; "" keeps all."""
    if state == "expired":
        return rows.filter(until__lte=now, status__in=(Stand.GRANTED, Stand.IN_FORCE))
    if state not in _STAND:
        return rows.all()
    over = Q(until__lte=now, status__in=(Stand.GRANTED, Stand.IN_FORCE))
    return rows.filter(status=_STAND[state]).exclude(over)


def tried(target: Target, bounds: Bounds, now: datetime) -> tuple[Tried, ...]:
    """Hold every proposal that awaits review against bounds, the newest first."""
    rows = Proposal.objects.filter(target=target, status=Status.PENDING)
    newest = rows.select_related("target", "report").order_by("-created_at")[:MOST_TRIED]
    return tuple(
        Tried(one, rules.missed(rules.weigh(bounds, gathering.case_of(one, now))))
        for one in newest
    )


def plain(approval: StandingApproval, now: datetime) -> dict[str, Any]:
    """Write a standing approval for programs."""
    return {
        "id": approval.pk,
        "state": approval.state(now).lower(),
        "target": approval.target.slug,
        **acts.stated(approval),
        "reason": approval.reason,
        "granted_by": approval.granted_by.get_username(),
        "granted_at": approval.granted_at.isoformat(),
        "confirmed_by": _name(approval.confirmed_by),
        "confirmed_at": _moment(approval.confirmed_at),
        "ended_by": _name(approval.ended_by),
        "ended_at": _moment(approval.ended_at),
        "because": approval.because,
        "let_through": [str(one.proposal_id) for one in approval.passages.all()],
    }


def nearest(found: Sequence[tuple[StandingApproval, tuple[Line, ...]]]) -> int:
    """Return the place of the one that least is missing of."""
    sizes = [len(rules.missed(lines)) for _, lines in found]
    return sizes.index(min(sizes))


def _name(person: User | None) -> str:
    return person.get_username() if person else ""


def _moment(at: datetime | None) -> str:
    return at.isoformat() if at else ""
