"""Is the log still what was recorded, and if not, where does it first differ?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from audit import log, soundness, triggers
from audit.anchors import comparing
from audit.checks import ends, tips
from audit.checks import signatures as signatures_of
from audit.checks.beside import Judging, Terms, judging
from audit.checks.searched import searching
from audit.checks.stretch import Judge, Judged, Stretch, stretches
from audit.checks.walk import LONGEST_PROBLEM, MOST_PROBLEMS, Problem, Walk
from audit.keys import known
from audit.models import Entry
from audit.notes import Key
from audit.people import checking as directory
from audit.texts import indexing
from audit.ties import guards, matching
from audit.verifications import part

CHUNK = 2_000
MOST_REMARKS = 100
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
    signatures: bool = True  # whether those of the writers were checked

    @property
    def ok(self) -> bool:
        """Say whether everything that was recorded is still as it was."""
        return not self.problems


def verify(
    progress: Progress | None = None,
    *,
    pinned: Sequence[Key] = (),
    since: int = 0,
    signatures: bool = True,
) -> Verdict:
    """Recompute the tree, or its part since a size, and compare it with all that was stated.

    Raises KeyTrouble when no log key is pinned and this host has noted none, and Unfinished when
    not everything could be looked at.
    """
    # Order matters, as entries are sealed meanwhile: what is read first can only be less.
    state = signatures_of.remembered()
    trust = known.trusted(pinned)
    outside = comparing.read(trust)
    read = part.read(since)
    walk = Walk(read.stated, outside.sizes)
    walk.begin(read.start)
    keys = tuple(str(key) for key in pinned)
    with searching(whole=not read.start, size=read.size) as index:
        terms = Terms(keys, signatures=signatures, searched=index.key)
        with judging(read.size - read.start, terms) as crowd:
            _check_leaves(walk, read, crowd, progress)
            waiting = _check_waiting(walk, read, crowd.own)
        walk.add_all(ends.differences(walk.expected, read.size, max(read.stated, default=0)))
        walk.add_all(outside.beyond(read.start).problems(read.size, walk.roots))
        walk.add_all(signatures_of.stated(trust, read.made))
        walk.add_all(signatures_of.signer(state, {**read.before, **read.stated}))
        walk.add_all(part.drawn(read, walk.tops))
        walk.add_all(matching.differences())
        walk.add_all(directory.differences())
        walk.add_all(tips.differences())
        walk.add_all(walk.chains.gaps())
        walk.add_all(index.differences(walk.words))
    return _verdict(walk, read, outside, waiting, signatures=signatures)


def _verdict(
    walk: Walk,
    read: part.Part,
    outside: comparing.Outside,
    waiting: tuple[int, datetime | None],
    *,
    signatures: bool,
) -> Verdict:
    unsealed, oldest = waiting
    return Verdict(
        size=read.size,
        root=walk.root.hex(),
        problems=tuple(walk.problems),
        checked=walk.checked,
        checkpoints=len(read.stated),
        unsealed=unsealed,
        oldest_unsealed=oldest,
        erased=walk.erased,
        unguarded=_unguarded(),
        outside=outside.compared,
        doubts=tuple(doubt[:LONGEST_PROBLEM] for doubt in outside.doubts[:MOST_PROBLEMS]),
        remarks=tuple(Problem(*one) for one in [*walk.remarks, *tips.remarks()][:MOST_REMARKS]),
        since=read.start,
        signatures=signatures,
    )


def _unguarded() -> tuple[str, ...]:
    rules = (triggers, guards, indexing)
    return tuple(name for rule in rules for name in rule.missing(connection))


def _check_leaves(walk: Walk, read: part.Part, crowd: Judging, progress: Progress | None) -> None:
    sizes = sorted({*read.stated, *walk.asked})
    made = sorted({*read.moments})
    for judged in crowd.judged(stretches(read.size, read.start, sizes, made)):
        walk.take(judged)
        if progress:
            progress(walk.checked, read.size - read.start)


def _check_waiting(walk: Walk, read: part.Part, judge: Judge) -> tuple[int, datetime | None]:
    """Look at what is not sealed yet; return how many wait, and since when the first does."""
    count, oldest = 0, None
    sound: dict[int, Any] = {}
    for entry in part.rest(read).iterator(CHUNK):
        index: int | None = getattr(entry, "sealed_at")  # noqa: B009 - by annotation
        if index is None:
            count += 1
            oldest = oldest or entry.at
        members, flaw = soundness.read(entry.body, entry.uid)
        if log.leaf_hash(entry.body) != entry.leaf_hash:
            flaw = "its text does not match its hash"
        if not flaw:
            sound[entry.pk] = members
        if told := _attributed(walk, judge, entry, index, flaw, soundness.place(members)):
            walk.add(f"row {entry.pk}", f"{told} (entry {entry.uid})")
        if len(sound) == CHUNK:
            _take_waiting(walk, judge, sound)
    _take_waiting(walk, judge, sound)
    return count, oldest


def _attributed(
    walk: Walk,
    judge: Judge,
    entry: Entry,
    index: int | None,
    flaw: str | None,
    place: soundness.Place | None,
) -> str | None:
    """Check whose an entry is and what its writer wrote before it; name a flaw."""
    if place is None:
        return flaw
    flaw = flaw or judge.signature_flaw(place.writer, entry, index)
    # Also with a flaw: what comes behind it is not to be blamed.
    unlinked = walk.chains.take(f"row {entry.pk}", place, entry.leaf_hash)
    return flaw or unlinked


def _take_waiting(walk: Walk, judge: Judge, sound: dict[int, Any]) -> None:
    found = Judged(Stretch(0, 0))
    judge.look_beside(sound, {row: f"row {row}" for row in sound}, found)
    walk.erased += found.erased
    walk.words |= found.words
    walk.add_all(found.found)
    sound.clear()
