"""How do two generations of a target look beside each other?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from generations.models import Generation
from generations.pages import reading, showing
from generations.pages.showing import Beside
from generations.reporting.figures import points
from generations.reporting.kinds import Kind
from proposals.pages.diffs import draw
from targets.models import Target

LONGEST = 9  # digits of a number


@dataclass(frozen=True)
class Side:
    """Hold what is shown of one of the two."""

    generation: Generation
    title: str
    kind: Kind
    took: str
    cost: str
    gain: str
    diff: Any


@dataclass(frozen=True)
class Pair:
    """Hold what one benchmark said of each of the two, where it was asked."""

    benchmark: str
    old: Beside | None
    new: Beside | None


def context(target: Target, asked: Any, now: datetime) -> dict[str, Any]:
    """Return what the comparison shows; without two generations, only where to choose them."""
    old, new = (_chosen(target, asked.get(name, "")) for name in ("old", "new"))
    shown: dict[str, Any] = {"nav": "generations", "target": target, "old": None, "new": None}
    if old is None or new is None:
        return shown
    return shown | {
        "old": side(old, now, "old"),
        "new": side(new, now, "new"),
        "pairs": pairs(old, new),
        "one_base": old.base_commit == new.base_commit,
        "same_diff": bool(old.diff_digest) and old.diff_digest == new.diff_digest,
    }


def side(generation: Any, now: datetime, name: str) -> Side:
    """Word one of the two."""
    return Side(
        generation,
        reading.title_of(generation),
        Kind(generation.kind),
        reading.lasted(generation, now),
        showing.cost(generation),
        "" if generation.gain is None else points(generation.gain),
        draw(generation.diff, generation.diff_digest, name=name) if generation.diff else "",
    )


def pairs(old: Generation, new: Generation) -> Sequence[Pair]:
    """Lay the benchmarks of the two beside each other."""
    before = {one.delta.benchmark: one for one in showing.beside(old.deltas.all())}
    after = {one.delta.benchmark: one for one in showing.beside(new.deltas.all())}
    return [
        Pair(name, before.get(name), after.get(name))
        for name in [*before, *(after.keys() - before.keys())]
    ]


def _chosen(target: Target, number: str) -> Any:
    if not number.isascii() or not number.isdecimal() or len(number) > LONGEST:
        return None
    return showing.found(target.slug, int(number)).first()
