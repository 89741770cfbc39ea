"""Is the log still what was recorded, and if not, where does it first differ?"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from audit import derived, log, soundness, triggers
from audit.anchors import comparing
from audit.checks import ends, signatures
from audit.checks.beside import beside
from audit.checks.clocks import Clocks
from audit.checks.walk import LONGEST_PROBLEM, MOST_PROBLEMS, Problem, Row, Walk
from audit.keys import known
from audit.keys.trust import UNSIGNED
from audit.models import Leaf
from audit.notes import Key
from audit.ties import guards, matching
from audit.verifications import part

CHUNK = 2_000
SHOWN_PROBLEMS = 20  # as many as the entry about a verification names

Progress = Callable[[int, int], None]


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


def verify(
    progress: Progress | None = None, *, pinned: Sequence[Key] = (), since: int = 0
) -> Verdict:
    """Recompute the tree, or its part since a size, and compare it with all that was stated.

    Raises KeyTrouble when no log key is pinned and this host has noted none, and Unfinished when
    the signatures could not all be checked.
    """
    # Order matters, as entries are sealed meanwhile: what is read first can only be less.
    state = signatures.remembered()
    trust = known.trusted(pinned)
    outside = comparing.read(trust)
    read = part.read(since)
    start, size, stated = read.start, read.size, read.stated
    walk = Walk(stated, lambda: known.trusted(pinned), trust, Clocks(read.moments), outside.sizes)
    walk.begin(start)
    _check_leaves(walk, read, progress)
    walk.add_all(ends.differences(walk.expected, size, max(stated, default=0)))
    walk.add_all(outside.beyond(start).problems(size, walk.roots))
    walk.add_all(signatures.stated(trust, read.made))
    walk.add_all(signatures.signer(state, {**read.before, **stated}))
    walk.add_all(part.drawn(read, walk.frontier.size))
    walk.add_all(matching.differences())
    waiting = _check_waiting(walk, read)
    walk.add_all(walk.chains.gaps())
    return _verdict(walk, read, outside, waiting)


def _verdict(
    walk: Walk,
    read: part.Part,
    outside: comparing.Outside,
    waiting: tuple[int, datetime | None],
) -> Verdict:
    unsealed, oldest = waiting
    return Verdict(
        size=read.size,
        root=walk.frontier.root().hex(),
        problems=tuple(walk.problems),
        checked=walk.checked,
        checkpoints=len(read.stated),
        unsealed=unsealed,
        oldest_unsealed=oldest,
        erased=walk.erased,
        unguarded=(*triggers.missing(connection), *guards.missing(connection)),
        outside=outside.compared,
        doubts=tuple(doubt[:LONGEST_PROBLEM] for doubt in outside.doubts[:MOST_PROBLEMS]),
        remarks=tuple(Problem(*one) for one in walk.clocks.found),
        since=read.start,
    )


def _chunks(size: int, start: int) -> Iterator[Sequence[Row]]:
    """Read the leaves in pieces, so that no lock or cursor is held for long."""
    entry = ("entry__uid", "entry__body", "entry__leaf_hash", "entry__signature")
    fields = ("index", "leaf_hash", "entry_id", *entry)
    piece = Leaf.objects.filter(index__lt=size).order_by("index")
    if start:
        piece = piece.filter(index__gte=start)
    # By key and not by counting: an invented leaf may lie anywhere, below zero too.
    while found := [Row(*row) for row in piece.values_list(*fields)[:CHUNK]]:
        yield found
        piece = piece.filter(index__gt=found[-1].index)


def _check_leaves(walk: Walk, read: part.Part, progress: Progress | None) -> None:
    with beside(read.size - read.start) as walk.beside:
        for rows in _chunks(read.size, read.start):
            _take_chunk(walk, rows)
            if progress:
                progress(walk.checked, read.size - read.start)
        if walk.beside:
            walk.add_all((where, UNSIGNED) for where in walk.beside.wrong())
    walk.beside = None


def _take_chunk(walk: Walk, rows: Sequence[Row]) -> None:
    places = {row.entry_id: f"leaf {row.index}" for row in rows}
    bodies = {row.entry_id: row.body for row in rows if walk.take(row)}
    cited = {row: frozenset(soundness.cited(body)) for row, body in bodies.items()}
    for entry_id, what in derived.citations(cited):
        walk.add(places[entry_id], what)
    walk.compare_words(bodies, places)


def _check_waiting(walk: Walk, read: part.Part) -> tuple[int, datetime | None]:
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


def _take_waiting(walk: Walk, bodies: dict[int, str]) -> None:
    walk.compare_words(bodies, {row: f"row {row}" for row in bodies})
    bodies.clear()
