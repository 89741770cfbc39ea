"""How the score weighs counts against the baseline."""

import math

import pytest

from benchmarks.evidence import DEFAULTS, Baseline, score
from benchmarks.statistics import baseline_of, evidence_line, odds
from benchmarks.statistics import percent as written


def baseline(rate: float, *, calls: int = 10_000, clumping: float = 1.0) -> Baseline:
    return Baseline(
        calls=calls,
        failures=round(rate * calls),
        rate=rate,
        clumping=clumping,
        weight=max((calls + 1) / clumping - 1, 1.0),
        minutes=1440,
    )


def evidence(failures: int, calls: int, *, seen: int = 10_000, clumping: float = 1.0) -> float:
    return score(baseline(0.02, calls=seen, clumping=clumping), failures, calls)[0]


def test_no_calls_say_nothing() -> None:
    mixture, single = score(baseline(0.02), 0, 0)
    assert mixture == pytest.approx(0, abs=1e-9)
    assert set(single) == set(DEFAULTS.ratios)


def test_every_further_failure_speaks_for_a_rise() -> None:
    scores = [evidence(failures, 200) for failures in range(30)]
    assert scores == sorted(scores)


def test_every_further_call_that_succeeds_speaks_against_it() -> None:
    scores = [evidence(4, calls) for calls in range(10, 500, 20)]
    assert scores == sorted(scores, reverse=True)


def test_the_old_rate_itself_is_no_evidence() -> None:
    assert evidence(20, 1000) < 0


def test_twice_the_old_rate_is_strong_evidence() -> None:
    assert evidence(40, 1000) > math.log(50)


def test_clumped_failures_weigh_less() -> None:
    assert evidence(40, 1000, clumping=4.0) < evidence(40, 1000)


def test_a_short_baseline_cannot_convince_as_a_long_one_does() -> None:
    assert evidence(40, 1000, seen=100) < evidence(40, 1000, seen=100_000)


def test_the_mixture_lies_between_its_parts() -> None:
    mixture, single = score(baseline(0.02), 12, 300)
    assert min(single.values()) <= mixture <= max(single.values())


@pytest.mark.parametrize("rate", [0.0001, 0.3, 0.7, 0.96, 0.9999])
def test_every_rate_has_room_for_a_rise(rate: float) -> None:
    _, single = score(baseline(rate), 50, 50)
    assert all(value > 0 for value in single.values())


def test_more_failures_than_calls_do_not_break_it() -> None:
    assert math.isfinite(evidence(12, 10))


def test_huge_counts_stay_finite() -> None:
    assert math.isfinite(evidence(900_000, 1_000_000))


def test_slices_close_every_five_minutes() -> None:
    usual = baseline_of([(20, 1)] * 1440)
    line = evidence_line(usual, [(20, 0)] * 4 + [(20, 12)] * 2, 6)
    values = [point[3] for point in line]
    assert values[4] == pytest.approx(5, rel=0.01)  # capped within the first slice
    assert values[5] > values[4]  # the second slice may add again


def test_evidence_is_drawn_up_to_the_asked_minute_only() -> None:
    usual = baseline_of([(20, 1)] * 1440)
    assert [point[0] for point in evidence_line(usual, [(20, 1)] * 50, 7)] == list(range(1, 8))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (67.4, "67:1"),
        (1.0, "1:1"),
        (0.1, "1:10"),
        (0.004, "1:250"),
        (4.9e8, "beyond 1000000:1"),
        (2e-9, "beyond 1:1000000"),
    ],
)
def test_odds_are_told_on_the_side_they_speak_for(value: float, text: str) -> None:
    assert odds(value) == text


@pytest.mark.parametrize(
    ("rate", "text"), [(0.02, "2 %"), (0.0034, "0.34 %"), (0.5, "50 %"), (0.999, "100 %")]
)
def test_rates_are_written_as_people_read_them(rate: float, text: str) -> None:
    assert written(rate) == text
