"""How many calls and failures were there, minute by minute, before and after a deployment?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Q

from benchmarks.statistics import Baseline, Minute, Parameters, baseline_of
from benchmarks.watching.shares import Pair
from delivery.models import Delivery, Watch
from telemetry import series

AS_SET = (
    *("evidence", "effect", "least_failures", "slice_minutes", "slice_cap", "refutation"),
    *("window_minutes", "extended_minutes", "baseline_minutes", "baseline_days"),
    *("baseline_failures", "broken_share", "broken_calls", "broken_below"),
    *("silence_calls", "control_failures", "control_share"),
)


@dataclass(frozen=True)
class Interval:
    """A stretch of time under a change that was taken back."""

    start: datetime
    end: datetime


def parameters() -> Parameters:
    """Return the rule's parameters as configured."""
    watch = settings.SELFIMPROVE.watch
    return Parameters(
        **{name: getattr(watch, name) for name in AS_SET},
        doubling_after_minutes=max(watch.doubling_after_minutes, watch.window_minutes),
    )


def minute_of() -> float:
    """Return the length of a watch minute in seconds."""
    return float(settings.SELFIMPROVE.watch.minute_seconds)


def next_minute(at: datetime, minute_seconds: float) -> datetime:
    """Return the first full watch minute at or after a moment."""
    width = bucket(minute_seconds)
    return datetime.fromtimestamp(math.ceil(at.timestamp() / width) * width, tz=UTC)


def bucket(minute_seconds: float) -> int:
    """Return the whole seconds that one count covers."""
    return max(1, round(minute_seconds))


def before(delivery: Delivery, watch: Watch) -> Baseline:
    """Summarise what was normal: without time under changes that were taken back, and only
    since the last change that stayed.
    """
    return baseline_of([whole for whole, _ in _history(delivery, watch, ())], parameters())


def pairs_before(delivery: Delivery, watch: Watch, touched: Sequence[str]) -> list[Pair]:
    """Lay out the same time for the tools that are touched and for all others."""
    return [_apart(*both) for both in _history(delivery, watch, touched)]


def pairs_since(
    delivery: Delivery, watch: Watch, until: datetime, touched: Sequence[str]
) -> list[Pair]:
    """Lay out the time since the watch began for the tools that are touched and for all others."""
    whole = after(delivery, watch, until)
    part = read(delivery, watch.started_at, until, watch, touched)
    return [_apart(*both) for both in zip(whole, part, strict=True)]


def _apart(whole: Minute, part: Minute) -> Pair:
    # What is counted between two looks must not make the rest less than nothing.
    return part, (max(0, whole[0] - part[0]), max(0, whole[1] - part[1]))


def _history(
    delivery: Delivery, watch: Watch, touched: Sequence[str]
) -> Sequence[tuple[Minute, Minute]]:
    """Return the minutes that are compared with, whole and of some tools, oldest first."""
    rule = parameters()
    width = timedelta(seconds=bucket(watch.minute_seconds))
    end = watch.started_at
    start = end - width * rule.baseline_minutes * rule.baseline_days
    stayed, taken_back = _other_changes(delivery, start, end)
    start = max([start, *(next_minute(at, watch.minute_seconds) for at in stayed)])
    end -= width  # not the minute of the deployment itself
    minutes = read(delivery, start, end, watch)
    part = read(delivery, start, end, watch, touched) if touched else [(0, 0)] * len(minutes)
    kept = [
        both
        for place, both in enumerate(zip(minutes, part, strict=True))
        if not any(i.start <= start + width * place <= i.end for i in taken_back)
    ]
    return _from_first_call(kept)


def _other_changes(
    delivery: Delivery, start: datetime, end: datetime
) -> tuple[list[datetime], list[Interval]]:
    """Part the target's earlier deployments into those that stayed and those taken back."""
    others = Delivery.objects.filter(
        Q(reverted_at=None) | Q(reverted_at__gte=start),
        target=delivery.target_id,
        deployed_at__lt=end,
    ).exclude(pk=delivery.pk)
    stayed, taken_back = [], []
    for at, reverted in others.values_list("deployed_at", "reverted_at"):
        if at is None:
            continue
        if reverted is None:
            stayed.append(at)
        else:
            taken_back.append(Interval(at, reverted))
    return stayed, taken_back


def _from_first_call(
    minutes: Sequence[tuple[Minute, Minute]],
) -> Sequence[tuple[Minute, Minute]]:
    """Leave out the time before anything was collected at all."""
    for place, ((calls, _), _) in enumerate(minutes):
        if calls:
            return minutes[place:]
    return ()


def after(delivery: Delivery, watch: Watch, until: datetime) -> list[Minute]:
    """Count minute by minute since the watch began."""
    return read(delivery, watch.started_at, until, watch)


def read(
    delivery: Delivery,
    start: datetime,
    end: datetime,
    watch: Watch,
    touched: Sequence[str] | None = None,
) -> list[Minute]:
    """Lay the counted points out as one pair per minute, silence included."""
    width = bucket(watch.minute_seconds)
    count = max(0, math.ceil((end - start).total_seconds() / width))
    minutes: list[Minute] = [(0, 0)] * count
    found = series.failures(delivery.target, start, end, components=touched, bucket_seconds=width)
    for point in found:
        place = int((point.at - start).total_seconds() // width)
        if 0 <= place < count:
            calls, failures = minutes[place]
            minutes[place] = (calls + point.calls, failures + point.failures)
    return minutes


def elapsed(watch: Watch, now: datetime) -> int:
    """Count the full minutes since the watch began."""
    return max(0, int((now - watch.started_at).total_seconds() // bucket(watch.minute_seconds)))


def baseline_from(watch: Watch) -> Baseline:
    """Rebuild the baseline from what the watch keeps of it."""
    calls, clumping = watch.baseline_calls, watch.clumping
    return Baseline(
        calls=calls,
        failures=watch.baseline_failures,
        rate=(watch.baseline_failures + 0.5) / (calls + 1),
        clumping=clumping,
        weight=max((calls + 1) / clumping - 1, 1.0),
        minutes=watch.baseline_minutes,
    )
