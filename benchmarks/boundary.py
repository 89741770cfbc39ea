"""Answers where the lines of a watch's plot run, and when they can be hoped to be reached."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.evidence import DEFAULTS, Baseline, Parameters, score


@dataclass(frozen=True)
class Expected:
    """Say how many minutes of this traffic it takes to rule a rise out."""

    doubling: float
    half_more: float


def lines(
    baseline: Baseline, calls: int, parameters: Parameters = DEFAULTS
) -> tuple[int | None, int | None]:
    """Return the first failure count that would revert and the highest that clears, if any."""
    enough, refuted = math.log(parameters.evidence), -math.log(parameters.refutation)
    large = parameters.effect * baseline.rate * calls
    lowest = max(parameters.least_failures, math.ceil(large - 1e-9))
    reverts = _first(lowest, calls, lambda x: score(baseline, x, calls, parameters)[0] >= enough)
    remains = _first(
        0, calls, lambda x: x >= large or score(baseline, x, calls, parameters)[1][1.5] > refuted
    )
    cleared = calls if remains is None else remains - 1
    return reverts, cleared if cleared >= 0 and calls else None


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int | None:
    """Find the first number from which a rising condition holds."""
    if low > high or not holds(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def band(baseline: Baseline, calls: int) -> tuple[float, float]:
    """Bound the failures that the old rate would give with 95 %, clumps included."""
    m = baseline.rate
    share = calls / baseline.clumping
    inflated = (baseline.weight + share) / (baseline.weight + 1)
    spread = 1.96 * math.sqrt(calls * baseline.clumping * m * (1 - m) * max(inflated, 1.0))
    return max(0.0, m * calls - spread), min(float(calls), m * calls + spread)


def sentence(
    baseline: Baseline, calls: int, failures: int, parameters: Parameters = DEFAULTS
) -> str:
    """Say in one line where the counts stand between revert and all clear."""
    reverts, cleared = lines(baseline, calls, parameters)
    revert = "No count" if reverts is None else f"{reverts} failures"
    clear = "nothing clears it yet" if cleared is None else f"{cleared} or fewer clears it"
    return f"{revert} in {calls} calls would revert; {clear}; now {failures}."


def expected_minutes(baseline: Baseline, calls_per_minute: float) -> Expected | None:
    """Estimate the minutes until a doubling, or half more, could be ruled out."""
    if calls_per_minute <= 0:
        return None
    unit = baseline.clumping / baseline.rate / calls_per_minute
    return Expected(doubling=7.5 * unit, half_more=25 * unit)
