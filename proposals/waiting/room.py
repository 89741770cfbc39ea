"""Is there room for another proposal of a target, by what reviewers can take on?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q

from proposals.models import Proposal, Review, Status
from proposals.revising import asked
from proposals.waiting.ageing import REFUSED
from proposals.waiting.rules import Room, fitting
from targets.models import Target
from telemetry.models import Severity

DAYS = 14
PASSES = Severity.CRITICAL  # what is critical never waits for room


@dataclass(frozen=True)
class Pace:
    """Say how fast people decided lately, and how many should wait at most by that."""

    reviews: int
    days: int
    hint: int | None

    @property
    def per_day(self) -> str:
        """Return the decisions of a day."""
        return f"{self.reviews / self.days:.1f}"


def room(target: Target) -> Room:
    """Count what waits for reviewers; what was refused, or is to be revised, waits for others."""
    waiting = Proposal.objects.filter(target=target, status=Status.PENDING)
    others = waiting.filter(REFUSED | asked.is_asked()).count()
    return Room(waiting.count() - others, settings.SELFIMPROVE.review.most_waiting)


def full(target: Target, severity: str = "") -> str:
    """Say that no further proposal of this severity should be written now; nothing if it may."""
    found = room(target)
    return found.words if found.is_full and severity != PASSES else ""


def crowded() -> list[tuple[Target, Room]]:
    """List the targets whose review is full."""
    most = settings.SELFIMPROVE.review.most_waiting
    if not most:
        return []
    pending = Q(proposals__status=Status.PENDING)
    refused = Q(proposals__report__outcome="REFUSED")
    others = pending & (refused | Q(asked.is_asked("proposals__pk")))
    counted = Target.objects.annotate(
        waiting=Count("proposals", filter=pending) - Count("proposals", filter=others)
    )
    rows = counted.filter(waiting__gte=most).order_by("slug")
    return [(target, Room(target.waiting, most)) for target in rows]


def pace(target: Target, now: datetime) -> Pace:
    """Count the decisions about a target of the last days."""
    since = now - timedelta(days=DAYS)
    reviews = Review.objects.filter(proposal__target=target, at__gt=since, at__lte=now).count()
    reserve = settings.SELFIMPROVE.review.reserve_days
    return Pace(reviews, DAYS, fitting(reviews, DAYS, reserve))
