"""Which answers may a comparison of two trees come to? Pure: without Django."""

from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """Name the four answers; not knowing is one of them."""

    BETTER = "better"
    WORSE = "worse"
    NO_DIFFERENCE = "no difference"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Difference:
    """Hold an answer with what led to it; a difference above zero is for the better."""

    verdict: Verdict
    words: str
    keep: bool = False  # the new may take the place of the old
    proven: bool = False  # it is better in general, by 95 %, and not on these items alone
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    wins: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()
    items: int = 0
    repeats: int = 1
    is_noisy: bool = field(default=False)


def undecided(why: str) -> Difference:
    """Return the answer that there is none."""
    return Difference(Verdict.INCONCLUSIVE, why)


def same(why: str) -> Difference:
    """Return the answer that nothing differs."""
    return Difference(Verdict.NO_DIFFERENCE, why, difference=0.0, low=0.0, high=0.0)
