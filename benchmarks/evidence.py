"""Answers how strongly counts of failures speak for a rise over what was normal before."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Minute = tuple[int, int]
"""Calls and failures of one minute."""

HOUR = 60


@dataclass(frozen=True)
class Parameters:
    """Fix what counts as proof, as big enough, and as long enough."""

    evidence: float = 50.0
    effect: float = 1.25
    least_failures: int = 3
    slice_minutes: int = 5
    slice_cap: float = 5.0
    ratios: tuple[float, ...] = (1.5, 2.0, 3.0, 5.0, 10.0)
    refutation: float = 10.0
    window_minutes: int = 60
    doubling_after_minutes: int = 360
    extended_minutes: int = 1440
    broken_share: float = 0.8
    broken_calls: int = 20
    broken_below: float = 0.4
    baseline_minutes: int = 1440
    baseline_days: int = 7
    baseline_failures: int = 100
    silence_calls: int = 100  # that ordinary traffic would have brought: their lack is no calm
    control_failures: int = 20  # of the untouched part before, so that its rate is known
    control_share: float = 0.25  # of the touched part's failures that the other has at least


DEFAULTS = Parameters()


@dataclass(frozen=True)
class Baseline:
    """Hold what was normal before the change."""

    calls: int
    failures: int
    rate: float
    clumping: float
    weight: float
    minutes: int


def baseline_of(minutes: Sequence[Minute], parameters: Parameters = DEFAULTS) -> Baseline:
    """Summarise the minutes before a deployment, oldest first; one day if that is enough."""
    day = parameters.baseline_minutes
    history = minutes[-day * parameters.baseline_days :]
    taken = day
    while taken < len(history) and sum(f for _, f in history[-taken:]) < (
        parameters.baseline_failures
    ):
        taken += day
    window = history[-taken:]
    calls = sum(c for c, _ in window)
    failures = sum(f for _, f in window)
    clumping = _clumping(history)
    return Baseline(
        calls=calls,
        failures=failures,
        rate=(failures + 0.5) / (calls + 1),
        clumping=clumping,
        weight=max((calls + 1) / clumping - 1, 1.0),
        minutes=len(window),
    )


def _clumping(history: Sequence[Minute]) -> float:
    """Measure how much bumpier ordinary hours are than independent failures would be."""
    hours = [_total(history[max(end - HOUR, 0) : end]) for end in range(len(history), 0, -HOUR)]
    calls, failures = _total(hours)
    rate = (failures + 0.5) / (calls + 1)
    return trimmed_clumping(
        [(f - rate * c) ** 2 / (rate * (1 - rate) * c) for c, f in hours if c > 0]
    )


def trimmed_clumping(bumps: Sequence[float]) -> float:
    """Compare the squared deviations of ordinary hours with those that chance alone gives."""
    kept = sorted(bumps)[: len(bumps) - len(bumps) // 10]
    if not kept:
        return 1.0
    # 0.623 is the mean of a chi-square variable with one degree of freedom without its top tenth.
    return max(1.0, sum(kept) / len(kept) / 0.623)


def _total(minutes: Sequence[Minute]) -> Minute:
    return sum(c for c, _ in minutes), sum(f for _, f in minutes)


def score(
    baseline: Baseline, failures: int, calls: int, parameters: Parameters = DEFAULTS
) -> tuple[float, dict[float, float]]:
    """Weigh "the rate rose" against "it is the old rate", as logs: the mixture and each ratio."""
    m, weight = baseline.rate, baseline.weight
    x, n = failures / baseline.clumping, max(calls, failures) / baseline.clumping
    same = _log_beta_binomial(x, n, m * weight, (1 - m) * weight)
    single = {}
    for ratio in parameters.ratios:
        q = _raised(m, ratio)
        single[ratio] = _log_beta_binomial(x, n, q * weight, (1 - q) * weight) - same
    top = max(single.values())
    mixture = top + math.log(sum(math.exp(v - top) for v in single.values()) / len(single))
    return mixture, single


def _raised(rate: float, ratio: float) -> float:
    """Raise a rate, staying below one; where nearly everything failed, half the way up is left."""
    raised = min(ratio * rate, 0.95)
    return raised if raised > rate else (1 + rate) / 2


def _log_beta_binomial(x: float, n: float, a: float, b: float) -> float:
    lg = math.lgamma
    return lg(a + x) + lg(b + n - x) - lg(a + b + n) - lg(a) - lg(b) + lg(a + b)


def wilson(failures: int, calls: int, z: float = 1.959964) -> tuple[float, float]:
    """Bound a rate with 95 % confidence; stays honest for few calls and for rates near 0 and 1."""
    if calls == 0:
        return 0.0, 1.0
    p, zz = failures / calls, z * z / calls
    middle = (p + zz / 2) / (1 + zz)
    half = z * math.sqrt(p * (1 - p) / calls + zz / calls / 4) / (1 + zz)
    return max(0.0, middle - half), min(1.0, middle + half)
