"""Is what turned told from noise, where every run says the same?"""

from collections import Counter

import pytest

from benchmarks import flips
from benchmarks.verdicts import Verdict

TEN = {f"t{n}": 0.0 for n in range(10)}


@pytest.mark.parametrize(
    ("wins", "losses", "chance"),
    [(0, 0, 1.0), (1, 0, 0.5), (4, 0, 0.0625), (5, 0, 0.03125), (5, 5, 0.623)],
    ids=str,
)
def test_mcnemar_is_exact_and_one_sided(wins: int, losses: int, chance: float) -> None:
    assert flips.mcnemar(wins, losses) == pytest.approx(chance, abs=0.001)


def test_nothing_turned_is_no_difference() -> None:
    found = flips.of_items(TEN, dict(TEN))
    assert (found.verdict, found.keep, found.proven) == (Verdict.NO_DIFFERENCE, False, False)
    assert found.difference == 0


@pytest.mark.parametrize(
    ("mended", "proven"), [(1, False), (4, False), (5, True)], ids=["1", "4", "5"]
)
def test_to_keep_and_to_have_proven_are_two_things(mended: int, proven: bool) -> None:
    after = TEN | {f"t{n}": 1.0 for n in range(mended)}
    found = flips.of_items(TEN, after)
    assert (found.verdict, found.keep, found.proven) == (Verdict.BETTER, True, proven)
    assert found.wins == tuple(f"t{n}" for n in range(mended))


def test_one_that_passed_must_pass_on_whatever_else_turned() -> None:
    before = TEN | {"must": 1.0}
    for after in (
        dict.fromkeys(TEN, 1.0) | {"must": 0.0},
        dict.fromkeys(TEN, 1.0),
    ):  # fails, is gone
        found = flips.of_items(before, after)
        assert (found.verdict, found.keep, found.losses) == (Verdict.WORSE, False, ("must",))


def test_new_items_are_told_and_are_no_improvement() -> None:
    found = flips.of_items({"a": 1.0}, {"a": 1.0, "b": 1.0, "c": 0.0})
    assert (found.verdict, found.keep) == (Verdict.NO_DIFFERENCE, False)
    assert "2 are new, 1 of which fail" in found.words


def test_a_failing_item_that_is_deleted_is_no_win() -> None:
    assert flips.of_items(TEN, {}).verdict == Verdict.NO_DIFFERENCE


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ("aab", "ab", Verdict.BETTER),
        ("ab", "aab", Verdict.WORSE),
        ("ab", "ac", Verdict.NO_DIFFERENCE),
        ("ab", "ab", Verdict.NO_DIFFERENCE),
        ("abc", "d", Verdict.BETTER),
    ],
    ids=["fewer-alike", "more-alike", "traded", "same", "net"],
)
def test_findings_are_compared_as_sets_with_their_number(
    before: str, after: str, verdict: Verdict
) -> None:
    found = flips.of_findings(Counter(before), Counter(after))
    assert found.verdict == verdict
    assert found.keep is (verdict == Verdict.BETTER)


def test_a_finding_that_was_traded_for_another_is_shown() -> None:
    found = flips.of_findings(Counter("ab"), Counter("ac"))
    assert (found.wins, found.losses) == (("b",), ("c",))


def test_one_number_proves_nothing_in_general() -> None:
    found = flips.of_values(0.5, 0.9, lower_is_better=False)
    assert (found.verdict, found.keep, found.proven) == (Verdict.BETTER, True, False)
    assert flips.of_values(0.5, 0.9, lower_is_better=True).verdict == Verdict.WORSE
    assert flips.of_values(0.5, 0.5, lower_is_better=True).verdict == Verdict.NO_DIFFERENCE
