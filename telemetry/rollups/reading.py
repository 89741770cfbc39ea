"""What do the counts say of a pattern or a component in a span of time?

Whole hours come from the counts, and the parts of an hour at either end from the events, by an
index: exact, and as quick for ten million events as for ten.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Count, Max, Min, Model, Q, QuerySet, Sum

from telemetry.models import Event, Pattern, PatternAlias
from telemetry.rollups.tables import PatternHour, PatternSession, ToolDay

HOUR = timedelta(hours=1)
Row = TypeVar("Row", bound=Model)
MOST_WRITTEN_OUT = 200
FAR = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Occurred:
    """Say how often a pattern occurred in a span, when, and to whom."""

    count: int
    first_seen: datetime | None
    last_seen: datetime | None
    sessions: int
    agents: tuple[str, ...]


def total() -> int:
    """Count all events of all targets, those that are gone too."""
    return ToolDay.objects.aggregate(n=Sum("n"))["n"] or 0


def occurred(pattern: Pattern, start: datetime, end: datetime = FAR) -> Occurred:
    """Count a pattern from start to before end, and say to whom it occurred."""
    parts = _parts(pattern, start, end)
    sessions, agents = _who(pattern, start, end)
    return Occurred(
        count=sum(part["n"] or 0 for part in parts),
        first_seen=min((part["first"] for part in parts if part["first"]), default=None),
        last_seen=max((part["last"] for part in parts if part["last"]), default=None),
        sessions=sessions,
        agents=agents,
    )


def count(pattern: Pattern, start: datetime, end: datetime) -> int:
    """Count a pattern from start to before end."""
    return sum(part["n"] or 0 for part in _parts(pattern, start, end))


def _parts(pattern: Pattern, start: datetime, end: datetime) -> list[dict[str, Any]]:
    since, until = _up(start), _down(end)
    if since >= until:
        return [_raw(pattern, start, end)]
    rows = of_pattern(PatternHour.objects.all(), pattern)
    hours = rows.filter(hour__gte=since, hour__lt=until)
    return [
        hours.aggregate(n=Sum("n"), first=Min("first_seen"), last=Max("last_seen")),
        _raw(pattern, start, since),
        _raw(pattern, until, end),
    ]


def since_latest(pattern: Pattern, least: int, start: datetime, end: datetime) -> datetime:
    """Return from when on at least so many occurrences lie before the end, or the start."""
    hours = of_pattern(PatternHour.objects.all(), pattern).filter(
        hour__gte=start, hour__lt=_down(end)
    )
    counted: QuerySet[PatternHour, tuple[datetime, int]]
    counted = hours.values_list("hour").annotate(n=Sum("n")).order_by("-hour")
    found = 0
    for hour, n in counted.iterator(chunk_size=200):
        found += n
        if found >= least:
            return max(start, hour)
    return start


def of_pattern(rows: QuerySet[Row], pattern: Pattern) -> QuerySet[Row]:
    """Narrow rows to a pattern; few names are written out, for the planner to see how few."""
    aliases = PatternAlias.objects.filter(pattern=pattern).values_list("fingerprint", flat=True)
    few = list(aliases[: MOST_WRITTEN_OUT + 1])
    names = few if len(few) <= MOST_WRITTEN_OUT else aliases
    return rows.filter(target_id=pattern.target_id, fingerprint__in=names)


def _raw(pattern: Pattern, start: datetime, end: datetime) -> dict[str, Any]:
    rows = of_pattern(Event.objects.all(), pattern).filter(timestamp__gte=start, timestamp__lt=end)
    return rows.aggregate(n=Count("*"), first=Min("timestamp"), last=Max("timestamp"))


def _who(pattern: Pattern, start: datetime, end: datetime) -> tuple[int, tuple[str, ...]]:
    """Count sessions and name agents: a row whose first or last lies in the span was in it.

    One that began before and ended after, on one day, may have paused meanwhile: its events tell.
    """
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = of_pattern(PatternSession.objects.all(), pattern).filter(day__gte=day, day__lt=end)
    inside = rows.filter(
        Q(first_seen__gte=start, first_seen__lt=end) | Q(last_seen__gte=start, last_seen__lt=end)
    )
    agents = set(inside.exclude(agent="").values_list("agent", flat=True).distinct())
    if not rows.filter(first_seen__lt=start, last_seen__gte=end).exists():
        found = inside.aggregate(n=Count("session_id", distinct=True))["n"] or 0
        return found, tuple(sorted(agents))
    raw = of_pattern(Event.objects.all(), pattern).filter(timestamp__gte=start, timestamp__lt=end)
    told = set(raw.values_list("session_id", "agent").distinct())
    sessions = set(inside.values_list("session_id", flat=True)) | {name for name, _ in told}
    return len(sessions), tuple(sorted(agents | {agent for _, agent in told if agent}))


def _down(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _up(at: datetime) -> datetime:
    floor = _down(at)
    return floor if floor == at else floor + HOUR
