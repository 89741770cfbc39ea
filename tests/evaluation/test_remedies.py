"""Does each rule move a setting only where it helps, on the grid and inside the bounds?"""

from dataclasses import dataclass

import pytest

from evaluation.rules.remedies import RULES, Measured, NoRemedy, Number, next_value, percentile


@dataclass(frozen=True)
class Range:
    """Bound a setting in a test."""

    min: Number = 100
    max: Number = 10000
    step: Number = 50
    largest_change: Number = 2000


RETRIES = Range(min=0, max=5, step=1, largest_change=2)
RATE = Range(min=1, max=50, step=1, largest_change=10)


def slow(*latencies: float) -> Measured:
    return Measured(calls=len(latencies), failures=3, latencies_ms=latencies)


def refused(failures: int, calls: int) -> Measured:
    return Measured(calls=calls, failures=failures)


@pytest.mark.parametrize(
    ("latencies", "current", "bounds", "new"),
    [
        ((402, 402, 402), 400, Range(), 650),  # 643.2 lies between two steps: the upper one
        ((500, 500, 500), 500, Range(), 800),  # exactly on a step
        ((400.5, 400.5, 400.5), 400, Range(), 650),
        ((4000, 4000, 4000), 400, Range(), 2400),  # the largest change stops it
        ((9000, 9000, 9000), 9000, Range(), 10000),  # the upper bound stops it
        ((402, 402, 402), 410, Range(), 650),  # a value off the grid comes onto it
        ((4000, 4000, 4000), 410, Range(), 2400),  # reach 2410 is off the grid: below it
    ],
)
def test_a_time_limit_rises_above_the_slow_calls(
    latencies: tuple[float, ...], current: int, bounds: Range, new: int
) -> None:
    assert next_value("cover_slow_calls", slow(*latencies), current, bounds) == new


@pytest.mark.parametrize(
    ("latencies", "current", "told"),
    [
        ((402, 402), 400, "only 2 latencies"),
        ((), 400, "only 0 latencies"),
        ((100, 120, 359), 400, "well inside 400 ms: more time would not help"),
        ((10000, 10000, 10000), 10000, "it is 10000 already"),
    ],
)
def test_a_time_limit_stays_where_more_time_would_not_help(
    latencies: tuple[float, ...], current: int, told: str
) -> None:
    with pytest.raises(NoRemedy, match=told):
        next_value("cover_slow_calls", slow(*latencies), current, Range())


def test_ninety_percent_of_the_limit_is_near_enough() -> None:
    assert next_value("cover_slow_calls", slow(360, 360, 360), 400, Range()) == 600


@pytest.mark.parametrize(
    ("failures", "calls", "current", "new"),
    [
        (50, 100, 20, 10),  # 9 wanted, but one change reaches down by ten only
        (20, 100, 20, 14),  # 14.4 lies between two steps: the lower one
        (1, 1000, 20, 17),
        (1, 100, 2, 1),
        (100, 100, 5, 1),  # the lower bound stops it
    ],
)
def test_a_rate_falls_below_what_was_answered(
    failures: int, calls: int, current: int, new: int
) -> None:
    assert next_value("slow_down", refused(failures, calls), current, RATE) == new


@pytest.mark.parametrize(("answered", "new"), [(1.4, 1), (4.0, 4), (30.0, 16), (0.2, 1)])
def test_a_rate_falls_to_where_it_begins_to_bind(answered: float, new: int) -> None:
    measured = Measured(calls=1000, failures=100, answered_per_second=answered)
    bounds = Range(min=1, max=50, step=1, largest_change=50)
    assert next_value("slow_down", measured, 20, bounds) == new


@pytest.mark.parametrize(("failures", "calls"), [(0, 0), (5, 3)])
def test_a_rate_stays_when_the_share_of_refusals_is_unknown(failures: int, calls: int) -> None:
    with pytest.raises(NoRemedy, match="unknown"):
        next_value("slow_down", refused(failures, calls), 20, RATE)


def test_a_rate_at_its_lower_bound_stays() -> None:
    with pytest.raises(NoRemedy, match="it is 1 already; no lower value"):
        next_value("slow_down", refused(5, 10), 1, RATE)


@pytest.mark.parametrize(
    ("rule", "current", "bounds", "new"),
    [
        ("double", 0, Range(min=0, largest_change=1000), 50),
        ("double", 200, Range(min=0, largest_change=1000), 400),
        ("double", 2000, Range(min=0, largest_change=1000), 3000),
        ("retry_at_all", 0, RETRIES, 2),
        ("retry_at_all", 0, Range(min=0, max=1, step=1, largest_change=5), 1),
        ("one_step_up", 1, RETRIES, 2),
        ("one_step_up", 4, RETRIES, 5),
    ],
)
def test_waits_and_retries_rise_by_little(
    rule: str, current: int, bounds: Range, new: int
) -> None:
    value = next_value(rule, refused(3, 10), current, bounds)
    assert value == new
    assert isinstance(value, int)


@pytest.mark.parametrize(
    ("rule", "current", "told"),
    [
        ("retry_at_all", 1, "already retried 1 times"),
        ("one_step_up", 5, "it is 5 already"),
        ("one_step_up", 9, "it is 9 already"),  # beyond its bound: never moved further
    ],
)
def test_retries_stay_where_the_rule_does_not_apply(rule: str, current: int, told: str) -> None:
    with pytest.raises(NoRemedy, match=told):
        next_value(rule, refused(3, 10), current, RETRIES)


@pytest.mark.parametrize("current", ["400", None, True, [400], float("nan")])
@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_value_that_is_no_number_is_never_moved(rule: str, current: object) -> None:
    with pytest.raises(NoRemedy, match="is not a number"):
        next_value(rule, slow(402, 402, 402), current, Range())


def test_fractions_stay_exact_on_their_grid() -> None:
    bounds = Range(min=0.1, max=2, step=0.1, largest_change=1)
    assert next_value("one_step_up", refused(1, 2), 0.3, bounds) == 0.4


@pytest.mark.parametrize(("share", "value"), [(0.95, 95), (0.99, 99), (1.0, 100), (0.0, 1)])
def test_a_percentile_is_one_of_the_measured_values(share: float, value: int) -> None:
    assert percentile(list(range(100, 0, -1)), share) == value
