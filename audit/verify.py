"""Is the log still what was recorded, and if not, where does it first differ?"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.db import connection

from audit import derived, log, merkle, soundness, triggers
from audit.anchors import comparing
from audit.checks import signatures
from audit.checks.chains import Chains
from audit.checks.clocks import Clocks
from audit.keys import known
from audit.keys.trust import Trust
from audit.models import Entry, Leaf
from audit.notes import Key
from audit.texts import checking
from audit.ties import guards, matching
from audit.verifications import part

CHUNK = 2_000
MOST_PROBLEMS = 100
SHOWN_PROBLEMS = 20  # as many as the entry about a verification names
LONGEST_PROBLEM = 300  # characters; what is wrong may hold what an attacker wrote

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Problem:
    """Point at one place that does not hold."""

    where: str
    what: str


@dataclass(frozen=True)
class Verdict:
    """Say what was checked and what was found."""

    size: int
    root: str
    problems: tuple[Problem, ...]
    checked: int
    checkpoints: int
    unsealed: int
    oldest_unsealed: datetime | None
    erased: int  # entries whose words were erased, with an entry that says so
    unguarded: tuple[str, ...]  # triggers that are not there: no tampering, but an open door
    outside: tuple[comparing.Compared, ...]  # what was published, place by place
    doubts: tuple[str, ...]  # places that could not be read, or lack what was published there
    remarks: tuple[Problem, ...] = ()  # what a person may want to know: clocks that ran wrong
    since: int = 0  # of the entries before, only the stored hashes over them were read

    @property
    def ok(self) -> bool:
        """Say whether everything that was recorded is still as it was."""
        return not self.problems


@dataclass(frozen=True)
class _Row:
    """One leaf joined with its entry."""

    index: int
    leaf_hash: str
    entry_id: int
    uid: uuid.UUID
    body: str
    entry_hash: str
    signature: str

    def flaw(self) -> str | None:
        """Say what does not hold about it, or nothing."""
        if log.leaf_hash(self.body) != self.leaf_hash:
            return "the entry's text is not the one that was sealed"
        if self.entry_hash != self.leaf_hash:
            return "the entry's own hash was changed"
        return soundness.flaw(self.body, self.uid)

    def hash(self) -> bytes:
        """Return the hash that stands in the tree; of the text where it is none."""
        try:
            return bytes.fromhex(self.leaf_hash)
        except ValueError:
            return bytes.fromhex(log.leaf_hash(self.body))


@dataclass
class _Walk:
    """Go over the leaves once and collect what does not hold."""

    stated: dict[int, str]
    trust: Trust
    clocks: Clocks
    asked: frozenset[int] = frozenset()  # sizes that somebody outside states a root for
    roots: dict[int, str] = field(default_factory=dict)  # and the roots that come out
    chains: Chains = field(default_factory=Chains)
    frontier: merkle.Frontier = field(default_factory=merkle.Frontier)
    problems: list[Problem] = field(default_factory=list)
    expected: int = 0  # the index of the next leaf
    checked: int = 0
    erased: int = 0
    rooted: int = 0  # the last size whose root was right
    lost: bool = False  # a root was wrong: all later ones are, and say nothing more

    def begin(self, start: int) -> None:
        """Begin behind entries that are not read, from what is stored over them."""
        if (stored := part.prefix(start)) is None:
            self.add("nodes", f"not all stored hashes over the first {start} entries are there")
        self.lost, self.frontier = stored is None, stored or merkle.Frontier()
        self.expected = self.rooted = start
        self.chains.before = partial(part.last_before, start) if start else None

    def add(self, where: str, what: str) -> None:
        """Note a problem, up to as many as a person would read."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(where, what[:LONGEST_PROBLEM]))

    def add_all(self, found: Iterable[derived.Found]) -> None:
        """Note several problems."""
        for where, what in found:
            self.add(where, what)

    def compare_words(self, bodies: Mapping[int, str], places: Mapping[int, str]) -> None:
        """Check what is kept beside some entries, which are named by their places."""
        for row, what in checking.words(bodies):
            if what is None:
                self.erased += 1
            else:
                self.add(places[row], what)

    def take(self, row: _Row) -> bool:
        """Check one leaf, and the checkpoint that ends with it; say whether its entry is sound."""
        self.checked += 1
        where = f"leaf {row.index}"
        flaw = row.flaw()
        if told := self.attribute(where, row, row.index, flaw):
            self.add(where, f"{told} (entry {row.uid})")
        if row.index < self.expected:
            self.add(f"leaf {row.index}", "it lies outside the tree: it was invented")
            return not flaw
        if row.index > self.expected:
            self._miss(row.index - 1)
        self.expected = row.index + 1
        self.frontier = self.frontier.append(row.hash())
        if self.frontier.size in self.asked:
            self.roots[self.frontier.size] = self.frontier.root().hex()
        if not self.lost and (stated := self.stated.get(self.frontier.size)):
            self._compare(stated)
        return not flaw

    def attribute(
        self, where: str, row: "_Row | Entry", index: int | None, flaw: str | None
    ) -> str | None:
        """Check whose an entry is, what its writer wrote before it, and its clock; name a flaw."""
        place = soundness.place(row.body)
        if place is None:
            return flaw
        flaw = flaw or self.trust.flaw(place.writer, row.leaf_hash, row.signature, index)
        if index is not None:
            self.clocks.take(index, place.at)
        # Also with a flaw: what comes behind it is not to be blamed.
        unlinked = self.chains.take(where, place, row.leaf_hash)
        return flaw or unlinked

    def _miss(self, last: int) -> None:
        first, self.lost = self.expected, True
        if first == last:
            self.add(f"leaf {first}", _gap(first))
        else:
            self.add(f"leaf {first}", f"this leaf and all up to leaf {last} are gone")

    def _compare(self, stated: str) -> None:
        size = self.frontier.size
        if self.frontier.root().hex() == stated:
            self.rooted = size
            return
        self.lost = True
        first, last = self.rooted, size - 1
        among = f"leaf {first}" if first == last else f"one of the leaves {first} to {last}"
        self.add(f"checkpoint {size}", f"another root comes out: {among} was changed")


def verify(
    progress: Progress | None = None, *, pinned: Sequence[Key] = (), since: int = 0
) -> Verdict:
    """Recompute the tree, or its part since a size, and compare it with all that was stated.

    Raises KeyTrouble when no log key is pinned and this host has noted none.
    """
    # Order matters, as entries are sealed meanwhile: what is read first can only be less.
    outside = comparing.read()
    state = signatures.remembered()
    trust = known.trusted(pinned)
    read = part.read(since)
    start, size, stated = read.start, read.size, read.stated
    walk = _Walk(stated, trust, Clocks(read.moments), outside.sizes)
    walk.begin(start)
    for rows in _chunks(size, start):
        _take_chunk(walk, rows)
        if progress:
            progress(walk.checked, size - start)
    _check_end(walk, size)
    walk.add_all(outside.beyond(start).problems(size, walk.roots))
    walk.add_all(signatures.stated(trust, read.made))
    walk.add_all(signatures.signer(state, {**read.before, **stated}))
    walk.add_all(part.drawn(read, walk.frontier.size))
    walk.add_all(matching.differences())
    unsealed, oldest = _check_waiting(walk, read)
    walk.add_all(walk.chains.gaps())
    return Verdict(
        size=size,
        root=walk.frontier.root().hex(),
        problems=tuple(walk.problems),
        checked=walk.checked,
        checkpoints=len(stated),
        unsealed=unsealed,
        oldest_unsealed=oldest,
        erased=walk.erased,
        unguarded=(*triggers.missing(connection), *guards.missing(connection)),
        outside=outside.compared,
        doubts=tuple(doubt[:LONGEST_PROBLEM] for doubt in outside.doubts[:MOST_PROBLEMS]),
        remarks=tuple(Problem(*one) for one in walk.clocks.found),
        since=start,
    )


def _chunks(size: int, start: int) -> Iterator[Sequence[_Row]]:
    """Read the leaves in pieces, so that no lock or cursor is held for long."""
    entry = ("entry__uid", "entry__body", "entry__leaf_hash", "entry__signature")
    fields = ("index", "leaf_hash", "entry_id", *entry)
    piece = Leaf.objects.filter(index__lt=size).order_by("index")
    if start:
        piece = piece.filter(index__gte=start)
    # By key and not by counting: an invented leaf may lie anywhere, below zero too.
    while found := [_Row(*row) for row in piece.values_list(*fields)[:CHUNK]]:
        yield found
        piece = piece.filter(index__gt=found[-1].index)


def _take_chunk(walk: _Walk, rows: Sequence[_Row]) -> None:
    places = {row.entry_id: f"leaf {row.index}" for row in rows}
    bodies = {row.entry_id: row.body for row in rows if walk.take(row)}
    cited = {row: frozenset(soundness.cited(body)) for row, body in bodies.items()}
    for entry_id, what in derived.citations(cited):
        walk.add(places[entry_id], what)
    walk.compare_words(bodies, places)


def _gap(index: int) -> str:
    leaf = Leaf.objects.filter(index=index).first()
    return "its entry is gone" if leaf else "the leaf is gone"


def _check_end(walk: _Walk, size: int) -> None:
    if size > walk.expected:  # the last leaves are there, and their entries are not
        walk.add(f"leaf {walk.expected}", _gap(walk.expected))
    largest = max(walk.stated, default=0)
    if largest > size:
        walk.add(
            f"leaf {size}",
            f"the log ends here, but a checkpoint states {largest} leaves: the rest was cut off",
        )
    elif largest < size:
        walk.add(f"leaf {largest}", f"{size - largest} leaves are under no checkpoint")


def _check_waiting(walk: _Walk, read: part.Part) -> tuple[int, datetime | None]:
    """Look at what is not sealed yet; return how many wait, and since when the first does."""
    count, oldest = 0, None
    sound: dict[int, str] = {}
    for entry in part.rest(read).iterator(CHUNK):
        index: int | None = getattr(entry, "sealed_at")  # noqa: B009 - by annotation
        if index is None:
            count += 1
            oldest = oldest or entry.at
        flaw = soundness.flaw(entry.body, entry.uid)
        if log.leaf_hash(entry.body) != entry.leaf_hash:
            flaw = "its text does not match its hash"
        where = f"row {entry.pk}"
        if told := walk.attribute(where, entry, index, flaw):
            walk.add(where, f"{told} (entry {entry.uid})")
        if not flaw:
            sound[entry.pk] = entry.body
        if len(sound) == CHUNK:
            _take_waiting(walk, sound)
    _take_waiting(walk, sound)
    return count, oldest


def _take_waiting(walk: _Walk, bodies: dict[int, str]) -> None:
    walk.compare_words(bodies, {row: f"row {row}" for row in bodies})
    bodies.clear()
