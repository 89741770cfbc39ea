"""Which items turned, where every run of the same tree says the same? Pure: without Django.

One run a side is enough then. A person is shown what turned; whether the change is better in
general, and not on these items alone, only the exact one-sided test of McNemar tells.
"""

import math
from collections import Counter
from collections.abc import Mapping

from benchmarks.verdicts import Difference, Verdict, same

PROVEN = 0.05


def mcnemar(wins: int, losses: int) -> float:
    """Return how often chance alone would turn at least so many of the turned for the better."""
    turned = wins + losses
    if not turned:
        return 1.0
    return sum(math.comb(turned, k) for k in range(wins, turned + 1)) / 2.0**turned


def of_items(before: Mapping[str, float], after: Mapping[str, float]) -> Difference:
    """Compare items that passed or failed; one that passed must pass on."""
    losses = tuple(sorted(n for n, was in before.items() if was > after.get(n, 0.0)))
    wins = tuple(sorted(n for n, was in before.items() if was < after.get(n, was)))
    added = sorted(set(after) - set(before))
    failing = [name for name in added if not after[name]]
    both = len(set(before) | set(after))
    if not (wins or losses or added):
        return same("every item does what it did before")
    change = (len(wins) - len(losses)) / max(len(before), 1)
    chance = mcnemar(len(wins), len(losses))
    words = _told(len(wins), len(losses), len(added), len(failing), chance)
    return Difference(
        verdict=_verdict(bool(wins), bool(losses)),
        words=words,
        keep=bool(wins) and not losses,
        proven=bool(wins) and not losses and chance < PROVEN,
        difference=change,
        low=change,
        high=change,
        wins=wins,
        losses=losses,
        items=both,
    )


def _verdict(wins: bool, losses: bool) -> Verdict:
    if losses:
        return Verdict.WORSE
    return Verdict.BETTER if wins else Verdict.NO_DIFFERENCE


def _told(wins: int, losses: int, added: int, failing: int, chance: float) -> str:
    parts = [f"{wins} turned for the better, {losses} for the worse"]
    if added:
        parts.append(
            f"{added} are new, {failing} of which fail" if failing else f"{added} are new"
        )
    if losses:
        parts.append("what passed must pass on")
    elif wins:
        parts.append(f"one-sided McNemar p = {chance:.3f}")
    return "; ".join(parts)


def of_findings(before: Counter[str], after: Counter[str]) -> Difference:
    """Compare sets of findings by their names, however many lines there are."""
    fixed, new = before - after, after - before
    wins, losses = tuple(sorted(fixed.elements())), tuple(sorted(new.elements()))
    if not (wins or losses):
        return same("the same findings")
    net = len(wins) - len(losses)
    chance = mcnemar(len(wins), len(losses))
    words = f"{len(wins)} findings are gone, {len(losses)} are new"
    verdict = Verdict.BETTER if net > 0 else Verdict.WORSE if net < 0 else Verdict.NO_DIFFERENCE
    return Difference(
        verdict=verdict,
        words=f"{words}; one-sided McNemar p = {chance:.3f}" if net > 0 else words,
        keep=net > 0,
        proven=net > 0 and chance < PROVEN,
        difference=float(net),
        low=float(net),
        high=float(net),
        wins=wins,
        losses=losses,
        items=sum((before | after).values()),
    )


def of_values(before: float, after: float, *, lower_is_better: bool) -> Difference:
    """Compare two numbers that each run gives again; one number proves nothing in general."""
    change = before - after if lower_is_better else after - before
    if change == 0:
        return same("the same score")
    verdict = Verdict.BETTER if change > 0 else Verdict.WORSE
    return Difference(
        verdict=verdict,
        words=f"from {before:g} to {after:g}, the same in every run",
        keep=change > 0,
        difference=change,
        low=change,
        high=change,
        items=1,
    )
