"""What of the entries in one stretch of the tree does not hold? Whoever looks needs no other."""

import uuid
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from audit import derived, log, merkle, soundness
from audit.checks.chains import InARow
from audit.checks.clocks import Clocks
from audit.keys.trust import UNSIGNED, Trust, signed
from audit.models import Entry, Leaf
from audit.sequencer import RUN
from audit.soundness import Place
from audit.texts import checking, indexed

WIDE = 8 * RUN  # leaves that are looked at together

Found = tuple[str, str]  # where, and what does not hold there


@dataclass(frozen=True)
class Stretch:
    """Name some leaves, the sizes whose roots are wanted, and when checkpoints were made there."""

    first: int
    stop: int
    sizes: Sequence[int] = ()
    made: Sequence[tuple[int, datetime]] = ()


class Row(NamedTuple):
    """One leaf joined with its entry."""

    leaf: int
    leaf_hash: str
    entry_id: int
    uid: uuid.UUID
    body: str
    entry_hash: str
    signature: str

    def read(self) -> tuple[Any, str | None]:
        """Return what its text holds, and what does not hold about it."""
        members, flaw = soundness.read(self.body, self.uid)
        if log.leaf_hash(self.body) != self.leaf_hash:
            return members, "the entry's text is not the one that was sealed"
        if self.entry_hash != self.leaf_hash:
            return members, "the entry's own hash was changed"
        return members, flaw

    def hash(self) -> bytes:
        """Return the hash that stands in the tree; of the text where it is none."""
        try:
            return bytes.fromhex(self.leaf_hash)
        except ValueError:
            return bytes.fromhex(log.leaf_hash(self.body))


@dataclass
class Judged:
    """Tell of a stretch what others go on with, and what does not hold in it."""

    stretch: Stretch
    checked: int = 0
    spans: list[list[int]] = field(default_factory=list)  # leaves that follow each other
    tops: list[bytes] = field(default_factory=list)  # the hash over each run, the last in part
    roots: dict[int, bytes] = field(default_factory=dict)  # over a run up to a size
    written: list[InARow] = field(default_factory=list)
    flaws: dict[int, str] = field(default_factory=dict)  # by leaf
    found: list[Found] = field(default_factory=list)
    remarks: list[Found] = field(default_factory=list)
    erased: int = 0
    words: dict[int, int] = field(default_factory=dict)  # what the index of words must hold


class Judge:
    """Look at entries with the keys that count."""

    def __init__(
        self, trusted: Callable[[], Trust], *, signatures: bool = True, searched: bytes
    ) -> None:
        """Say whose word counts, and whether the index of words is told by sums or asked."""
        self.trusted, self.trust = trusted, trusted()
        self.signatures, self.searched = signatures, searched
        self.strangers: set[str] = set()

    def judge(self, stretch: Stretch) -> Judged:
        """Look at all leaves of a stretch."""
        found, clocks = Judged(stretch), Clocks(stretch.made)
        stated: dict[int, Any] = {}
        places: dict[int, str] = {}
        hashes = []
        last: dict[str, InARow] = {}
        for row in _rows(stretch):
            members, flaw = row.read()
            if not flaw:
                stated[row.entry_id] = members
            place = soundness.place(members)
            if place:
                flaw = flaw or self.signature_flaw(place.writer, row, row.leaf)
                clocks.take(row.leaf, place.at)
                _follow(found.written, last, row, place)
            if flaw:
                found.flaws[row.leaf] = f"{flaw} (entry {row.uid})"
            places[row.entry_id] = f"leaf {row.leaf}"
            _span(found.spans, row.leaf)
            hashes.append(row.hash())
        found.checked, found.remarks = len(hashes), clocks.found
        self.look_beside(stated, places, found)
        _grow(found, hashes)
        return found

    def look_beside(
        self, stated: Mapping[int, Any], places: Mapping[int, str], found: Judged
    ) -> None:
        """Compare what is kept beside sound entries with what their texts say of it."""
        if found.stretch.stop:  # what waits has no citations yet
            cited = {row: soundness.cited(one) for row, one in stated.items()}
            found.found += [(places[row], what) for row, what in derived.citations(cited)]
        differing, kept = checking.words({row: one["payloads"] for row, one in stated.items()})
        for row, what in differing:
            if what is None:
                found.erased += 1
            else:
                found.found.append((places[row], what))
        reasons = {row: (one, kept[row]) for row, one in stated.items() if row in kept}
        if not self.searched:
            asked = indexed.differences(stated, reasons)
            found.found += [(places[row], what) for row, what in asked]
        else:
            found.words = indexed.expected(reasons, self.searched)

    def signature_flaw(self, writer: str, row: Row | Entry, index: int | None) -> str | None:
        """Say why its writer's key did not sign an entry, or nothing."""
        key = self.trust.key_of(writer, index)
        if isinstance(key, str) and writer not in self.strangers:
            self.strangers.add(writer)
            self.trust = self.trusted()  # it may have been let in since
            key = self.trust.key_of(writer, index)
        if isinstance(key, str):
            return key
        if not self.signatures or signed(key, row.leaf_hash, row.signature):
            return None
        return UNSIGNED


def stretches(
    size: int, start: int, sizes: Sequence[int], made: Sequence[tuple[int, datetime]]
) -> Iterator[Stretch]:
    """Cut the leaves from a full run on into stretches that are not empty.

    By key and not by counting: an invented leaf may lie anywhere, below zero too.
    """
    leaves = Leaf.objects.filter(index__lt=size).order_by("index").values_list("index", flat=True)
    if not start:
        while (below := leaves.filter(index__lt=0).first()) is not None and below < start:
            start = min(0, below + WIDE)
            yield Stretch(below, start)
            leaves = leaves.filter(index__gte=start)
    ends = [one for one, _ in made]
    while (first := leaves.filter(index__gte=start).first()) is not None:
        first = max(start, first // WIDE * WIDE)
        start = min(size, first // WIDE * WIDE + WIDE)
        wanted = sizes[bisect_right(sizes, first) : bisect_right(sizes, start)]
        around = made[max(0, bisect_right(ends, first) - 1) : bisect_left(ends, start) + 1]
        yield Stretch(first, start, wanted, around)


def _rows(stretch: Stretch) -> Iterator[Row]:
    entry = ("entry__uid", "entry__body", "entry__leaf_hash", "entry__signature")
    leaves = Leaf.objects.filter(index__gte=stretch.first, index__lt=stretch.stop)
    rows = leaves.order_by("index").values_list("index", "leaf_hash", "entry_id", *entry)
    return map(Row._make, rows.iterator(WIDE))


def _follow(written: list[InARow], last: dict[str, InARow], row: Row, place: Place) -> None:
    """Join an entry to what its session wrote before it."""
    open_row = last.get(place.writer)
    if open_row is None or not open_row.goes_on(place):
        open_row = last[place.writer] = InARow(place.writer, place.wseq, place.wprev, [], [])
        written.append(open_row)
    open_row.places.append(row.leaf)
    open_row.hashes.append(row.leaf_hash)


def _span(spans: list[list[int]], index: int) -> None:
    if spans and spans[-1][1] == index:
        spans[-1][1] = index + 1
    else:
        spans.append([index, index + 1])


def _grow(found: Judged, hashes: Sequence[bytes]) -> None:
    """Compute the hash over each run, as far as no leaf is missing."""
    first = found.stretch.first
    if first < 0 or not found.spans or found.spans[0][0] != first:
        return
    sizes, end = found.stretch.sizes, found.spans[0][1]
    for begin in range(first, end, RUN):
        stop = min(begin + RUN, end)
        wanted = {one - begin for one in sizes if begin < one <= stop} | {stop - begin}
        roots = merkle.roots_at(hashes[begin - first : stop - first], wanted)
        found.tops.append(roots[stop - begin])
        found.roots |= {begin + size: root for size, root in roots.items()}
