"""What does a batch of new events add to the counts?"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Protocol

from django.db import models

from telemetry.models import EventType, MinuteCount
from telemetry.rollups import tables
from telemetry.rollups.tables import BOUNDS
from telemetry.rollups.upserts import ADD, GREATEST, LEAST, Counts, add_each
from telemetry.series import CALLS, stored_seconds

HOUR, DAY = 3_600, 86_400
_SEEN = (("n", ADD), ("first_seen", LEAST), ("last_seen", GREATEST))
_BUCKETS = (*(f"under_{bound}" for bound in BOUNDS), "longer")
_USED = tuple((name, ADD) for name in ("n", "ok", "timed", "latency_us", *_BUCKETS))

MINUTES = Counts(MinuteCount, ("target", "at", "component"), (("calls", ADD), ("failures", ADD)))
PATTERN_HOURS = Counts(tables.PatternHour, ("target", "hour", "fingerprint"), _SEEN)
PATTERN_DAYS = Counts(tables.PatternDay, ("target", "day", "fingerprint"), _SEEN)
SESSIONS = Counts(
    tables.PatternSession, ("target", "day", "fingerprint", "session_id", "agent"), _SEEN
)
TOOL_HOURS = Counts(tables.ToolHour, ("target", "hour", "event_type", "component", "agent"), _USED)
TOOL_DAYS = Counts(tables.ToolDay, ("target", "day", "event_type", "component", "agent"), _USED)
HOURLY, DAILY = (PATTERN_HOURS, TOOL_HOURS), (PATTERN_DAYS, SESSIONS, TOOL_DAYS)
TOTALS = Counts(
    tables.SessionTotal,
    ("target", "session_id"),
    (
        *((name, ADD) for name in ("events", "failures", "corrections")),
        ("first_seen", LEAST),
        ("last_seen", GREATEST),
    ),
)
AGENTS = Counts(tables.SessionAgent, ("target", "session_id", "agent"), ())
WHOLE = (TOTALS, AGENTS)  # of sessions, whatever the hour


Grouped = dict[tuple[Any, ...], list[Any]]
LONGEST_US = 10**12  # eleven days: what claims more is counted as that


class Countable(Protocol):
    """Hold what is counted of an event."""

    event_type: str
    timestamp: datetime
    session_id: str
    agent: str
    component: str
    success: bool | None
    latency_ms: float | None
    fingerprint: str


class Tally:
    """Count events in memory, by the hour; days are made of hours."""

    def __init__(self, target_id: int) -> None:
        """Begin with nothing."""
        self.target_id = target_id
        self._minutes: Grouped = {}
        self._seen: Grouped = {}
        self._sessions: Grouped = {}
        self._used: Grouped = {}
        self._totals: Grouped = {}
        self._agents: Grouped = {}
        self._seconds = stored_seconds()

    def add(self, events: Iterable[Countable]) -> "Tally":
        """Count events."""
        for event in events:
            at = int(event.timestamp.timestamp())
            hour = at - at % HOUR
            self._use(event, hour)
            self._sum_up(event)
            if event.event_type in CALLS:
                key = (at - at % self._seconds, event.component)
                count = self._minutes.setdefault(key, [0, 0])
                count[0] += 1
                count[1] += not event.success
            if event.fingerprint:
                print_ = event.fingerprint
                session = (at - at % DAY, print_, event.session_id, event.agent)
                _see(self._seen, (hour, print_), 1, event.timestamp, event.timestamp)
                _see(self._sessions, session, 1, event.timestamp, event.timestamp)
        return self

    def _use(self, event: Countable, hour: int) -> None:
        key = (hour, str(event.event_type), event.component, event.agent)
        used = self._used.get(key)
        if used is None:
            used = self._used[key] = [0] * len(_USED)
        used[0] += 1
        used[1] += event.success is True
        if event.latency_ms is not None:
            used[2] += 1
            used[3] += min(round(event.latency_ms * 1000), LONGEST_US)
            used[4 + bucket(event.latency_ms)] += 1

    def _sum_up(self, event: Countable) -> None:
        at = event.timestamp
        total = self._totals.get((event.session_id,))
        if total is None:
            total = self._totals[(event.session_id,)] = [0, 0, 0, at, at]
        total[0] += 1
        total[1] += event.fingerprint != ""
        total[2] += event.event_type == EventType.USER_CORRECTION
        if at < total[3]:
            total[3] = at
        if at > total[4]:
            total[4] = at
        if event.agent:
            self._agents[event.session_id, event.agent] = []

    def rows(self, counts: Counts) -> list[tuple[Any, ...]]:
        """Return what belongs into a table of counts, in the order of its columns."""
        if counts in WHOLE:
            found = self._totals if counts is TOTALS else self._agents
            return [(self.target_id, *key, *values) for key, values in sorted(found.items())]
        return [
            (self.target_id, _moment(at), *rest, *values)
            for (at, *rest), values in sorted(self._of(counts).items())
        ]

    def _of(self, counts: Counts) -> Grouped:
        if counts is PATTERN_DAYS:
            return _seen_by_day(self._seen)
        if counts is TOOL_DAYS:
            return _used_by_day(self._used)
        return {
            MINUTES: self._minutes,
            PATTERN_HOURS: self._seen,
            SESSIONS: self._sessions,
            TOOL_HOURS: self._used,
        }[counts]


def count(target_id: int, events: Iterable[Countable]) -> None:
    """Add new events to every table of counts, in the caller's transaction."""
    tally = Tally(target_id).add(events)
    add_each((counts, tally.rows(counts)) for counts in (MINUTES, *HOURLY, *DAILY, *WHOLE))


def bucket(latency_ms: float) -> int:
    """Return which bucket a call's time falls into."""
    return min(int(latency_ms).bit_length(), len(BOUNDS))


def moments(counts: Counts) -> str:
    """Return the name of a table's column of time."""
    return counts.keys[1]


def field_names(counts: Counts) -> list[str]:
    """Return the attributes that hold a table's columns, in order."""
    fields = (counts.model._meta.get_field(name) for name in counts.columns)
    return [field.attname for field in fields if isinstance(field, models.Field)]


def _see(into: Grouped, key: tuple[Any, ...], n: int, first: datetime, last: datetime) -> None:
    seen = into.get(key)
    if seen is None:
        into[key] = [n, first, last]
        return
    seen[0] += n
    if first < seen[1]:
        seen[1] = first
    if last > seen[2]:
        seen[2] = last


def _seen_by_day(hours: Grouped) -> Grouped:
    days: Grouped = {}
    for (hour, *rest), (n, first, last) in hours.items():
        _see(days, (hour - hour % DAY, *rest), n, first, last)
    return days


def _used_by_day(hours: Grouped) -> Grouped:
    days: Grouped = {}
    for (hour, *rest), values in hours.items():
        key = (hour - hour % DAY, *rest)
        before = days.get(key)
        days[key] = [a + b for a, b in zip(before, values, strict=True)] if before else values
    return days


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
