"""Is there a spike, a critical failure, a burst or a regression at a target now?"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from django.db.models import Exists, OuterRef

from evaluation.models import Consideration
from evaluation.triggers import regressions
from evaluation.triggers.records import Trigger
from targets.models import Target
from telemetry import series
from telemetry.models import Event, EventType, MinuteCount, Pattern, Severity
from telemetry.patterns import judging

USUAL = timedelta(hours=24)  # against which a spike is one
LEAST_KNOWN = timedelta(hours=1)  # of less nobody can say what is usual


class Limits(Protocol):
    """Say what is much; the settings are one of these."""

    @property
    def spike_minutes(self) -> int: ...
    @property
    def spike_times(self) -> float: ...
    @property
    def spike_least(self) -> int: ...
    @property
    def escalations(self) -> int: ...
    @property
    def escalation_minutes(self) -> int: ...
    @property
    def critical_minutes(self) -> int: ...


def look(target: Target, now: datetime, limits: Limits) -> Iterator[tuple[Trigger, str]]:
    """Yield each reason to evaluate now, with its figures in words."""
    for trigger, question in _QUESTIONS.items():
        if words := question(target, now, limits):
            yield trigger, words


def _spike(target: Target, now: datetime, limits: Limits) -> str:
    """Compare the last minutes with what so many usually hold in the day before."""
    span = timedelta(minutes=limits.spike_minutes)
    _, failures = series.totals(target, now - span, now)
    if failures < limits.spike_least:
        return ""
    known = _known(target, now - span, now)
    if known < LEAST_KNOWN:
        return ""
    _, before = series.totals(target, now - span - known, now - span)
    usual = before * (span / known)
    if failures < limits.spike_times * usual:
        return ""
    return f"{failures} failures in {limits.spike_minutes} min against {usual:.1f} usually"


def _known(target: Target, end: datetime, now: datetime) -> timedelta:
    """Return for how long before a moment calls were counted, at most the usual span."""
    rows = MinuteCount.objects.filter(target=target, at__gte=now - USUAL, at__lt=end)
    first = rows.order_by("at").values_list("at", flat=True).first()
    return end - first if first else timedelta()


def _critical(target: Target, now: datetime, limits: Limits) -> str:
    """Name the critical patterns that failed just now and that no evaluation has considered."""
    since = now - timedelta(minutes=limits.critical_minutes)
    considered = Consideration.objects.filter(
        pattern=OuterRef("pk"), evaluation__started_at__gt=now - USUAL
    )
    found = Pattern.objects.filter(
        target=target, severity=Severity.CRITICAL, merged_into=None, last_seen__gte=since
    ).exclude(Exists(considered))
    rows = found.order_by("pk")[:50]
    fresh = [one for one in rows if one.last_seen <= now and not judging.set_aside(one, now)]
    if not fresh:
        return ""
    names = ", ".join(f"pattern {one.pk}" for one in fresh[:3])
    more = f" and {len(fresh) - 3} more" if len(fresh) > 3 else ""
    return f"{names}{more} in the last {limits.critical_minutes} min"


def _burst(target: Target, now: datetime, limits: Limits) -> str:
    since = now - timedelta(minutes=limits.escalation_minutes)
    found = Event.objects.filter(
        target=target,
        event_type=EventType.ESCALATION,
        timestamp__gte=since,
        timestamp__lte=now,
    ).count()
    if found < limits.escalations:
        return ""
    return f"{found} escalations in {limits.escalation_minutes} min, {limits.escalations} suffice"


def _regression(target: Target, now: datetime, _limits: Limits) -> str:
    return regressions.worse(target, now)


_QUESTIONS: Mapping[Trigger, Callable[[Target, datetime, Limits], str]] = {
    Trigger.ERROR_SPIKE: _spike,
    Trigger.CRITICAL_PATTERN: _critical,
    Trigger.ESCALATION_BURST: _burst,
    Trigger.BENCHMARK_REGRESSION: _regression,
}
