"""Is the old, compared with itself, seldom taken for better, and what is better often enough?"""

import random
from collections import Counter
from collections.abc import Callable

import pytest

from benchmarks import pairs
from benchmarks.chances import beyond, tail
from benchmarks.pairs import Items, Pair
from benchmarks.verdicts import Difference, Verdict

Runs = Callable[[float], Items]
Kind = Callable[[random.Random], Runs]
TRIALS = 600


def of_items(many: int) -> Kind:
    """Give items of all reliabilities, as many agents' tests have them."""

    def kind(chance: random.Random) -> Runs:
        rates = [chance.betavariate(1.05, 0.45) for _ in range(many)]
        return lambda rise: {
            str(n): float(chance.random() < rate + rise) for n, rate in enumerate(rates)
        }

    return kind


def flaky(many: int, rate: float) -> Kind:
    """Give a steady suite with a few items that turn by chance."""

    def kind(chance: random.Random) -> Runs:
        steady = {str(n): 1.0 for n in range(50)}
        return lambda _: steady | {f"f{n}": float(chance.random() < rate) for n in range(many)}

    return kind


def one_number(spread: Callable[[random.Random], float], drift: float = 0.0) -> Kind:
    """Give one number a run, on a machine that may warm up."""

    def kind(chance: random.Random) -> Runs:
        runs = iter(range(1000))
        return lambda rise: {"": spread(chance) + rise + drift * next(runs)}

    return kind


KINDS: dict[str, Kind] = {
    "drifting": one_number(lambda chance: chance.gauss(10, 1), drift=0.2),
    "few-items": of_items(20),
    "flaky-even": flaky(1, 0.5),
    "flaky-rare": flaky(3, 0.1),
    "heavy-tailed": one_number(lambda chance: chance.lognormvariate(0, 0.8)),
    "many-items": of_items(50),
    "normal": one_number(lambda chance: chance.gauss(10, 1)),
}


def decided(runs: Runs, rise: float = 0.0, *, lower: bool = False) -> Difference:
    """Compare as the house does: in turn, the first of a pair alternating."""
    number = iter(range(1000))

    def pair() -> Pair:
        if next(number) % 2:
            new = runs(rise)
            return runs(0.0), new
        old = runs(0.0)
        return old, runs(rise)

    return pairs.decide(lambda: [pair() for _ in range(pairs.REPEATS)], lower_is_better=lower)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_an_a_a_is_called_better_in_no_more_than_5_of_100(name: str) -> None:
    chance = random.Random(7)
    found = [decided(KINDS[name](chance)) for _ in range(TRIALS)]
    verdicts = Counter(one.verdict for one in found)
    assert verdicts[Verdict.BETTER] / TRIALS <= 0.05
    assert sum(one.proven for one in found) / TRIALS <= 0.025
    assert all(one.keep for one in found if one.proven)


@pytest.mark.parametrize(
    ("rise", "least"), [(0.05, 0.35), (0.10, 0.80)], ids=["5-points", "10-points"]
)
def test_true_rises_are_found_often_and_never_the_wrong_way(rise: float, least: float) -> None:
    chance = random.Random(11)
    found = Counter(decided(KINDS["many-items"](chance), rise).verdict for _ in range(300))
    assert found[Verdict.BETTER] / 300 >= least
    assert found[Verdict.WORSE] / 300 <= 0.02


def test_a_loss_is_called_worse_or_nothing() -> None:
    chance = random.Random(13)
    found = Counter(decided(KINDS["normal"](chance), -3).verdict for _ in range(300))
    assert found[Verdict.BETTER] == 0
    assert found[Verdict.WORSE] > 200


def test_lower_is_better_turns_it_round() -> None:
    chance = random.Random(13)
    assert decided(KINDS["normal"](chance), -4, lower=True).verdict == Verdict.BETTER


def test_in_doubt_the_old_stays() -> None:
    runs = iter([1.0, 1.9, 1.0, 1.6, 1.0, 0.1] * 10)
    found = pairs.decide(lambda: [({"": next(runs)}, {"": next(runs)}) for _ in range(3)])
    assert (found.verdict, found.keep, found.proven) == (Verdict.INCONCLUSIVE, False, False)
    assert "no difference is shown" in found.words
    assert found.repeats == 12
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high


def test_a_batch_that_speaks_against_it_ends_it() -> None:
    runs = iter([1.0, 0.9, 1.0, 0.6, 1.0, 1.4] * 10)
    found = pairs.decide(lambda: [({"": next(runs)}, {"": next(runs)}) for _ in range(3)])
    assert (found.verdict, found.repeats) == (Verdict.INCONCLUSIVE, 3)


def test_related_items_count_as_one() -> None:
    """Twenty cases of one file that turn together say no more than one."""
    swing = [1.0, 0.0, 1.0]

    def seen(cluster: Callable[[str], str]) -> float:
        both = [
            ({f"f::{n}": 0.0 for n in range(20)}, {f"f::{n}": new for n in range(20)})
            for new in swing
        ]
        return pairs.estimate(both, lower_is_better=False, cluster=cluster).error

    assert seen(lambda name: name.partition("::")[0]) == pytest.approx(
        seen(str) * 20**0.5, rel=1e-6
    )


def test_an_item_that_always_passed_and_never_does_now_makes_it_worse() -> None:
    seen: list[Pair] = [({"a": 1.0, "b": 0.0}, {"a": 0.0, "b": 1.0})] * 3
    better = Difference(Verdict.BETTER, "…", keep=True, proven=True)
    found = pairs.with_must_pass(better, seen)
    assert (found.verdict, found.keep, found.proven) == (Verdict.WORSE, False, False)
    assert found.losses == ("a",)
    assert pairs.with_must_pass(better, [*seen, ({"a": 0.0}, {"a": 0.0})]) == better


def test_no_common_item_is_no_answer() -> None:
    found = pairs.decide(lambda: [({"a": 1.0}, {"b": 1.0})])
    assert found.verdict == Verdict.INCONCLUSIVE
    assert "no item was measured" in found.words


@pytest.mark.parametrize(
    ("t", "freedom", "chance"),
    [(0, 5, 0.5), (2.015, 5, 0.05), (12.706, 1, 0.025), (1.96, 1e6, 0.025), (-2.015, 5, 0.95)],
    ids=str,
)
def test_students_tail_is_that_of_the_tables(t: float, freedom: float, chance: float) -> None:
    assert tail(t, freedom) == pytest.approx(chance, abs=2e-4)
    if t > 0:
        assert beyond(chance, freedom) == pytest.approx(t, rel=2e-3)
