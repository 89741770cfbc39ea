"""Is a day's count judged against the usual without crying wolf, and without missing the wolf?"""

import math
import random

import pytest

from telemetry.patterns import weight
from telemetry.patterns.weight import Weighed, weigh


def poisson(mean: float, dice: random.Random) -> int:
    """Draw by counting waits; large means by halves."""
    if mean > 30:
        return poisson(mean / 2, dice) + poisson(mean / 2, dice)
    limit, product, count = math.exp(-mean), dice.random(), 0
    while product > limit:
        product *= dice.random()
        count += 1
    return count


def clumped(mean: float, scatter: float, dice: random.Random) -> int:
    """Draw a day from a negative binomial whose variance is so many times its mean."""
    shape = mean / (scatter - 1)
    return poisson(dice.gammavariate(shape, scatter - 1), dice)


@pytest.mark.parametrize("mean", [0.3, 2.0, 20.0])
def test_a_usual_day_is_rarely_called_a_burst(mean: float) -> None:
    dice = random.Random(7)  # noqa: S311  # the same days in every run
    days = [[poisson(mean, dice) for _ in range(8)] for _ in range(300)]
    alarms = sum(weigh(week[-1], week[:-1]).burst for week in days)
    assert alarms <= 300 * 0.004


@pytest.mark.parametrize("scatter", [2.0, 5.0])
@pytest.mark.parametrize("mean", [3.0, 30.0])
def test_days_that_clump_by_nature_are_rarely_called_a_burst(mean: float, scatter: float) -> None:
    dice = random.Random(8)  # noqa: S311  # the same days in every run
    days = [[clumped(mean, scatter, dice) for _ in range(8)] for _ in range(300)]
    alarms = sum(weigh(week[-1], week[:-1]).burst for week in days)
    assert alarms <= 300 * 0.02


@pytest.mark.parametrize(("mean", "times"), [(2.0, 15), (20.0, 5), (200.0, 3)])
def test_a_real_burst_is_nearly_always_seen(mean: float, times: int) -> None:
    dice = random.Random(9)  # noqa: S311  # the same days in every run
    weeks = [[poisson(mean, dice) for _ in range(7)] for _ in range(100)]
    seen = sum(weigh(poisson(mean * times, dice), week).burst for week in weeks)
    assert seen >= 100 * 0.9


def test_the_interval_of_the_usual_holds_the_truth_about_as_often_as_it_says() -> None:
    dice = random.Random(10)  # noqa: S311  # the same days in every run
    held = 0
    for _ in range(300):
        usual = weigh(0, [poisson(5.0, dice) for _ in range(7)]).usual
        assert usual is not None
        held += usual.low <= 5.0 <= usual.high
    assert held >= 280


def test_a_pattern_without_a_past_has_no_usual_and_no_burst() -> None:
    assert weigh(500, [3]) == Weighed(500)
    assert not weigh(500, [3]).burst
    assert str(weigh(500, [])) == "500 in 24 h, too new for a usual"


def test_the_words_name_count_usual_and_interval() -> None:
    assert str(weigh(31, [2, 1, 3, 2, 2, 3, 1])) == "31 in 24 h, usual 2.1 (1.1–3.3)"


def test_a_week_of_nothing_is_no_proof_that_nothing_ever_happens() -> None:
    assert not weigh(2, [0] * 7).burst
    assert weigh(5, [0] * 7).burst


def test_only_the_last_seven_days_count() -> None:
    assert weigh(9, [1000, *[2] * 7]) == weigh(9, [2] * 7)


@pytest.mark.parametrize(
    ("x", "a", "b", "expected"),
    [(0.5, 1, 1, 0.5), (0.3, 2, 3, 0.3483), (0.9, 10, 2, 0.6974), (0.01, 3, 40, 0.0086)],
)
def test_the_beta_share_agrees_with_tables(x: float, a: float, b: float, expected: float) -> None:
    assert weight.beta_share(x, a, b) == pytest.approx(expected, abs=6e-5)


def test_the_negative_binomial_tail_agrees_with_its_sum() -> None:
    mean, spread = 4.0, 12.0
    size = mean * mean / (spread - mean)
    p = size / (size + mean)
    below = sum(
        math.exp(math.lgamma(k + size) - math.lgamma(size) - math.lgamma(k + 1))
        * p**size
        * (1 - p) ** k
        for k in range(10)
    )
    assert weight.at_least(10, mean, spread) == pytest.approx(1 - below, rel=1e-9)


@pytest.mark.parametrize(("share", "shape", "expected"), [(0.5, 1.0, 0.6931), (0.975, 5, 10.2416)])
def test_gamma_quantiles_agree_with_tables(share: float, shape: float, expected: float) -> None:
    assert weight.gamma_quantile(share, shape) == pytest.approx(expected, abs=1e-4)


def test_large_gammas_take_the_short_way_to_the_same_place() -> None:
    exact = weight._bisected(lambda x: weight.gamma_share(350.0, x), 0.975, 800.0)
    assert weight.gamma_quantile(0.975, 350.0) == pytest.approx(exact, rel=1e-4)


@pytest.mark.parametrize(
    ("count", "sessions", "failing", "burst", "expected"),
    [
        (2, 2, 1.0, False, "low"),
        (2, 2, 1.0, True, "low"),
        (3, 1, 0.1, False, "medium"),
        (3, 1, 0.1, True, "high"),
        (50, 1, 0.1, False, "high"),
        (20, 20, 0.1, False, "high"),
        (100, 20, 0.9, False, "critical"),
        (100, 19, 0.9, False, "high"),
        (100, 20, 0.5, True, "high"),
    ],
)
def test_severity_follows_a_days_counts(
    count: int, sessions: int, failing: float, burst: bool, expected: str
) -> None:
    found = weight.grade(count=count, sessions=sessions, failing=failing, burst=burst)
    assert found == expected


def test_systemic_says_why_or_nothing() -> None:
    few = weight.systemic(count=2, sessions=2, agents=2, failing=1.0, burst=True)
    wide = weight.systemic(count=9, sessions=4, agents=2, failing=0.6, burst=True)
    one = weight.systemic(count=9, sessions=1, agents=1, failing=0.1, burst=False)
    assert few == one == ""
    assert wide == (
        "2 agents in 4 sessions meet it and 60 % of the calls fail and it is far above its usual"
    )


@pytest.mark.parametrize(
    ("after", "after_days", "before", "before_days", "expected"),
    [(0, 1, 0, 1, False), (1, 10, 0, 1, False), (10, 1, 1, 1, True), (5, 1, 4, 1, False)],
)
def test_a_rate_has_risen_only_beyond_chance(
    after: int, after_days: float, before: int, before_days: float, expected: bool
) -> None:
    assert weight.rate_has_risen(after, after_days, before, before_days) is expected
