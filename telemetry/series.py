"""How many calls and failures were there, minute by minute? Charts and watch read here."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q, Sum

from targets.models import Target
from telemetry.models import Event, EventType, MinuteCount
from telemetry.rollups.tables import ToolHour

MOST_POINTS = 50_000
HOUR = 3_600
CALLS = frozenset({EventType.TOOL_CALL.value, EventType.TASK_FAILURE.value})


@dataclass(frozen=True, slots=True)
class Point:
    """Count the calls and failures from one moment until the next point."""

    at: datetime
    calls: int
    failures: int


def failures(
    target: Target,
    start: datetime,
    end: datetime,
    *,
    component: str | None = None,
    components: Collection[str] | None = None,
    bucket_seconds: float = 60,
) -> tuple[Point, ...]:
    """Return every bucket from start to before end, empty ones too."""
    size = max(bucket_seconds, (end - start).total_seconds() / MOST_POINTS, 0.001)
    rows = MinuteCount.objects.filter(target=target, at__gte=start, at__lt=end)
    if component is not None:
        rows = rows.filter(component=component)
    if components is not None:
        rows = rows.filter(component__in=components)
    counted = rows.order_by().values_list("at").annotate(Sum("calls"), Sum("failures"))
    return _joined(counted.iterator(), start, end, size)


def by_hours(
    target: Target, start: datetime, end: datetime, hours: int, *, component: str | None = None
) -> tuple[Point, ...]:
    """Return buckets of whole hours from the hour of the start until now: quick for long spans."""
    since = start.replace(minute=0, second=0, microsecond=0)
    rows = ToolHour.objects.filter(
        target=target, event_type__in=CALLS, hour__gte=since, hour__lt=end
    )
    if component is not None:
        rows = rows.filter(component=component)
    counted = (
        rows.order_by().values_list("hour").annotate(called=Sum("n"), failed=Sum(F("n") - F("ok")))
    )
    return _joined(counted.iterator(), since, end, HOUR * hours)


def _joined(
    counted: Iterable[tuple[datetime, int, int]], start: datetime, end: datetime, size: float
) -> tuple[Point, ...]:
    counts = [[0, 0] for _ in range(max(0, math.ceil((end - start).total_seconds() / size)))]
    for at, calls, failed in counted:
        count = counts[int((at - start).total_seconds() // size)]
        count[0] += calls
        count[1] += failed
    return tuple(
        Point(start + timedelta(seconds=index * size), calls, failed)
        for index, (calls, failed) in enumerate(counts)
    )


def totals(
    target: Target, start: datetime, end: datetime, *, component: str | None = None
) -> tuple[int, int]:
    """Return calls and failures of a span."""
    rows = MinuteCount.objects.filter(target=target, at__gte=start, at__lt=end)
    if component is not None:
        rows = rows.filter(component=component)
    found = rows.aggregate(calls=Sum("calls"), failures=Sum("failures"))
    return found["calls"] or 0, found["failures"] or 0


@dataclass(frozen=True, slots=True)
class Timed:
    """Hold when a call was made and how long it took; nothing where it failed."""

    at: datetime
    took_ms: float | None


def timed(
    target: Target, start: datetime | None, end: datetime, *, most: int | None = None
) -> list[Timed]:
    """Return the calls that failed or whose time is known, the latest first, so many at most."""
    rows = Event.objects.filter(
        Q(latency_ms__isnull=False) | Q(success=False),
        target=target,
        event_type=EventType.TOOL_CALL,
        timestamp__lt=end,
    )
    if start is not None:
        rows = rows.filter(timestamp__gte=start)
    found = rows.order_by("-timestamp").values_list("timestamp", "latency_ms", "success")[:most]
    return [Timed(at, None if success is False else took) for at, took, success in found]


def task_failures(target: Target, start: datetime, end: datetime) -> list[datetime]:
    """Return when tasks failed in a span."""
    rows = Event.objects.filter(
        target=target,
        event_type=EventType.TASK_FAILURE,
        timestamp__gte=start,
        timestamp__lt=end,
    )
    return list(rows.order_by("timestamp").values_list("timestamp", flat=True))


def task_failures_by_hours(
    target: Target, start: datetime, end: datetime
) -> list[tuple[int, int]]:
    """Return the calls and the failed tasks of each whole hour of a span."""
    since = start.replace(minute=0, second=0, microsecond=0)
    rows = ToolHour.objects.filter(target=target, hour__gte=since, hour__lt=end)
    failed = rows.filter(event_type=EventType.TASK_FAILURE)
    by_hour = dict(failed.order_by().values_list("hour").annotate(Sum("n")))
    whole = by_hours(target, since, end, 1)
    return [(point.calls, by_hour.get(point.at, 0)) for point in whole]


def tools_of_agents(target: Target, start: datetime, end: datetime) -> Mapping[str, set[str]]:
    """Return which tools each agent called in the hours of a span; an unnamed agent is one."""
    since = start.replace(minute=0, second=0, microsecond=0)
    rows = ToolHour.objects.filter(
        target=target, event_type__in=CALLS, hour__gte=since, hour__lt=end
    )
    found: defaultdict[str, set[str]] = defaultdict(set)
    for agent, tool in rows.order_by().values_list("agent", "component").distinct():
        found[agent].add(tool)
    return found


def stored_seconds() -> int:
    """Return how long a stored bucket is: a minute, or the demo's shorter one."""
    return max(1, int(settings.SELFIMPROVE.watch.minute_seconds))


def bucket_start(at: datetime) -> datetime:
    """Return the start of the stored bucket that holds a moment."""
    seconds = stored_seconds()
    moment = int(at.timestamp())
    return datetime.fromtimestamp(moment - moment % seconds, tz=at.tzinfo)
