"""How many calls were slow and how many tasks failed, before and since a deployment?"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings

from benchmarks.statistics import Minute, baseline_of
from benchmarks.watching.signals import Signal
from delivery import counts
from delivery.models import Delivery, Watch
from telemetry import series

SAMPLE, LEAST = 5_000, 200  # timed calls before the deployment: looked at, and needed
SLOW = 0.95  # slower than this share of the calls before
WEEK = timedelta(days=7)
HOUR = 60


def others(delivery: Delivery, watch: Watch, now: datetime) -> list[Signal]:
    """Collect the signals beside failing calls that were there before the deployment."""
    known = {"slow_calls": _slow, "failed_tasks": _tasks}
    wanted = settings.SELFIMPROVE.watch.signals
    found = (known[name](delivery, watch, now) for name in wanted)
    return [signal for signal in found if signal is not None]


def _slow(delivery: Delivery, watch: Watch, now: datetime) -> Signal | None:
    """Call slow what is slower than nearly all that went well before, or never went well.

    Whoever waits longer has calls go well that would have failed: these were not quick before.
    """
    before = series.timed(delivery.target, None, watch.started_at, most=SAMPLE)
    times = [one.took_ms for one in before if one.took_ms is not None]
    if len(times) < LEAST:
        return None
    limit = _limit(times)
    since = series.timed(delivery.target, watch.started_at, now)
    start = min(one.at for one in before)
    usual = _minutes(before, limit, start, watch.started_at, watch)
    came = _minutes(since, limit, watch.started_at, now, watch)
    name = f"calls that failed or took over {limit:.0f} ms"
    return Signal(name, baseline_of(usual, counts.parameters()), came)


def _limit(times: Sequence[float]) -> float:
    """Return what one call in twenty is slower than; of many alike, what is below them."""
    ordered = sorted(times)
    place = math.ceil(SLOW * len(ordered)) - 1
    limit = ordered[place]
    if limit < ordered[-1]:
        return limit
    return next((took for took in reversed(ordered) if took < limit), limit)


def _minutes(
    timed: Sequence[series.Timed], limit: float, start: datetime, end: datetime, watch: Watch
) -> list[Minute]:
    """Lay calls out by minute; a slow one counts as a failure does elsewhere."""
    width = counts.bucket(watch.minute_seconds)
    laid: list[Minute] = [(0, 0)] * max(0, math.ceil((end - start).total_seconds() / width))
    for one in timed:
        place = int((one.at - start).total_seconds() // width)
        if 0 <= place < len(laid):
            calls, slow = laid[place]
            laid[place] = calls + 1, slow + (one.took_ms is None or one.took_ms > limit)
    return laid


def _tasks(delivery: Delivery, watch: Watch, now: datetime) -> Signal | None:
    """Hold failed tasks against all calls; without one before there is nothing to hold."""
    start = watch.started_at
    hours = series.task_failures_by_hours(delivery.target, start - WEEK, start)
    if not any(failed for _, failed in hours):
        return None
    first = next(place for place, (calls, _) in enumerate(hours) if calls)
    usual = [one for hour in hours[first:] for one in (hour, *[(0, 0)] * (HOUR - 1))]
    calls = [calls for calls, _ in counts.after(delivery, watch, now)]
    came = [(many, 0) for many in calls]
    width = counts.bucket(watch.minute_seconds)
    for at in series.task_failures(delivery.target, start, now):
        place = int((at - start).total_seconds() // width)
        if 0 <= place < len(came):
            many, failed = came[place]
            came[place] = max(many, failed + 1), failed + 1
    return Signal("failed tasks", baseline_of(usual, counts.parameters()), came)
