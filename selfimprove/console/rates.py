"""How did each target's failure rate go, and where were changes deployed or taken back."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Min, Q
from django.utils.safestring import SafeString

from delivery.models import Delivery
from targets.models import Target
from telemetry import charts, series
from telemetry.axes import percent
from telemetry.models import MinuteCount

MOST = 12  # targets on one page
SLOTS = 72  # of a chart


@dataclass(frozen=True)
class TargetRate:
    """Show one target's chart with its numbers."""

    target: Target
    picture: SafeString
    rows: list[tuple[str, int, int, str]]
    calls: int
    failures: int

    @property
    def words(self) -> str:
        """Say the rate with its n."""
        if not self.calls:
            return "no calls in this window"
        return f"{percent(self.failures / self.calls)} · {self.failures} of {self.calls} calls"


def rates(since: datetime, now: datetime) -> list[TargetRate]:
    """Draw every target's failure rate since a moment, with deployments marked on it."""
    found = []
    for target in Target.objects.all()[:MOST]:
        points = _points(target, since, now)
        marks = _marks(target, since)
        found.append(_rate(target, points, marks))
    return found


def _points(target: Target, since: datetime, now: datetime) -> Sequence[charts.Counted]:
    first = MinuteCount.objects.filter(target=target, at__gte=since).aggregate(at=Min("at"))["at"]
    if first is None:
        return ()
    finest = max(1.0, settings.SELFIMPROVE.watch.minute_seconds)  # as the counts are stored
    joined = max(1, math.ceil((now - first).total_seconds() / finest / SLOTS))
    size = finest * joined
    if size > series.HOUR:
        return series.by_hours(target, first, now, math.ceil(size / series.HOUR))
    return series.failures(target, first, now, bucket_seconds=size)


def _marks(target: Target, since: datetime) -> list[charts.Mark]:
    """Mark each deployment and each way back."""
    moved = Q(deployed_at__gte=since) | Q(reverted_at__gte=since)
    marks = []
    for delivery in Delivery.objects.filter(moved, target=target).order_by("deployed_at"):
        if delivery.deployed_at and delivery.deployed_at >= since:
            marks.append(charts.Mark(delivery.deployed_at, f"#{delivery.pk} deployed"))
        if delivery.reverted_at and delivery.reverted_at >= since:
            marks.append(charts.Mark(delivery.reverted_at, f"#{delivery.pk} reverted", "revert"))
    return marks[-8:]


def _rate(
    target: Target, points: Sequence[charts.Counted], marks: Sequence[charts.Mark]
) -> TargetRate:
    calls = sum(point.calls for point in points)
    failures = sum(point.failures for point in points)
    title = f"Failure rate of {target.name}"
    marked = ", ".join(f"{mark.label} at {mark.at:%H:%M} UTC" for mark in marks)
    description = f"{failures} of {calls} calls failed. {marked}"
    picture = charts.time_series(points, title=title, description=description, marks=marks)
    return TargetRate(target, picture, list(_rows(charts.buckets(points))), calls, failures)


def _rows(found: Iterable[charts.Bucket]) -> Iterable[tuple[str, int, int, str]]:
    for bucket in found:
        if bucket.calls:
            at = f"{bucket.at:%Y-%m-%d %H:%M:%S}"
            yield at, bucket.calls, bucket.failures, percent(bucket.rate)
