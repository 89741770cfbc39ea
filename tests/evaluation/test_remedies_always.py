"""Whatever was measured: is a new value always on the grid, in bounds, in reach and different?"""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from evaluation.rules.remedies import RULES, Measured, NoRemedy, next_value


@dataclass(frozen=True)
class Range:
    """Bound a setting in a test."""

    min: int
    max: int
    step: int
    largest_change: int


@st.composite
def ranges(draw: st.DrawFn) -> Range:
    low = draw(st.integers(0, 1000))
    return Range(
        min=low,
        max=low + draw(st.integers(0, 10_000)),
        step=draw(st.integers(1, 500)),
        largest_change=draw(st.integers(1, 5000)),
    )


@st.composite
def figures(draw: st.DrawFn) -> Measured:
    calls = draw(st.integers(0, 1_000_000))
    return Measured(
        calls=calls,
        failures=draw(st.integers(0, max(1, calls))),
        latencies_ms=draw(st.lists(st.floats(0, 1e7), max_size=30)),
        answered_per_second=draw(st.none() | st.floats(0, 1e5)),
        limit=draw(st.none() | st.integers(0, 10**15)),
        asked=draw(st.none() | st.integers(0, 10**15)),
    )


FALLING = {"slow_down", "halve", "lower_by_a_tenth", "stay_below_limit"}


@given(st.sampled_from(sorted(RULES)), figures(), st.integers(0, 20_000), ranges())
def test_a_new_value_keeps_every_promise(
    rule: str, measured: Measured, current: int, bounds: Range
) -> None:
    try:
        new = next_value(rule, measured, current, bounds)
    except NoRemedy:
        return
    assert isinstance(new, int)
    assert bounds.min <= new <= bounds.max
    assert (new - bounds.min) % bounds.step == 0
    assert 0 < abs(new - current) <= bounds.largest_change
    assert (new > current) == (rule not in FALLING)


@given(figures(), st.integers(100, 10_000))
def test_the_same_figures_give_the_same_value(measured: Measured, current: int) -> None:
    bounds = Range(min=100, max=10_000, step=50, largest_change=2000)

    def value() -> object:
        try:
            return next_value("cover_slow_calls", measured, current, bounds)
        except NoRemedy as refusal:
            return str(refusal)

    assert value() == value()
