"""What the rule answers for traffic that is plain, harmful, thin or absent."""

from dataclasses import replace

import pytest

from benchmarks.statistics import DEFAULTS, Decision, Minute, Verdict, baseline_of, decide

STEADY = baseline_of([(17, 0), (17, 1), (17, 0)] * 480)
"""A day at 1000 calls per hour with 2 % failing, evenly."""


def after(minutes: list[Minute], elapsed: int | None = None) -> Decision:
    return decide(STEADY, minutes, len(minutes) if elapsed is None else elapsed)


def test_right_after_the_deployment_it_waits() -> None:
    decision = decide(STEADY, [], 0)
    assert decision.verdict is Verdict.WAIT
    assert "too little data: no calls since the deployment" in decision.reason


@pytest.mark.parametrize("elapsed", [1, 59, 60, 600, 1439])
def test_no_calls_are_never_a_verdict(elapsed: int) -> None:
    decision = decide(STEADY, [(0, 0)] * elapsed, elapsed)
    assert decision.verdict is Verdict.WAIT
    assert decision.rise is None


def test_no_calls_for_a_day_end_as_inconclusive_by_name() -> None:
    decision = decide(STEADY, [], 1440)
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert decision.reason == ("Inconclusive, too little data: no calls since the deployment.")


def test_no_calls_before_the_deployment_are_too_little_data() -> None:
    nothing = baseline_of([])
    assert decide(nothing, [(10, 9)] * 30, 30).verdict is Verdict.WAIT
    ended = decide(nothing, [(10, 9)] * 30, 1440)
    assert ended.verdict is Verdict.INCONCLUSIVE
    assert "no calls before the deployment to compare with" in ended.reason


def test_a_plainly_broken_change_is_found_within_minutes() -> None:
    decision = after([(17, 15)] * 10)
    assert decision.verdict is Verdict.REVERT
    assert decision.minute == 2
    assert decision.reason == (
        "Plainly broken: 30 of the newest 34 calls failed, against 2 % before."
    )


def test_the_fast_lane_needs_twenty_calls() -> None:
    assert after([(3, 3)]).verdict is Verdict.WAIT


def test_the_fast_lane_stays_shut_where_half_failed_before() -> None:
    half = baseline_of([(10, 5)] * 1440)
    assert decide(half, [(10, 9)] * 3, 3).verdict is Verdict.WAIT


def test_five_times_the_failures_revert_with_numbers() -> None:
    decision = after([(17, 2), (17, 1), (17, 2)] * 20)
    assert decision.verdict is Verdict.REVERT
    assert 11 <= decision.minute <= 20
    assert decision.evidence >= 50
    assert "failures in" in decision.reason
    assert "against 2 % before" in decision.reason


def test_a_single_burst_in_one_slice_never_reverts() -> None:
    calm: list[Minute] = [(17, 0), (17, 1), (17, 0)]
    minutes = calm * 20
    minutes[31] = (17, 12)
    decision = after(minutes)
    assert decision.verdict is Verdict.WAIT


def test_the_cap_lets_three_bad_slices_speak() -> None:
    bad: list[Minute] = [(17, 4)] * 5
    assert after(bad * 2).verdict is Verdict.WAIT
    decision = after(bad * 3)
    assert decision.verdict is Verdict.REVERT
    assert decision.minute == 11


def test_two_failures_are_never_enough() -> None:
    silent = baseline_of([(1, 0)] * 1440)
    thin: list[Minute] = [(0, 0)] * 60
    thin[7] = thin[22] = (1, 1)
    assert decide(silent, thin, 60).verdict is Verdict.WAIT


def test_a_fix_is_implemented_after_the_first_hour_and_not_before() -> None:
    minutes: list[Minute] = [(17, 0)] * 60
    assert after(minutes[:59]).verdict is Verdict.WAIT
    decision = after(minutes)
    assert decision.verdict is Verdict.IMPLEMENTED
    assert decision.reason.startswith(
        "A rise is ruled out: 0 failures in 1020 calls, 0 % against 2 % before"
        " (−100 %, evidence 1:"
    )


def test_a_fix_that_is_plain_already_is_not_told_as_too_little_data() -> None:
    early = after([(17, 0)] * 2)
    assert early.reason.startswith("Watching: too little data: 0 failures in 34 calls")
    later = after([(17, 0)] * 50)
    assert later.verdict is Verdict.WAIT
    assert later.reason.startswith(
        "Watching until minute 60, no rise so far: 0 failures in 850 calls, 0 % against 2 % before"
    )
    assert "too little" not in later.reason


def test_the_unchanged_rate_needs_longer_than_an_hour() -> None:
    same: list[Minute] = [(17, 0), (17, 1), (17, 0)] * 480
    assert after(same, 60).verdict is Verdict.WAIT
    assert "the window was extended" in after(same, 60).reason
    assert after(same).verdict is Verdict.IMPLEMENTED


def test_thin_traffic_ends_inconclusive_and_says_so() -> None:
    thin: list[Minute] = ([(0, 0)] * 119 + [(1, 0)]) * 12
    thin[500] = (1, 1)
    decision = after(thin, 1440)
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert "too little data: 1 failure in 13 calls" in decision.reason
    assert "(95 %)" in decision.reason


def test_the_first_minute_that_settled_it_stands() -> None:
    broken: list[Minute] = [(17, 17)] * 5
    later = after(broken + [(17, 0)] * 2000, 2005)
    assert later == after(broken)


def test_the_same_minutes_give_the_same_answer_at_every_poll() -> None:
    minutes: list[Minute] = [(17, 1)] * 45
    assert after(minutes) == after(list(minutes))


def test_minutes_not_yet_collected_count_as_silence() -> None:
    assert after([(17, 0)] * 30, 45).calls == 30 * 17


def test_a_target_where_everything_failed_can_be_found_mended() -> None:
    hopeless = baseline_of([(10, 10)] * 1440)
    decision = decide(hopeless, [(10, 0)] * 60, 60)
    assert decision.verdict is Verdict.IMPLEMENTED


def test_a_shorter_window_is_a_parameter() -> None:
    quick = replace(DEFAULTS, window_minutes=10)
    assert decide(STEADY, [(200, 0)] * 10, 10, quick).verdict is Verdict.IMPLEMENTED
