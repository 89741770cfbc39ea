"""To which value should one bounded setting move, given what was measured?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import ceil
from typing import Protocol

ENOUGH_LATENCIES = 3
NEAR_THE_LIMIT = Decimal("0.9")
ROOM_ABOVE_P99 = Decimal("1.6")
FIRST_RETRIES = 2

Number = int | float


class NoRemedy(Exception):
    """Say why a setting is left as it is."""


class Bounds(Protocol):
    """Describe how far a setting may move."""

    @property
    def min(self) -> Number: ...
    @property
    def max(self) -> Number: ...
    @property
    def step(self) -> Number: ...
    @property
    def largest_change(self) -> Number: ...


@dataclass(frozen=True)
class Measured:
    """Hold the figures that a rule may look at."""

    calls: int
    failures: int
    latencies_ms: Sequence[float] = ()
    answered_per_second: float | None = None  # in the busiest minute


Rule = Callable[[Measured, Decimal, Bounds], Decimal]


def next_value(rule: str, measured: Measured, current: object, bounds: Bounds) -> Number:
    """Apply a rule to a setting's current value; raise NoRemedy with the reason."""
    if isinstance(current, bool) or not isinstance(current, int | float) or current != current:
        raise NoRemedy(f"its value {current!r} is not a number")
    old = Decimal(str(current))
    new = RULES[rule](measured, old, bounds)
    whole = new == new.to_integral_value() and not isinstance(current, float)
    return int(new) if whole else float(new)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest measured value that the given share of values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def cover_slow_calls(measured: Measured, current: Decimal, bounds: Bounds) -> Decimal:
    """Raise a time limit that most calls reach, so that it lies above the slow calls."""
    if len(measured.latencies_ms) < ENOUGH_LATENCIES:
        raise NoRemedy(f"only {len(measured.latencies_ms)} latencies were measured")
    p95 = Decimal(str(percentile(measured.latencies_ms, 0.95)))
    if p95 < NEAR_THE_LIMIT * current:
        text = f"95 % of its calls took at most {_shown(p95)} ms, well inside {_shown(current)} ms"
        raise NoRemedy(f"{text}: more time would not help")
    p99 = Decimal(str(percentile(measured.latencies_ms, 0.99)))
    return _raised(current, (ROOM_ABOVE_P99 * p99).to_integral_value(ROUND_CEILING), bounds)


def slow_down(measured: Measured, current: Decimal, bounds: Bounds) -> Decimal:
    """Lower a rate to what was answered, less a tenth, and to where it begins to bind.

    A permitted rate above what is ever sent holds nothing back, however often it is lowered.
    """
    if measured.calls <= 0 or measured.failures > measured.calls:
        raise NoRemedy("the share of refused calls is unknown")
    answered = Decimal(measured.calls - measured.failures) / Decimal(measured.calls)
    wanted = current * answered * Decimal("0.9")
    if measured.answered_per_second is not None:
        wanted = min(wanted, _of(measured.answered_per_second))
    return _lowered(current, wanted, bounds)


def wait_longer(measured: Measured, current: Decimal, bounds: Bounds) -> Decimal:
    """Double a wait."""
    return _raised(current, max(2 * current, current + Decimal(str(bounds.step))), bounds)


def retry_at_all(measured: Measured, current: Decimal, bounds: Bounds) -> Decimal:
    """Allow two retries where there are none."""
    if current != 0:
        raise NoRemedy(f"it is already retried {_shown(current)} times")
    return _raised(current, Decimal(FIRST_RETRIES), bounds)


def retry_once_more(measured: Measured, current: Decimal, bounds: Bounds) -> Decimal:
    """Allow one retry more."""
    return _raised(current, current + Decimal(str(bounds.step)), bounds)


RULES: Mapping[str, Rule] = {
    "cover_slow_calls": cover_slow_calls,
    "slow_down": slow_down,
    "wait_longer": wait_longer,
    "retry_at_all": retry_at_all,
    "retry_once_more": retry_once_more,
}


def _raised(current: Decimal, wanted: Decimal, bounds: Bounds) -> Decimal:
    """Move up to the wanted value, on the grid, inside both the range and the largest change."""
    farthest = min(_of(bounds.max), current + _of(bounds.largest_change))
    new = min(_on_grid(wanted, bounds, ROUND_CEILING), _on_grid(farthest, bounds, ROUND_FLOOR))
    if new <= current or new < _of(bounds.min):
        raise NoRemedy(_stuck(current, "higher", bounds))
    return new


def _lowered(current: Decimal, wanted: Decimal, bounds: Bounds) -> Decimal:
    """Move down to the wanted value, on the grid, inside both the range and the largest change."""
    farthest = max(_of(bounds.min), current - _of(bounds.largest_change))
    new = max(_on_grid(wanted, bounds, ROUND_FLOOR), _on_grid(farthest, bounds, ROUND_CEILING))
    if new >= current or new > _of(bounds.max):
        raise NoRemedy(_stuck(current, "lower", bounds))
    return new


def _on_grid(value: Decimal, bounds: Bounds, rounding: str) -> Decimal:
    start, step = _of(bounds.min), _of(bounds.step)
    return start + ((value - start) / step).to_integral_value(rounding) * step


def _stuck(current: Decimal, direction: str, bounds: Bounds) -> str:
    permitted = f"{_shown(_of(bounds.min))} to {_shown(_of(bounds.max))}"
    return (
        f"it is {_shown(current)} already; no {direction} value lies within {permitted} "
        f"and reach of one change (at most {_shown(_of(bounds.largest_change))})"
    )


def _of(number: Number) -> Decimal:
    return Decimal(str(number))


def _shown(number: Decimal) -> str:
    return f"{number.normalize():f}"
