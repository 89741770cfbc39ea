"""How long would it take until the effect of a change is known, if it were deployed now?"""

from datetime import datetime, timedelta

from django.conf import settings

from benchmarks.statistics import Baseline, Minute, baseline_of, expected_minutes
from delivery import counts
from targets.models import Target
from telemetry import series

WEEK = timedelta(days=7)
HOUR = 60


def foreseen(target: Target, now: datetime) -> str:
    """Say it in a sentence, from the counts of the last week's whole hours."""
    hours = series.by_hours(target, now - WEEK, now, 1)
    minutes = _minutes([(point.calls, point.failures) for point in hours])
    return said(baseline_of(minutes, counts.parameters()))


def said(baseline: Baseline) -> str:
    """Say when a rise could be ruled out with traffic as it was; or that it could not."""
    expected = expected_minutes(baseline, baseline.calls / max(baseline.minutes, 1))
    if expected is None:
        return (
            "No calls were counted lately: its effect could not be told from chance, and"
            f" {_what_follows()}."
        )
    watch = settings.SELFIMPROVE.watch
    longest, least = watch.extended_minutes, watch.window_minutes
    doubling, half = (max(m, least) for m in (expected.doubling, expected.half_more))
    if doubling > longest:
        return (
            f"With traffic as it is, ruling out a doubling of failures would take about"
            f" {_lasting(doubling)}, and the watch ends after {_lasting(longest)}: most likely"
            f" {_what_follows()}."
        )
    return (
        f"With traffic as it is, a verdict is to be expected about {_lasting(doubling)} after the"
        f" deployment; ruling out a rise by half takes about {_lasting(half)}."
    )


def _minutes(hours: list[Minute]) -> list[Minute]:
    """Lay hours out as minutes, from the first that had calls: the rule asks for hours anyway."""
    first = next((place for place, (calls, _) in enumerate(hours) if calls), len(hours))
    return [one for hour in hours[first:] for one in (hour, *[(0, 0)] * (HOUR - 1))]


def _what_follows() -> str:
    action = settings.SELFIMPROVE.watch.on_inconclusive
    ends = {
        "keep": "it would be kept",
        "revert": "it would be taken back",
        "ask": "a person would be asked",
    }
    return f"it ends as inconclusive, and {ends[action]}"


def _lasting(minutes: float) -> str:
    """Say a span of watch minutes."""
    if minutes < 2 * HOUR:
        return f"{minutes:.0f} minutes"
    hours = minutes / HOUR
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
