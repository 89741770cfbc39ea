"""Is one tree better than another? First whether anything differs, then whether it is noise.

A benchmark that only reads gives the same answer again by its making. One that starts code of the
target is tried first: the old is run twice, and only where every item does the same is one run a
side enough. Else both are run again, in turn, until the noise allows an answer.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property

from django.conf import settings

from benchmarks import flips, pairs
from benchmarks.choosing import Chosen
from benchmarks.measured import Better, Fingerprint, Measured, Outcome
from benchmarks.measures.asking import Scene
from benchmarks.pairs import Items, Pair
from benchmarks.running import together
from benchmarks.running.together import Asked, Scored
from benchmarks.running.trees import Tree
from benchmarks.verdicts import Difference, Verdict, same, undecided

CONFIRMED = 2  # further runs of each, where one run a side says that something changed
ELSEWHERE = "they were measured on different machines, so that these may be all that differs"
IDENTICAL = "nothing that it reads differs between the two"


@dataclass(frozen=True)
class Compared:
    """Hold what one benchmark says of two trees."""

    chosen: Chosen
    before: Measured
    after: Measured
    difference: Difference

    @property
    def gain(self) -> float:
        """Return the change as a share, above zero for the better; nothing where unproven."""
        told = self.difference
        if told.difference is None or told.verdict in (
            Verdict.INCONCLUSIVE,
            Verdict.NO_DIFFERENCE,
        ):
            return 0.0
        if self.chosen.benchmark.by_findings:
            largest = float(max(len(self.before.findings), len(self.after.findings)))
        elif self.chosen.benchmark.unit == "share":
            return told.difference
        else:
            largest = max(abs(self.before.value or 0), abs(self.after.value or 0))
        return max(-1.0, min(1.0, told.difference / largest)) if largest else 0.0


def weighted(compared: Sequence[Compared]) -> float:
    """Return the weighted mean of what is beyond the noise, above zero for the better."""
    total = sum(one.chosen.weight for one in compared)
    return sum(one.chosen.weight * one.gain for one in compared) / total if total else 0.0


def compare(
    old: Tree, new: Tree, before: Sequence[Scored], after: Sequence[Scored], asked: Asked
) -> list[Compared]:
    """Compare what was measured, and measure again where chance has a say in it."""
    by_name = {scored.chosen.name: scored for scored in before}
    found = []
    with ExitStack() as stack:
        copies = _Copies(old, new, asked, stack)
        for scored in after:
            if scored.chosen.name in by_name:
                was = by_name[scored.chosen.name]
                inputs = old.inputs(scored.chosen) == new.inputs(scored.chosen)
                difference = _difference(was, scored, identical=inputs, copies=copies)
                found.append(Compared(scored.chosen, was.measured, scored.measured, difference))
    return found


@dataclass
class _Copies:
    """Hold both trees as files, made once something has to be run again: few things have."""

    old: Tree
    new: Tree
    asked: Asked
    stack: ExitStack

    @cached_property
    def scenes(self) -> tuple[Scene, Scene]:
        stopped = self.asked.stopped
        first = self.stack.enter_context(self.old.scene(stopped))
        return first, self.stack.enter_context(self.new.scene(stopped))


def _difference(was: Scored, now: Scored, *, identical: bool, copies: _Copies) -> Difference:
    if identical:
        return same(IDENTICAL)
    if not was.measured.is_measured or not now.measured.is_measured:
        return _without_a_score(was.measured, now.measured)
    if was.measured.where != now.measured.where:
        return undecided(ELSEWHERE)
    if not now.chosen.benchmark.starts:
        return _once(was, now)
    return _started(was, now, copies.scenes)


def _started(was: Scored, now: Scored, scenes: tuple[Scene, Scene]) -> Difference:
    """Compare runs of a target's code: first the old with itself."""
    again = together.one(scenes[0], now.chosen).measured
    if not again.is_measured:
        return undecided(f"run again, the old has no score: {again.words}")
    if again.where != was.measured.where:
        return undecided(ELSEWHERE)
    if not steady(was.measured, again):
        return _in_turn(now.chosen, scenes)
    found = _once(was, now)
    if found.verdict == Verdict.NO_DIFFERENCE or _is_confirmed(was, now, scenes):
        return found
    return _in_turn(now.chosen, scenes)


def _once(was: Scored, now: Scored) -> Difference:
    benchmark = now.chosen.benchmark
    return settled(was.measured, now.measured, benchmark.better, by_findings=benchmark.by_findings)


def _is_confirmed(was: Scored, now: Scored, scenes: tuple[Scene, Scene]) -> bool:
    """Tell whether both say the same again: two equal runs may be two lucky ones."""
    for _ in range(CONFIRMED):
        for scene, first in zip(scenes, (was, now), strict=True):
            again = together.one(scene, now.chosen).measured
            if not (again.is_measured and steady(first.measured, again)):
                return False
    return True


def _without_a_score(was: Measured, now: Measured) -> Difference:
    if was.is_measured and now.outcome == Outcome.BROKEN_OFF:
        return Difference(Verdict.WORSE, f"before it did, now it does not end: {now.words}")
    side, one = ("before", was) if not was.is_measured else ("after", now)
    return undecided(f"there is no score {side}: {one.words}")


def steady(first: Measured, second: Measured) -> bool:
    """Tell whether two runs of the same tree said the same of every item and finding."""
    return (
        first.where == second.where
        and first.value == second.value
        and dict(first.items) == dict(second.items)
        and first.fingerprints == second.fingerprints
    )


def settled(
    was: Measured, now: Measured, better: Better, *, by_findings: bool = False
) -> Difference:
    """Compare one run a side, where another would say the same."""
    if was.items or now.items:
        return flips.of_items(was.items, now.items)
    difference = flips.of_findings(_named(was.fingerprints), _named(now.fingerprints))
    counts = was.value == len(was.findings) and now.value == len(now.findings)
    if counts or by_findings:
        return difference
    by_value = flips.of_values(
        was.value or 0.0, now.value or 0.0, lower_is_better=better == Better.LOWER
    )
    return replace(by_value, wins=difference.wins, losses=difference.losses)


def _named(found: Counter[Fingerprint]) -> Counter[str]:
    names: Counter[str] = Counter()
    for one, many in found.items():
        names[" ".join(part for part in (one.rule, one.path, one.symbol) if part)] += many
    return names


def _in_turn(chosen: Chosen, scenes: tuple[Scene, Scene]) -> Difference:
    """Run both again in batches; who is first changes, so that a drift favours nobody."""
    number = 0
    seen: list[Pair] = []
    places: set[str] = set()

    def batch() -> Sequence[Pair]:
        nonlocal number
        made = []
        for _ in range(pairs.REPEATS):
            number += 1
            order: tuple[int, ...] = (0, 1) if number % 2 else (1, 0)
            ran = {side: together.one(scenes[side], chosen).measured for side in order}
            missing = next((one for one in ran.values() if not one.is_measured), None)
            if missing:
                raise _Lost(missing.words)
            places.update(one.where for one in ran.values())
            if len(places) > 1:
                raise _Moved
            made.append((_items(ran[0]), _items(ran[1])))
        seen.extend(made)
        return made

    try:
        decided = pairs.decide(
            batch,
            lower_is_better=chosen.benchmark.better == Better.LOWER,
            cluster=_file,
            batches=settings.SELFIMPROVE.benchmarks.batches,
        )
        return pairs.with_must_pass(decided, seen) if seen[0][0].keys() != {""} else decided
    except _Moved:
        return undecided(ELSEWHERE)
    except _Lost as lost:
        return undecided(f"one of the repeated runs has no score: {lost}")


class _Moved(Exception):
    """Runs that were repeated ran on different machines."""


class _Lost(Exception):
    """A run that was repeated gave no score."""


def _items(measured: Measured) -> Items:
    return measured.items or {"": measured.value or 0.0}


def _file(name: str) -> str:
    """Return what related items share: the file of a test."""
    return name.partition("::")[0]
