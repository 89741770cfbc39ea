"""Which commit of a target runs now, who deployed it, and what ran before?"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Q, QuerySet

from delivery import revert
from delivery.models import Delivery, Handover, Outcome, Plan, Result, StageRun
from targets.models import Target

SHOWN = 10


@dataclass(frozen=True)
class Line:
    """One deployment of the past; going back to it takes back what is counted."""

    delivery: Delivery
    stands: bool  # its change is part of what runs
    taken_back_for: int = 0


@dataclass(frozen=True)
class Running:
    """What is known of the running system."""

    commit: str
    since: datetime | None
    last: StageRun | None  # the last deployment that came to an end, and how its health was
    handover: Handover | None
    answered: datetime | None  # when a deployer elsewhere last took or reported anything
    lines: tuple[Line, ...]


def of(target: Target) -> Running:
    """Gather it from what our own deliveries did; a deployment by others is not known."""
    rows = Delivery.objects.filter(target=target).select_related("proposal", "target")
    deployed = rows.filter(deployed_at__isnull=False).order_by("-deployed_at", "-pk")
    commit, since = _now(rows)
    runs = StageRun.objects.filter(delivery__target=target, stage__in=("deploy", "redeploy"))
    handed = Handover.objects.filter(delivery__target=target)
    moments = handed.aggregate(took=Max("answered_at"), told=Max("heard_at")).values()
    return Running(
        commit=commit,
        since=since,
        last=runs.exclude(ended_at=None).exclude(result=Result.WAITING).order_by("-id").first(),
        handover=handed.order_by("-id").first(),
        answered=max(filter(None, moments), default=None),
        lines=_lines(list(deployed[:SHOWN])),
    )


def before(delivery: Delivery) -> str:
    """Return the commit that ran before a deployment: of ours, or else the proposal's base.

    Everything since comes with the change, also what others merged meanwhile.
    """
    others = Delivery.objects.filter(target=delivery.target_id).exclude(pk=delivery.pk)
    return _now(others)[0] or delivery.proposal.base_commit


def later(delivery: Delivery) -> list[Delivery]:
    """List what has to be taken back for the system to be as after this one, newest first."""
    rows = Delivery.objects.filter(target=delivery.target_id, deployed_at__isnull=False)
    after = Q(deployed_at__gt=delivery.deployed_at) | Q(
        deployed_at=delivery.deployed_at, pk__gt=delivery.pk
    )
    found = rows.filter(after).select_related("proposal", "target")
    return [row for row in found.order_by("-deployed_at", "-pk") if revert.possible(row)]


def stands(delivery: Delivery) -> bool:
    """Tell whether its change was deployed and nobody took it back, or is about to."""
    live = delivery.outcome in ("", Outcome.SUCCEEDED) and delivery.plan == Plan.FORWARD
    return bool(delivery.deployed_at) and live and not delivery.revert_actor


def _lines(rows: list[Delivery]) -> tuple[Line, ...]:
    lines, after = [], 0
    for row in rows:
        standing = stands(row)
        lines.append(Line(row, standing, after if standing else 0))
        after += int(revert.possible(row))
    return tuple(lines)


def _now(rows: QuerySet[Delivery]) -> tuple[str, datetime | None]:
    forward = rows.filter(deployed_at__isnull=False).order_by("-deployed_at", "-pk").first()
    back = rows.filter(reverted_at__isnull=False).order_by("-reverted_at", "-pk").first()
    moves = [(row.deployed_at, row.merge_commit) for row in (forward,) if row and row.deployed_at]
    moves += [(row.reverted_at, row.revert_commit) for row in (back,) if row and row.reverted_at]
    since, commit = max(moves, default=(None, ""))
    return commit, since
