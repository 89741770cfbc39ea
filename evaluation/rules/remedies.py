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
FIRST_WAIT_STEPS = 4
BELOW_THE_LIMIT = Decimal("0.9")
ABOVE_THE_NEED = Decimal("1.1")

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
    """Hold the figures that a rule and a condition may look at; code counts them all."""

    calls: int
    failures: int
    latencies_ms: Sequence[float] = ()
    answered_per_second: float | None = None  # in the busiest minute
    count: int = 0  # of this failure, among all failures of the component
    sessions: int = 0
    minutes: float = 0  # from the first occurrence to the last
    failed_latencies_ms: Sequence[float] = ()
    followed: int = 0  # failures after which the same session called again
    recovered: int = 0  # of those, the ones whose next call succeeded
    hurried: int = 0  # of those, the ones whose next call came within two seconds
    together: int = 0  # calls of the component that ran at one time, at most
    limit: Number | None = None  # what the messages say is allowed
    asked: Number | None = None  # what they say was asked for


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


def double(measured: Measured, current: Decimal, bounds: Bounds) -> Decimal:
    """Double a value, by one step at least."""
    return _raised(current, max(2 * current, current + _of(bounds.step)), bounds)


def halve(measured: Measured, current: Decimal, bounds: Bounds) -> Decimal:
    """Halve a value, by one step at least."""
    return _lowered(current, min(current / 2, current - _of(bounds.step)), bounds)


def raise_by_half(measured: Measured, current: Decimal, bounds: Bounds) -> Decimal:
    """Raise a value by half of it, by one step at least."""
    wanted = current * Decimal("1.5")
    return _raised(current, max(wanted, current + _of(bounds.step)), bounds)


def one_step_up(measured: Measured, current: Decimal, bounds: Bounds) -> Decimal:
    """Raise a value by one step."""
    return _raised(current, current + _of(bounds.step), bounds)


def lower_by_a_tenth(measured: Measured, current: Decimal, bounds: Bounds) -> Decimal:
    """Lower a value by a tenth, by one step at least."""
    wanted = current * Decimal("0.9")
    return _lowered(current, min(wanted, current - _of(bounds.step)), bounds)


def retry_at_all(measured: Measured, current: Decimal, bounds: Bounds) -> Decimal:
    """Allow two retries where there are none."""
    if current != 0:
        raise NoRemedy(f"it is already retried {_shown(current)} times")
    return _raised(current, Decimal(FIRST_RETRIES), bounds)


def wait_at_all(measured: Measured, current: Decimal, bounds: Bounds) -> Decimal:
    """Wait a few steps where there is no wait."""
    if current != 0:
        raise NoRemedy(f"there is a wait of {_shown(current)} already")
    return _raised(current, FIRST_WAIT_STEPS * _of(bounds.step), bounds)


def stay_below_limit(measured: Measured, current: Decimal, bounds: Bounds) -> Decimal:
    """Lower a value to nine tenths of the limit that the messages state.

    A value below that already was overrun by what it does not count: it falls by as much.
    """
    if measured.limit is None or measured.limit <= 0:
        raise NoRemedy("no message states the limit")
    wanted = BELOW_THE_LIMIT * _of(measured.limit)
    if measured.asked is not None and measured.asked > measured.limit:
        share = _of(measured.limit) / _of(measured.asked)
        wanted = min(wanted, BELOW_THE_LIMIT * share * current)
    if wanted >= current:
        limit = _shown(_of(measured.limit))
        raise NoRemedy(f"it is {_shown(current)}, well below the stated limit of {limit}")
    return _lowered(current, wanted, bounds)


def cover_the_need(measured: Measured, current: Decimal, bounds: Bounds) -> Decimal:
    """Raise a value a tenth above what the messages say was asked for."""
    if measured.asked is None:
        raise NoRemedy("no message states how much was asked for")
    return _raised(current, ABOVE_THE_NEED * _of(measured.asked), bounds)


RULES: Mapping[str, Rule] = {
    rule.__name__: rule
    for rule in (
        cover_slow_calls,
        slow_down,
        double,
        halve,
        raise_by_half,
        one_step_up,
        lower_by_a_tenth,
        retry_at_all,
        wait_at_all,
        stay_below_limit,
        cover_the_need,
    )
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
