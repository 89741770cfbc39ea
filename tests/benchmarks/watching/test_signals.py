"""Do several signals together take back what harms, and err no more often than one?"""

import random

import pytest

from benchmarks.statistics import DEFAULTS, Decision, Minute, Verdict, baseline_of, decide
from benchmarks.watching.signals import Signal, corrected, judge, together, told
from tests.perf.traffic import binomial

USUAL = [(20, 1)] * 1440
RULE = corrected(DEFAULTS, 2)


def signal(since: list[Minute], name: str = "slow calls") -> Signal:
    return Signal(name, baseline_of(USUAL), since)


def first(since: list[Minute], elapsed: int | None = None) -> Decision:
    return decide(baseline_of(USUAL), since, elapsed or len(since), RULE)


def test_each_of_several_signals_needs_so_many_times_the_evidence() -> None:
    assert corrected(DEFAULTS, 3).evidence == 150
    assert corrected(DEFAULTS, 1) == DEFAULTS


def test_slow_calls_alone_take_a_change_back() -> None:
    calm: list[Minute] = [(20, 1)] * 60
    said = together(first(calm), [signal([(20, 6)] * 60)], 60, RULE)
    assert said.verdict is Verdict.REVERT
    assert said.reason.startswith("More slow calls: ")
    assert "against 5 % before (+" in said.reason
    assert said.minute < 60


def test_nothing_is_plainly_broken_because_it_is_slow() -> None:
    said = judge(signal([(20, 20)] * 3), 3, RULE)
    assert said.verdict is Verdict.WAIT


def test_a_success_waits_while_another_signal_leans_to_a_rise() -> None:
    calm: list[Minute] = [(20, 0)] * 70
    assert first(calm).verdict is Verdict.IMPLEMENTED
    leaning: list[Minute] = [(20, 2 if minute > 40 else 1) for minute in range(70)]
    said = together(first(calm), [signal(leaning)], 70, RULE)
    assert said.verdict is Verdict.WAIT
    assert said.reason.startswith("Watching: failures did not rise, and perhaps slow calls: 99 in")


def test_one_that_calms_down_lets_it_pass_later() -> None:
    leaning: list[Minute] = [(20, 2 if minute > 40 else 1) for minute in range(70)]
    since = [*leaning, *[(20, 0)] * 60]
    calm: list[Minute] = [(20, 0)] * len(since)
    said = together(first(calm), [signal(since)], len(since), RULE)
    assert said.verdict is Verdict.IMPLEMENTED
    assert 70 < said.minute < 90


def test_calm_signals_change_nothing() -> None:
    calm: list[Minute] = [(20, 0)] * 70
    assert together(first(calm), [signal(calm)], 70, RULE) == first(calm)
    assert together(first(calm), [], 70, RULE) == first(calm)


def test_a_revert_stands_whatever_the_others_say() -> None:
    bad: list[Minute] = [(20, 19)] * 10
    assert together(first(bad), [signal([(20, 0)] * 10)], 10, RULE) == first(bad)


def test_silence_of_a_signal_holds_nothing_up() -> None:
    calm: list[Minute] = [(20, 0)] * 70
    assert together(first(calm), [signal([(0, 0)] * 70)], 70, RULE).verdict is Verdict.IMPLEMENTED
    assert told(signal([]), judge(signal([]), 5, RULE)) == "slow calls: no calls yet."


def test_what_leans_until_the_end_is_inconclusive() -> None:
    rule = corrected(DEFAULTS, 10**6)
    calm: list[Minute] = [(20, 0)] * 1440
    leaning: list[Minute] = [(20, 1 + int(minute % 3 == 0)) for minute in range(1440)]
    begun = decide(baseline_of(USUAL), calm, 1440, rule)
    assert begun.verdict is Verdict.IMPLEMENTED
    said = together(begun, [signal(leaning)], 1440, corrected(DEFAULTS, 10**12))
    assert said.verdict is Verdict.INCONCLUSIVE
    assert said.reason.startswith("Inconclusive, failures did not rise, and perhaps slow calls: ")


@pytest.mark.parametrize("effect", [1.0, 3.0])
def test_three_signals_err_no_more_often_than_one(effect: float) -> None:
    rng, rule = random.Random(21), corrected(DEFAULTS, 3)  # noqa: S311
    reverted = 0
    for _ in range(40):
        drawn = [[(20, binomial(rng, 20, 0.05)) for _ in range(240)] for _ in range(4)]
        drawn[3] = [(20, binomial(rng, 20, 0.05 * effect)) for _ in range(240)]
        usual = baseline_of([(20, binomial(rng, 20, 0.05)) for _ in range(1440)])
        others = [Signal(name, usual, since) for name, since in zip("ab", drawn[2:], strict=True)]
        begun = decide(usual, drawn[0], 240, rule)
        reverted += together(begun, others, 240, rule).verdict is Verdict.REVERT
    assert reverted <= 1 if effect == 1 else reverted >= 38
