"""Does a control tell a bad change from a bad day, and say so?"""

import random

import pytest

from benchmarks.evidence import DEFAULTS
from benchmarks.statistics import Verdict, baseline_of
from benchmarks.statistics import decide as alone
from benchmarks.watching.control import decide, last_seen, reverts, share_lines, words
from benchmarks.watching.shares import Control, Pair, control_of, incomparable, watched
from tests.perf.traffic import Cell, World, part

HOURS = 24
USUAL: Pair = ((10, 1), (10, 1))


def history(hours: int = HOURS, touched: float = 0.1, untouched: float = 0.1) -> list[Pair]:
    """Draw both parts at their own rate, ten calls a minute each."""
    rng = random.Random(7)  # noqa: S311
    return [
        (
            (10, sum(rng.random() < touched for _ in range(10))),
            (10, sum(rng.random() < untouched for _ in range(10))),
        )
        for _ in range(hours * 60)
    ]


def whole(pairs: list[Pair]) -> list[tuple[int, int]]:
    return [(t[0] + u[0], t[1] + u[1]) for t, u in pairs]


def answered(since: list[Pair], elapsed: int | None = None) -> Verdict:
    before = history()
    told = len(since) if elapsed is None else elapsed
    return decide(
        baseline_of(whole(before)), whole(since), control_of(before, since), told
    ).verdict


def test_a_rise_of_the_touched_part_alone_is_taken_back() -> None:
    since: list[Pair] = [((10, 4), (10, 1))] * 60
    before = history()
    decision = decide(
        baseline_of(whole(before)), whole(since), control_of(before, since), len(since)
    )
    assert decision.verdict is Verdict.REVERT
    assert decision.reason.startswith("Failures rose beside what it left: ")
    assert "touched calls failed and" in decision.reason


def test_a_rise_of_both_parts_is_no_fault_of_the_change_and_no_success_either() -> None:
    since: list[Pair] = [((10, 3), (10, 3))] * 240
    before = history()
    usual, control = baseline_of(whole(before)), control_of(before, since)
    assert alone(usual, whole(since), 240).verdict is Verdict.REVERT
    decision = decide(usual, whole(since), control, 240)
    assert decision.verdict is Verdict.WAIT
    assert decision.reason.startswith("Watching: failures rose, in both parts: ")


def test_a_rise_of_both_parts_ends_as_inconclusive() -> None:
    since: list[Pair] = [((10, 3), (10, 3))] * 1440
    before = history()
    decision = decide(baseline_of(whole(before)), whole(since), control_of(before, since), 1440)
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert decision.reason.startswith("Inconclusive, failures rose, in both parts: ")


def test_what_is_plainly_broken_goes_back_also_where_both_parts_are() -> None:
    assert answered([((10, 9), (10, 9))] * 10) is Verdict.REVERT


def test_what_is_mended_is_implemented_after_the_window() -> None:
    since: list[Pair] = [((10, 0), (10, 1))] * 70
    assert answered(since, 59) is Verdict.WAIT
    assert answered(since) is Verdict.IMPLEMENTED


def test_a_day_that_got_better_hides_no_rise_beside_the_rest() -> None:
    """Both together fail less than before, and the touched part twice as often as the other."""
    since: list[Pair] = [((10, int(minute % 5 == 0)), (10, 0)) for minute in range(120)]
    assert answered(since) is not Verdict.IMPLEMENTED


def test_silence_of_either_part_is_no_evidence() -> None:
    before = history()
    for quiet in ([((0, 0), (10, 1))] * 60, [((10, 5), (0, 0))] * 60):
        seen = last_seen(control_of(before, quiet), 60)
        assert seen is not None
        assert (seen.log_evidence, seen.rise) == (0.0, None)
        assert words(seen) == "one of the parts had no calls yet"


def test_nothing_was_seen_before_the_first_minute() -> None:
    assert last_seen(control_of(history(), []), 0) is None


@pytest.mark.parametrize(
    ("before", "why"),
    [
        ([((0, 0), (10, 1))] * 60, "the touched part had no calls before"),
        ([((10, 1), (0, 0))] * 60, "the untouched part had no calls before"),
        ([((10, 1), (10, 0))] * 60, "the untouched part failed 0 times before, and 20 are asked"),
        (
            [((100, 10), (1, int(minute % 2)))  for minute in range(60)],
            "the untouched part fails less than 25 % as often as the touched one",
        ),
        ([USUAL] * 60, ""),
    ],
)  # fmt: skip
def test_a_part_that_is_no_control_is_none_and_it_says_why(before: list[Pair], why: str) -> None:
    control = control_of(before, [])
    assert incomparable(control.touched, control.untouched) == why


def test_no_slice_counts_for_more_than_its_cap() -> None:
    since = [USUAL] * 20 + [((10, 10), (10, 0))] * 5 + [USUAL] * 20
    seen = list(watched(control_of(history(), since), 45))
    before, after = seen[19].log_evidence, seen[24].log_evidence
    assert after - before <= 1.6095  # the logarithm of five


def test_it_reverts_only_with_enough_failures_and_a_rise_that_is_large() -> None:
    seen = last_seen(control_of(history(), [((10, 4), (10, 1))] * 60), 60)
    assert seen is not None
    assert reverts(seen)
    few = type(seen)(**{**vars(seen), "touched": (10, 2)})
    small = type(seen)(**{**vars(seen), "rise": 1.2})
    assert not reverts(few)
    assert not reverts(small)


def test_shares_that_clump_weigh_less() -> None:
    rng = random.Random(9)  # noqa: S311
    bumpy: list[Pair] = []
    for _ in range(24):
        bad = rng.random() < 0.3
        bumpy += [((10, 4 if bad else 0), (10, 1))] * 60
    assert control_of(bumpy, []).clumping > 5
    assert control_of(history(), []).clumping < 1.6


def test_the_lines_of_the_plot_agree_with_the_parameters() -> None:
    control = control_of(history(), [USUAL] * 30)
    seen = last_seen(control, 30)
    assert seen is not None
    low, high, raised, line = share_lines(control, seen, 60)
    assert low < seen.expected * 60 < high
    assert raised > seen.expected
    assert line is not None
    assert high < line <= 60
    assert share_lines(control, seen, 2)[3] is None


def _drawn(seed: int, variant: str, effect: float) -> Control:
    world = World(random.Random(seed), variant, 8 * 1440)  # noqa: S311
    touched = part(world, Cell(variant, 500, 0.02, effect))
    untouched = part(world, Cell(variant, 500, 0.02))
    return control_of(
        list(zip(touched[0], untouched[0], strict=True)),
        list(zip(touched[1], untouched[1], strict=True)),
    )


@pytest.mark.parametrize("variant", ["steady", "drifting", "incidents", "bursty"])
def test_a_day_that_drifts_or_stumbles_takes_nothing_back(variant: str) -> None:
    for seed in range(6):
        assert not any(reverts(seen) for seen in watched(_drawn(seed, variant, 1), 1440))


@pytest.mark.parametrize("variant", ["steady", "drifting", "incidents"])
def test_a_doubling_is_found_on_such_a_day(variant: str) -> None:
    found = sum(
        any(reverts(seen) for seen in watched(_drawn(seed, variant, 2), DEFAULTS.extended_minutes))
        for seed in range(6)
    )
    assert found >= 5
