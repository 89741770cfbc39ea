"""Answers whether the touched part's share of all failures grew, beside a part left alone.

Whatever happens to both parts at once (a provider that hiccups, a day that drifts) changes how
many failures there are, and not whose they are. So each slice asks only how its failures are
shared out, against what calls and the two old rates let one expect.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.evidence import (
    DEFAULTS,
    HOUR,
    Baseline,
    Minute,
    Parameters,
    baseline_of,
    trimmed_clumping,
)

_WEEK = 7 * 24 * HOUR
Pair = tuple[Minute, Minute]
"""Calls and failures of the touched part and of the untouched part in one minute."""


@dataclass(frozen=True)
class Control:
    """Hold what was normal for both parts before, and what they did since, minute by minute."""

    touched: Baseline
    untouched: Baseline
    minutes: Sequence[Pair]
    clumping: float  # of the shares, hour by hour: what both parts suffer at once is none


def control_of(
    before: Sequence[Pair], since: Sequence[Pair], parameters: Parameters = DEFAULTS
) -> Control:
    """Summarise both parts before a deployment, oldest minute first, beside what came since."""
    touched = baseline_of([pair[0] for pair in before], parameters)
    untouched = baseline_of([pair[1] for pair in before], parameters)
    return Control(touched, untouched, since, _clumping(before[-_WEEK:]))


def _clumping(history: Sequence[Pair]) -> float:
    """Measure how much bumpier the shares of ordinary hours are than chance would have them."""
    rates = _rate(history, 0), _rate(history, 1)
    bumps = []
    for start in range(0, len(history), HOUR):
        hour = history[start : start + HOUR]
        failed, others = (sum(pair[side][1] for pair in hour) for side in (0, 1))
        due = [rates[side] * sum(pair[side][0] for pair in hour) for side in (0, 1)]
        if failed + others and all(due):
            p, n = due[0] / sum(due), failed + others
            bumps.append((failed - p * n) ** 2 / (p * (1 - p) * n))
    return trimmed_clumping(bumps)


def _rate(history: Sequence[Pair], side: int) -> float:
    calls, failures = (sum(pair[side][which] for pair in history) for which in (0, 1))
    return (failures + 0.5) / (calls + 1)


@dataclass(frozen=True)
class Seen:
    """Hold what both parts have shown by the end of one minute."""

    minute: int
    touched: Minute
    untouched: Minute
    expected: float  # the touched part's share of all failures, if nothing changed
    log_evidence: float
    rise: float | None  # of the touched part's rate over the untouched part's


def incomparable(touched: Baseline, untouched: Baseline, parameters: Parameters = DEFAULTS) -> str:
    """Say why the untouched part is no control for the touched one; nothing where it is."""
    if not touched.calls:
        return "the touched part had no calls before"
    if not untouched.calls:
        return "the untouched part had no calls before"
    least = parameters.control_failures
    if untouched.failures < least:
        return (
            f"the untouched part failed {untouched.failures} times before, and {least} are asked"
        )
    usual = _per_minute(untouched), _per_minute(touched) * parameters.control_share
    if usual[0] < usual[1]:
        share = f"{parameters.control_share * 100:.0f} %"
        return f"the untouched part fails less than {share} as often as the touched one"
    return ""


def _per_minute(baseline: Baseline) -> float:
    """Return the failures of an ordinary minute."""
    return baseline.rate * baseline.calls / max(baseline.minutes, 1)


def watched(control: Control, elapsed: int, parameters: Parameters = DEFAULTS) -> Iterator[Seen]:
    """Replay every minute; each slice is shared out by its own calls."""
    closed = dict.fromkeys(parameters.ratios, 0.0)
    kept = raw = 0.0
    whole: Pair = ((0, 0), (0, 0))
    part: Pair = ((0, 0), (0, 0))
    expected = (0.0, 0.0)
    for minute in range(1, min(elapsed, parameters.extended_minutes) + 1):
        if minute <= len(control.minutes):
            new = control.minutes[minute - 1]
            whole, part = _added(whole, new), _added(part, new)
            due = _due(control, new)
            expected = expected[0] + due[0], expected[1] + due[1]
        single = {r: closed[r] + _ratio(control, part, r) for r in parameters.ratios}
        fresh = _mixture(single)
        evidence = kept + min(fresh - raw, math.log(parameters.slice_cap))
        if minute % parameters.slice_minutes == 0:
            closed, kept, raw, part = single, evidence, fresh, ((0, 0), (0, 0))
        total = sum(expected)
        yield Seen(
            minute=minute,
            touched=whole[0],
            untouched=whole[1],
            expected=expected[0] / total if total else 0.0,
            log_evidence=evidence,
            rise=_rise(whole, expected),
        )


def _added(a: Pair, b: Pair) -> Pair:
    (tc, tf), (uc, uf) = a
    return (tc + b[0][0], tf + b[0][1]), (uc + b[1][0], uf + b[1][1])


def _due(control: Control, pair: Pair) -> tuple[float, float]:
    """Return how many failures the old rates would give."""
    return control.touched.rate * pair[0][0], control.untouched.rate * pair[1][0]


def _ratio(control: Control, part: Pair, ratio: float) -> float:
    """Weigh "the touched part fails so many times as often" against "nothing changed"."""
    (_, failed), (_, others) = part
    touched, untouched = _due(control, part)
    if not (touched and untouched and failed + others):
        return 0.0  # one part alone cannot say whose fault it is
    same, more = touched / (touched + untouched), ratio * touched / (ratio * touched + untouched)
    told = failed * math.log(more / same) + others * math.log((1 - more) / (1 - same))
    return told / control.clumping


def _mixture(single: dict[float, float]) -> float:
    top = max(single.values())
    return top + math.log(sum(math.exp(v - top) for v in single.values()) / len(single))


def _rise(whole: Pair, expected: tuple[float, float]) -> float | None:
    """Compare both parts' failures with what they should be; too few count against a rise."""
    if not (expected[0] and expected[1]):
        return None
    beside = (whole[1][1] + 0.5) / (expected[1] + 0.5)
    return whole[0][1] / expected[0] / beside
