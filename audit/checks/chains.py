"""Is any entry of a writer missing between two others, or there twice?

Each session of a writer counts its entries, and each names the hash of the one before. Entries
may come in another order than they were written, as one that took long is sealed later.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from audit.soundness import Place

LONGEST_GAP = 10_000  # a larger one is told as it is, and not waited for

Found = tuple[str, str]  # where, and what does not hold there


@dataclass
class InARow:
    """Hold entries of one session that follow each other: their leaves, and what links them."""

    writer: str
    wseq: int  # of the first
    wprev: str
    places: list[int]
    hashes: list[str]

    def goes_on(self, place: Place) -> bool:
        """Say whether an entry is the next one."""
        return (place.wseq, place.wprev) == (self.wseq + len(self.hashes), self.hashes[-1])


@dataclass
class _Missing:
    """Say which entry was not seen yet, and what its neighbours say of it."""

    where: str
    before: str | None  # the hash that it must name
    itself: str | None  # the hash that it must have


@dataclass
class Chains:
    """Follow every session of every writer."""

    tips: dict[str, tuple[int, str]] = field(default_factory=dict)
    missing: dict[tuple[str, int], _Missing] = field(default_factory=dict)
    # Where only a part of the log is read: the last entry of a session before that part.
    before: Callable[[str], tuple[int, str]] | None = None

    def take(self, where: str, place: Place, leaf_hash: str) -> str | None:
        """Take the next entry; say what is wrong with its place, or nothing."""
        number, before = self.tips.get(place.writer) or self._begun(place.writer)
        if place.wseq <= number:
            return self._late(place, leaf_hash)
        if place.wseq > number + LONGEST_GAP:
            self.tips[place.writer] = (place.wseq, leaf_hash)
            return f"all entries {number + 1} to {place.wseq - 1} of {place.writer} are missing"
        self.tips[place.writer] = (place.wseq, leaf_hash)
        if place.wseq == number + 1:
            return None if place.wprev == before else _unlinked(place)
        for one in range(number + 1, place.wseq):
            self.missing[place.writer, one] = _Missing(where, None, None)
        self.missing[place.writer, number + 1].before = before
        self.missing[place.writer, place.wseq - 1].itself = place.wprev
        return None

    def take_row(self, row: InARow) -> Iterator[tuple[int, str]]:
        """Take what a writer wrote in a row; yield each leaf that is not in its place, and why."""
        number, before = self.tips.get(row.writer) or self._begun(row.writer)
        if (row.wseq, row.wprev) == (number + 1, before):
            self.tips[row.writer] = (number + len(row.hashes), row.hashes[-1])
            return
        wprev = row.wprev
        for at, (index, hashed) in enumerate(zip(row.places, row.hashes, strict=True)):
            place = Place(row.writer, row.wseq + at, wprev, "")
            if what := self.take(f"leaf {index}", place, hashed):
                yield index, what
            wprev = hashed

    def _begun(self, writer: str) -> tuple[int, str]:
        return self.before(writer) if self.before else (0, "")

    def _late(self, place: Place, leaf_hash: str) -> str | None:
        gap = self.missing.pop((place.writer, place.wseq), None)
        if gap is None and self.before:  # it may have been missing before what is read
            return None
        if gap is None:
            return f"it is entry {place.wseq} of {place.writer} once more"
        earlier = self.missing.get((place.writer, place.wseq - 1))
        if earlier and earlier.itself is None:
            earlier.itself = place.wprev
        later = self.missing.get((place.writer, place.wseq + 1))
        if later and later.before is None:
            later.before = leaf_hash
        fits = gap.before in (None, place.wprev) and gap.itself in (None, leaf_hash)
        return None if fits else _unlinked(place)

    def gaps(self) -> Iterator[Found]:
        """Name every entry that is missing, once all have been taken."""
        for (writer, number), gap in self.missing.items():
            yield gap.where, f"entry {number} of {writer} is missing before it: it was removed"


def _unlinked(place: Place) -> str:
    return f"it does not follow entry {place.wseq - 1} of {place.writer}"
