"""Do the counts say what the events say, and how are they made again from them?

Day by day, then sessions by their names, each under the target's lock and in a transaction of its
own: it may die anywhere.
Hours whose events are gone, wholly or in part, are left as they are: their counts outlive them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Max, Min, Sum

from targets.models import Target
from telemetry.models import Event, Keeping
from telemetry.rollups import counting, whole
from telemetry.rollups.tables import ToolDay
from telemetry.rollups.upserts import Counts, add

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_READ = (
    "event_type", "timestamp", "session_id", "agent", "component", "success", "latency_ms",
    "fingerprint",
)  # fmt: skip
Progress = Callable[["Rebuilt"], None]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Say what the counts of a day, or those of all sessions, were found to be."""

    part: str
    events: int
    differing: int  # rows that are missing, too many or of another count


def rebuild(target: Target, *, check: bool = False, progress: Progress | None = None) -> int:
    """Make a target's counts again, or only compare; return how many rows differed."""
    differing = 0
    for day in _days(target):
        done = _rebuild_locked(target, day, check=check)
        differing += done.differing
        if progress:
            progress(done)
    done = _rebuild_sessions(target, check=check)
    if progress:
        progress(done)
    return differing + done.differing


def catch_up(target: Target) -> bool:
    """Count what was stored before there were counts, once; return whether that was due."""
    keeping, _ = Keeping.objects.get_or_create(target=target)
    if keeping.rolled_up:
        return False
    for day in _days(target):
        if not _is_counted(target, day):  # so that a look that was killed goes on where it was
            _rebuild_locked(target, day, check=False)
    _rebuild_sessions(target, check=False)
    Keeping.objects.filter(target=target).update(rolled_up=True)
    return True


def _days(target: Target) -> Iterator[datetime]:
    """Return each day that may have whole hours of events or of counts."""
    floor = _floor(target)
    spans = [Event.objects.filter(target=target, timestamp__gte=floor).aggregate(
        low=Min("timestamp"), high=Max("timestamp"))]  # fmt: skip
    for counts in (*counting.HOURLY, *counting.DAILY):
        at = counting.moments(counts)
        rows = counts.model._default_manager.filter(
            target=target, **{f"{at}__gte": _start_of(floor, DAY)}
        )
        spans.append(rows.aggregate(low=Min(at), high=Max(at)))
    known = [span for span in spans if span["low"] is not None]
    if not known:
        return
    day = _start_of(max(floor, min(span["low"] for span in known)), DAY)
    last = max(span["high"] for span in known)
    while day <= last:
        yield day
        day += DAY


def _is_counted(target: Target, day: datetime) -> bool:
    span = {"timestamp__gte": max(day, _floor(target)), "timestamp__lt": day + DAY}
    events = Event.objects.filter(target=target, **span).count()
    found = ToolDay.objects.filter(target=target, day=day).aggregate(n=Sum("n"))["n"]
    return events == (found or 0)


def _rebuild_locked(target: Target, day: datetime, *, check: bool) -> Rebuilt:
    with transaction.atomic():
        Target.objects.select_for_update(no_key=True).get(pk=target.pk)
        return _rebuild_day(target, day, check=check)


def _rebuild_sessions(target: Target, *, check: bool) -> Rebuilt:
    events, differing = whole.rebuild(target, _floor(target), check=check)
    return Rebuilt("sessions", events, differing)


def _rebuild_day(target: Target, day: datetime, *, check: bool) -> Rebuilt:
    floor = _floor(target)
    since = max(day, _end_of(floor, HOUR))
    if since >= day + DAY:
        return Rebuilt(f"{day:%Y-%m-%d}", 0, 0)
    read = Event.objects.filter(
        target=target, timestamp__gte=since, timestamp__lt=day + DAY
    ).values_list(*_READ, named=True)
    counted = 0

    def noted() -> Iterator[Any]:
        nonlocal counted
        for row in read.iterator(5_000):
            counted += 1
            yield row

    tally = counting.Tally(target.pk).add(noted())
    tables = counting.HOURLY + (counting.DAILY if day >= floor else ())
    differing = sum(
        _settle(counts, target, since, day + DAY, tally.rows(counts), check) for counts in tables
    )
    return Rebuilt(f"{day:%Y-%m-%d}", counted, differing)


def _settle(
    counts: Counts,
    target: Target,
    since: datetime,
    until: datetime,
    wanted: list[tuple[Any, ...]],
    check: bool,
) -> int:
    """Compare a table's span with what it should hold, and mend it unless only asked."""
    rows = _span(counts, target, since, until)
    there = set(rows.values_list(*counting.field_names(counts)))
    differing = {row[: len(counts.keys)] for row in there ^ set(wanted)}
    if differing and not check:
        rows.delete()
        add(counts, wanted)
    return len(differing)


def _span(
    counts: Counts, target: Target, since: datetime, until: datetime
) -> models.QuerySet[models.Model]:
    at = counting.moments(counts)
    span = {f"{at}__gte": since, f"{at}__lt": until}
    return counts.model._default_manager.filter(target=target, **span)


def _floor(target: Target) -> datetime:
    """Return the moment from which all events are there."""
    gone = Keeping.objects.filter(target=target).values_list("gone_before", flat=True).first()
    return gone or datetime(2000, 1, 1, tzinfo=UTC)


def _start_of(at: datetime, span: timedelta) -> datetime:
    seconds = int(span.total_seconds())
    moment = int(at.timestamp())
    return datetime.fromtimestamp(moment - moment % seconds, UTC)


def _end_of(at: datetime, span: timedelta) -> datetime:
    """Return the next start of a span, or the moment itself where it is one."""
    start = _start_of(at, span)
    return start if start == at else start + span
