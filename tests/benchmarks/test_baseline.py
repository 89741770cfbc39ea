"""What counts as normal before a deployment."""

import random

import pytest

from benchmarks.statistics import DEFAULTS, Minute, baseline_of

DAY = 1440


def test_one_day_is_enough_when_it_holds_a_hundred_failures() -> None:
    week = [(5, 5)] * (6 * DAY) + [(5, 0)] * (DAY - 100) + [(5, 1)] * 100
    baseline = baseline_of(week)
    assert (baseline.calls, baseline.failures, baseline.minutes) == (5 * DAY, 100, DAY)


def test_days_are_added_back_until_a_hundred_failures_are_together() -> None:
    day = [(5, 0)] * (DAY - 40) + [(5, 1)] * 40
    baseline = baseline_of(day * 7)
    assert (baseline.failures, baseline.minutes) == (120, 3 * DAY)


def test_no_more_than_seven_days_are_taken() -> None:
    baseline = baseline_of([(1, 1)] * (3 * DAY) + [(1, 0)] * (7 * DAY))
    assert (baseline.failures, baseline.minutes) == (0, 7 * DAY)


def test_the_rate_is_never_exactly_zero() -> None:
    assert baseline_of([(10, 0)] * 60).rate == pytest.approx(0.5 / 601)


def test_a_short_history_is_taken_whole() -> None:
    baseline = baseline_of([(10, 1)] * 24)
    assert (baseline.calls, baseline.failures, baseline.minutes) == (240, 24, 24)


def test_without_history_the_baseline_says_that_it_knows_nothing() -> None:
    baseline = baseline_of([])
    assert (baseline.calls, baseline.weight, baseline.clumping) == (0, 1.0, 1.0)


def test_hours_without_calls_count_neither_way() -> None:
    active = [(10, 1)] * 60
    assert baseline_of(active + [(0, 0)] * 600 + active).clumping == 1.0


def test_independent_failures_are_not_called_clumped() -> None:
    rng = random.Random(7)  # noqa: S311
    minutes = [(20, sum(rng.random() < 0.05 for _ in range(20))) for _ in range(7 * DAY)]
    assert baseline_of(minutes).clumping < 1.3


def test_failures_in_runs_are_called_clumped() -> None:
    rng = random.Random(7)  # noqa: S311
    minutes: list[Minute] = []
    for _ in range(7 * DAY):
        minutes.append((20, 10 if rng.random() < 0.05 else 0))
    assert baseline_of(minutes).clumping > 4


def test_the_worst_tenth_of_hours_does_not_blow_up_the_clumping() -> None:
    calm = [(20, 1)] * (23 * 60)
    incident = [(20, 18)] * 60
    with_incident = baseline_of(calm + incident).clumping
    without = baseline_of(calm).clumping
    assert without == 1.0
    assert with_incident < 100


def test_clumping_makes_the_baseline_weigh_less() -> None:
    rng = random.Random(3)  # noqa: S311
    bumpy = [(20, 10 if rng.random() < 0.1 else 0) for _ in range(7 * DAY)]
    baseline = baseline_of(bumpy)
    assert baseline.weight == pytest.approx((baseline.calls + 1) / baseline.clumping - 1)
    assert baseline.weight < baseline.calls / 2


def test_the_parameters_cannot_be_changed_under_way() -> None:
    with pytest.raises(AttributeError):
        DEFAULTS.evidence = 5  # type: ignore[misc]
