"""What is there to show for a pattern in a span of time?"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from telemetry import series
from telemetry.models import Event, EventType, Pattern
from telemetry.rollups import reading

MOST_UIDS = 20
MOST_SAMPLES = 3
MOST_LOOKED_AT = 200  # events among which the samples are sought
MOST_LATENCIES = 5_000


@dataclass(frozen=True, slots=True)
class PatternEvidence:
    """Hold a pattern's failures between two moments, and the calls around them."""

    count: int
    sessions: int
    agents: tuple[str, ...]
    first_seen: datetime | None
    last_seen: datetime | None
    event_uids: tuple[str, ...]
    samples: tuple[str, ...]
    raised_in: tuple[str, ...]  # module:function of the latest that differ, the innermost alone
    latencies_ms: tuple[float, ...]
    component: str
    error_code: str
    total_calls: int
    failures: int


def of(pattern: Pattern, start: datetime, end: datetime) -> PatternEvidence:
    """Return a pattern's evidence from start to before end."""
    found = reading.occurred(pattern, start, end)
    recent = reading.since_latest(pattern, MOST_LOOKED_AT, start, end)
    events = occurrences(pattern, recent, end)
    latest = events.order_by("-timestamp", "uid").values_list("uid", flat=True)[:MOST_UIDS]
    calls, failures = series.totals(pattern.target, start, end, component=pattern.component)
    return PatternEvidence(
        count=found.count,
        sessions=found.sessions,
        agents=found.agents,
        first_seen=found.first_seen,
        last_seen=found.last_seen,
        event_uids=tuple(latest),
        samples=samples(events),
        raised_in=raised_in(events),
        latencies_ms=latencies(pattern, start, end),
        component=pattern.component,
        error_code=pattern.error_code,
        total_calls=calls,
        failures=failures,
    )


def occurrences(pattern: Pattern, start: datetime, end: datetime) -> QuerySet[Event]:
    """Return a pattern's failures in a span."""
    return reading.of_pattern(Event.objects.all(), pattern).filter(
        timestamp__gte=start, timestamp__lt=end
    )


def samples(events: QuerySet[Event]) -> tuple[str, ...]:
    """Return the latest messages that differ."""
    latest = events.exclude(error_message="").order_by("-timestamp", "uid")[:MOST_LOOKED_AT]
    texts = dict.fromkeys(latest.values_list("error_message", flat=True))
    return tuple(texts)[:MOST_SAMPLES]


def raised_in(events: QuerySet[Event]) -> tuple[str, ...]:
    """Return where the latest were raised that name a place."""
    latest = events.exclude(frames="").order_by("-timestamp", "uid")[:MOST_LOOKED_AT]
    places = (frames.partition("\n")[0] for frames in latest.values_list("frames", flat=True))
    return tuple(dict.fromkeys(places))[:MOST_SAMPLES]


def latencies(pattern: Pattern, start: datetime, end: datetime) -> tuple[float, ...]:
    """Return how long the component's latest calls took, shortest first; failed ones too."""
    calls = Event.objects.filter(
        Q(event_type=EventType.TOOL_CALL, latency_ms__isnull=False),
        target_id=pattern.target_id,
        component=pattern.component,
        timestamp__gte=start,
        timestamp__lt=end,
    )
    latest = calls.order_by("-timestamp").values_list("latency_ms", flat=True)[:MOST_LATENCIES]
    return tuple(sorted(value for value in latest if value is not None))
