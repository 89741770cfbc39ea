"""Where the plot draws its lines, and what it says beside them."""

import pytest

from benchmarks.statistics import (
    Baseline,
    band,
    baseline_of,
    expected_minutes,
    lines,
    sentence,
    wilson,
)


def two_percent(*, clumping: float = 1.0) -> Baseline:
    return Baseline(
        calls=7200,
        failures=144,
        rate=144.5 / 7201,
        clumping=clumping,
        weight=7201 / clumping - 1,
        minutes=1440,
    )


@pytest.mark.parametrize(
    ("calls", "reverts"),
    [(10, 3), (20, 4), (50, 6), (100, 8), (200, 12), (500, 23), (1000, 38)],
)
def test_independent_failures_revert_at_these_counts(calls: int, reverts: int) -> None:
    assert lines(two_percent(), calls)[0] == reverts


@pytest.mark.parametrize(
    ("calls", "reverts"),
    [(10, 8), (20, 8), (50, 11), (100, 14), (200, 20), (500, 33), (1000, 52)],
)
def test_clumped_failures_need_more_of_them(calls: int, reverts: int) -> None:
    assert lines(two_percent(clumping=3), calls)[0] == reverts


def test_few_calls_can_never_clear_a_change() -> None:
    assert lines(two_percent(), 100)[1] is None


def test_a_thousand_calls_clear_it_up_to_eighteen_failures() -> None:
    assert lines(two_percent(), 1000)[1] == 18


def test_without_calls_there_is_no_line_at_all() -> None:
    assert lines(two_percent(), 0) == (None, None)


def test_two_calls_cannot_reach_three_failures() -> None:
    assert lines(two_percent(), 2)[0] is None


def test_the_sentence_names_both_lines_and_the_present_count() -> None:
    assert sentence(two_percent(), 1000, 24) == (
        "38 failures in 1000 calls would revert; 18 or fewer clears it; now 24."
    )


def test_the_sentence_admits_that_nothing_clears_it_yet() -> None:
    assert sentence(two_percent(), 20, 1) == (
        "4 failures in 20 calls would revert; nothing clears it yet; now 1."
    )


def test_the_sentence_admits_that_no_count_would_revert() -> None:
    assert sentence(two_percent(), 2, 0).startswith("No count in 2 calls would revert;")


def test_the_band_holds_what_the_old_rate_would_give() -> None:
    low, high = band(two_percent(), 1000)
    assert 10 < low < 12
    assert 28 < high < 30


def test_clumps_widen_the_band() -> None:
    narrow, wide = band(two_percent(), 1000), band(two_percent(clumping=3), 1000)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_the_band_never_leaves_the_possible_counts() -> None:
    assert band(two_percent(), 0) == (0, 0)
    low, high = band(two_percent(clumping=50), 5)
    assert low == 0
    assert high <= 5


def test_ruling_out_a_doubling_takes_seven_and_a_half_expected_failures() -> None:
    expected = expected_minutes(two_percent(), 1000 / 60)
    assert expected is not None
    assert expected.doubling == pytest.approx(7.5 / 0.02007 / (1000 / 60), rel=0.01)
    assert expected.half_more == pytest.approx(expected.doubling * 25 / 7.5)


def test_clumping_lengthens_the_expected_time() -> None:
    calm, bumpy = (expected_minutes(two_percent(clumping=d), 10) for d in (1, 3))
    assert calm is not None
    assert bumpy is not None
    assert bumpy.doubling == pytest.approx(3 * calm.doubling)


def test_without_traffic_no_time_is_promised() -> None:
    assert expected_minutes(two_percent(), 0) is None


@pytest.mark.parametrize(
    ("failures", "calls", "low", "high"),
    [(0, 10, 0.0, 0.278), (5, 10, 0.237, 0.763), (10, 10, 0.722, 1.0), (2, 100, 0.006, 0.070)],
)
def test_wilson_interval_matches_published_values(
    failures: int, calls: int, low: float, high: float
) -> None:
    assert wilson(failures, calls) == pytest.approx((low, high), abs=0.001)


def test_wilson_knows_nothing_without_calls() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_lines_rise_with_the_calls() -> None:
    baseline = baseline_of([(5, 0)] * 1400 + [(5, 4)] * 40)
    firsts = [lines(baseline, n)[0] or 0 for n in range(10, 2000, 90)]
    assert firsts == sorted(firsts)
