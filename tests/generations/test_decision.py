"""What speaks against a change, in every combination of what can be known of it."""

import itertools
import math
from collections import Counter
from dataclasses import replace

import pytest

from benchmarks.verdicts import Verdict
from generations import decision
from generations.decision import Against, Decision, Known, Measured, Passing, Size
from generations.models import Reason

SMALL = Size(files=1, lines=2, most_files=10, most_lines=400)
BETTER = Measured("lint_score", Verdict.BETTER, "2 findings are gone", keep=True)
PROVEN = replace(BETTER, name="doc_coverage", proven=True)
WORSE = Measured("doc_coverage", Verdict.WORSE, "from 1 to 0.5")
SAME = Measured("code_complexity", Verdict.NO_DIFFERENCE)
UNSURE = Measured("score", Verdict.INCONCLUSIVE, "between -1 and 1")
UNSCORED = Measured("score", Verdict.INCONCLUSIVE, "there is no score", has_score=False)
TESTS = Measured("test_pass_rate", Verdict.NO_DIFFERENCE, must_pass=True)
UNTESTED = replace(TESTS, verdict=Verdict.INCONCLUSIVE, words="not run", has_score=False)
BROKEN = replace(TESTS, verdict=Verdict.WORSE, losses=("test_shop.Shop.test_total",))
GOOD = Known(size=SMALL, benchmarks=(BETTER, TESTS), gain=0.25)

TROUBLES: dict[Against, Known] = {
    Against.NO_CHANGE: replace(GOOD, is_same=True),
    Against.GATES: replace(GOOD, gates=Passing.REFUSED),
    Against.TOO_LARGE: replace(GOOD, size=replace(SMALL, files=11)),
    Against.NO_TESTS: replace(GOOD, size=replace(SMALL, tests_required=True, touches_code=True)),
    Against.REVIEW: replace(GOOD, approved=False),
    Against.NOT_MEASURED: replace(GOOD, benchmarks=(UNTESTED,)),
    Against.WORSE: replace(GOOD, benchmarks=(WORSE,)),
    Against.NO_GAIN: replace(GOOD, gain=0.0),
}
FIELDS = {
    Against.NO_CHANGE: "is_same",
    Against.GATES: "gates",
    Against.REVIEW: "approved",
    Against.NOT_MEASURED: "benchmarks",
    Against.WORSE: "benchmarks",
    Against.NO_GAIN: "gain",
}
ORDER = list(Against)


def together(troubles: tuple[Against, ...]) -> Known:
    """Put several troubles on one change."""
    size, rest = SMALL, GOOD
    benchmarks: tuple[Measured, ...] = ()
    for one in troubles:
        bad = TROUBLES[one]
        if one == Against.TOO_LARGE:
            size = replace(size, files=11)
        elif one == Against.NO_TESTS:
            size = replace(size, tests_required=True, touches_code=True)
        elif FIELDS[one] == "benchmarks":
            benchmarks = (*benchmarks, *bad.benchmarks)
        else:
            rest = replace(rest, **{FIELDS[one]: getattr(bad, FIELDS[one])})
    return replace(rest, size=size, benchmarks=benchmarks or GOOD.benchmarks)


def test_a_change_that_nothing_speaks_against_is_accepted() -> None:
    decided = decision.decide(GOOD)
    assert decided.accepted
    assert decided.label == "kept"
    assert decided.words == ("Better on what was measured: lint_score; gain +0.2500, not proven.")


@pytest.mark.parametrize("many", range(1, len(ORDER) + 1))
def test_of_all_that_speaks_against_it_the_first_is_the_reason(many: int) -> None:
    for troubles in itertools.combinations(ORDER, many):
        decided = decision.decide(together(troubles))
        assert decided.against == troubles[0], troubles
        assert decided.words
        assert decided.label == "not accepted"


def test_each_complaint_is_a_reason_that_a_generation_can_end_for() -> None:
    assert {str(one) for one in Against} <= set(Reason.values)
    assert [against for against, _ in decision.COMPLAINTS] == ORDER


EVERYTHING = itertools.product(
    Passing,
    (True, False),
    (0.59, 0.6, 1.0, math.nan),
    (TESTS, UNTESTED, BROKEN, None),
    Verdict,
    (0.2, 0.0, -0.1, math.nan),
    itertools.product((True, False), repeat=2),
)


def test_it_is_accepted_only_where_everything_holds() -> None:
    seen: Counter[bool] = Counter()
    for gates, approved, score, tests, verdict, gain, shown in EVERYTHING:
        known = Known(
            size=SMALL,
            gates=gates,
            approved=approved,
            score=score,
            benchmarks=(Measured("score", verdict, "said"), *([tests] if tests else [])),
            gain=gain,
            asked_for=shown[0],
            is_witnessed=shown[1],
        )
        holds = (
            gates in (Passing.PASSED, Passing.ASKS)
            and approved
            and score >= 0.6
            and tests in (TESTS, None)
            and verdict != Verdict.WORSE
            and (gain > 0 or all(shown))
        )
        assert decision.decide(known).accepted is holds, known
        seen[holds] += 1
    assert seen[True] > 100
    assert seen[True] + seen[False] == 8192


@pytest.mark.parametrize("asked_for", [True, False])
@pytest.mark.parametrize("is_witnessed", [True, False])
@pytest.mark.parametrize("benchmarks", [(SAME,), (SAME, TESTS), (UNSURE,), (UNSCORED,), ()])
def test_without_a_gain_only_a_witnessed_cure_that_was_asked_for_is_accepted(
    asked_for: bool, is_witnessed: bool, benchmarks: tuple[Measured, ...]
) -> None:
    known = Known(
        size=SMALL, benchmarks=benchmarks, asked_for=asked_for, is_witnessed=is_witnessed
    )
    decided = decision.decide(known)
    assert decided.accepted is (asked_for and is_witnessed)
    if decided.accepted:
        assert decided.label == "witnessed"
        assert "fails" not in decided.words
        assert "goes well with it" in decided.words


def test_inconclusive_is_no_gain_and_says_so() -> None:
    decided = decision.decide(Known(size=SMALL, benchmarks=(UNSURE,)))
    assert decided.against == Against.NO_GAIN
    assert "inconclusive is no gain" in decided.words
    assert decided.undecided == ("score",)


def test_where_no_benchmark_has_a_score_it_is_not_measured_rather_than_without_gain() -> None:
    assert reason(Known(size=SMALL, benchmarks=(UNSCORED,))) == Against.NOT_MEASURED
    assert reason(Known(size=SMALL, benchmarks=())) == Against.NOT_MEASURED
    assert reason(Known(size=SMALL, benchmarks=(UNSCORED, SAME))) == Against.NO_GAIN


def test_tests_that_do_not_end_any_more_are_worse_and_not_unmeasured() -> None:
    endless = replace(UNTESTED, verdict=Verdict.WORSE, words="now it does not end")
    assert reason(replace(GOOD, benchmarks=(endless,))) == Against.WORSE


def test_a_test_that_passed_before_rejects_whatever_the_sum_says() -> None:
    known = replace(GOOD, benchmarks=(PROVEN, replace(BROKEN, verdict=Verdict.BETTER)), gain=0.9)
    decided = decision.decide(known)
    assert decided.against == Against.WORSE
    assert "test_shop.Shop.test_total" in decided.words


def test_a_loss_of_what_may_fail_is_in_the_sum_alone() -> None:
    lint = replace(BETTER, losses=("E501 shop/prices.py",))
    assert decision.decide(replace(GOOD, benchmarks=(lint,))).accepted


@pytest.mark.parametrize(("gain", "accepted"), [(0.05, False), (0.1, False), (0.11, True)])
def test_the_gain_has_to_be_above_the_threshold(gain: float, accepted: bool) -> None:
    assert decision.decide(replace(GOOD, gain=gain, threshold=0.1)).accepted is accepted


@pytest.mark.parametrize(
    ("files", "lines", "words"),
    [
        (11, 2, "It changes 11 files; 10 are allowed."),
        (1, 401, "It changes 401 lines; 400 are allowed."),
        (10, 400, ""),
    ],
)
def test_it_has_to_be_small(files: int, lines: int, words: str) -> None:
    assert decision.too_large(replace(SMALL, files=files, lines=lines)) == words


@pytest.mark.parametrize(
    ("code", "tests", "required"), list(itertools.product((True, False), repeat=3))
)
def test_code_needs_a_test_where_the_settings_ask_for_one(
    code: bool, tests: bool, required: bool
) -> None:
    size = replace(SMALL, touches_code=code, touches_tests=tests, tests_required=required)
    assert bool(decision.without_tests(size)) is (required and code and not tests)


def test_kept_and_proven_are_two_labels() -> None:
    assert decision.decide(GOOD).label == "kept"
    both = decision.decide(replace(GOOD, benchmarks=(BETTER, PROVEN)))
    assert (both.label, both.better, both.proven) == (
        "proven improved",
        ("lint_score", "doc_coverage"),
        ("doc_coverage",),
    )
    assert both.words == "Proven improved: doc_coverage; gain +0.2500."


def test_many_losses_are_counted_in_a_sentence() -> None:
    losses = tuple(f"test_{number}" for number in range(9))
    decided = decision.decide(replace(GOOD, benchmarks=(replace(BROKEN, losses=losses),)))
    assert "test_0, test_1, test_2 and 6 more" in decided.words


def test_what_the_gates_said_is_the_reason() -> None:
    known = replace(GOOD, gates=Passing.UNKNOWN, gates_said="A waiver was withdrawn.")
    assert decision.decide(known).words == "A waiver was withdrawn."


def reason(known: Known) -> Against | None:
    decided: Decision = decision.decide(known)
    return decided.against


@pytest.mark.parametrize("benchmarks", [(SAME,), (UNSURE,), (UNSCORED,), (SAME, TESTS)])
def test_what_a_reviewer_requested_needs_no_gain(benchmarks: tuple[Measured, ...]) -> None:
    known = Known(size=SMALL, benchmarks=benchmarks, requested=True)
    decided = decision.decide(known)
    assert (decided.accepted, decided.label) == (True, "requested")
    assert decided.words.startswith("A reviewer requested it, and no benchmark is worse")
    assert reason(replace(known, requested=False)) is not None


@pytest.mark.parametrize("trouble", [one for one in Against if one is not Against.NO_GAIN])
def test_whatever_else_speaks_against_it_still_does(trouble: Against) -> None:
    assert reason(replace(TROUBLES[trouble], requested=True)) is trouble


@pytest.mark.parametrize("benchmark", [BROKEN, UNTESTED, WORSE])
def test_a_reviewer_cannot_request_tests_that_fail_or_were_not_run(benchmark: Measured) -> None:
    assert reason(Known(size=SMALL, benchmarks=(benchmark,), requested=True)) is not None


def test_a_revision_that_is_proven_better_says_so() -> None:
    known = replace(GOOD, benchmarks=(PROVEN, TESTS), requested=True)
    assert decision.decide(known).label == "proven improved"
    assert decision.decide(replace(GOOD, requested=True)).label == "kept"
    witnessed = Known(size=SMALL, benchmarks=(SAME,), requested=True, is_witnessed=True)
    assert decision.decide(witnessed).label == "witnessed"
