"""What do the calls around a failure show: were they repeated, and with which success?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import re2

from evaluation.cases import Case
from evaluation.rules.remedies import Measured, Number
from telemetry.models import Event, EventType, PatternAlias

MOST_CALLS = 5_000
LONGEST_PAUSE = timedelta(minutes=10)  # a later call answers another question
SOON = timedelta(seconds=2)
MOST_DIGITS = 15
LONGEST_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Call:
    """Hold one call of a component; it is logged when it ends."""

    session: str
    at: datetime
    succeeded: bool
    latency_ms: float | None
    counts: bool  # it is one of the failures in question


def of(case: Case, now: datetime) -> Measured:
    """Measure a case, from its first failure on."""
    aliases = PatternAlias.objects.filter(pattern=case.pattern)
    fingerprints = set(aliases.values_list("fingerprint", flat=True))
    rows = (
        Event.objects.filter(
            target_id=case.pattern.target_id,
            component=case.pattern.component,
            event_type__in=(EventType.TOOL_CALL, EventType.TASK_FAILURE),
            timestamp__gte=case.first_seen,
            timestamp__lt=now,
        )
        .order_by("timestamp", "uid")
        .values_list("session_id", "timestamp", "success", "latency_ms", "fingerprint")
    )
    calls = [
        Call(session, at, success is True, latency, fingerprint in fingerprints)
        for session, at, success, latency, fingerprint in rows[:MOST_CALLS]
    ]
    return measure(case, calls)


def measure(case: Case, calls: Sequence[Call]) -> Measured:
    """Count what the calls show, given in the order of their time."""
    followed, recovered, hurried = _repeats(calls)
    return replace(
        case.measured,
        count=case.count,
        sessions=case.sessions,
        minutes=(case.last_seen - case.first_seen).total_seconds() / 60,
        failed_latencies_ms=tuple(
            call.latency_ms for call in calls if call.counts and call.latency_ms is not None
        ),
        followed=followed,
        recovered=recovered,
        hurried=hurried,
        together=_most_at_once(calls),
    )


def stated(measured: Measured, patterns: Iterable[str], samples: Sequence[str]) -> Measured:
    """Add the limit and the need that the messages state: the lowest limit, the largest need."""
    limits: list[Number] = []
    needs: list[Number] = []
    for pattern in patterns:
        expression = re2.compile(f"(?i){pattern}")
        for found in filter(None, map(expression.search, samples)):
            named = found.groupdict()
            limits += _numbers(named.get("limit"))
            needs += _numbers(named.get("asked"))
    return replace(measured, limit=min(limits, default=None), asked=max(needs, default=None))


def _numbers(text: str | None) -> list[int]:
    digits = (text or "").replace(",", "").replace("_", "")
    fits = digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS
    return [int(digits)] if fits else []


def _repeats(calls: Sequence[Call]) -> tuple[int, int, int]:
    """Count the failures whose session called again: all, those that succeeded, those at once."""
    followed = recovered = hurried = 0
    waiting: dict[str, Call] = {}
    for call in calls:
        failed = waiting.pop(call.session, None)
        if failed and call.at - failed.at <= LONGEST_PAUSE:
            followed += 1
            recovered += call.succeeded
            hurried += call.at - failed.at <= SOON
        if call.counts:
            waiting[call.session] = call
    return followed, recovered, hurried


def _most_at_once(calls: Sequence[Call]) -> int:
    """Count the calls of the moment at which most of them ran; one that ends makes room."""
    edges: list[tuple[datetime, int]] = []
    for call in calls:
        if call.latency_ms is not None and 0 < call.latency_ms <= LONGEST_MS:
            edges.append((call.at - timedelta(milliseconds=call.latency_ms), 1))
            edges.append((call.at, -1))
    running = most = 0
    for _, change in sorted(edges):
        running += change
        most = max(most, running)
    return most
