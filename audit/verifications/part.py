"""What of the log is read when it was verified up to a size before?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet

from audit import derived, merkle, proofs
from audit.models import Checkpoint, Entry, Head, Leaf
from audit.sequencer import LOOK_BACK, RUN


def start(since: int) -> int:
    """Return the end of the last full run before a size: its stored hash stands for it.

    At least the last run is read, and the newest checkpoint with it.
    """
    newest = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    return max(0, min(since, newest - 1)) // RUN * RUN


@dataclass(frozen=True)
class Part:
    """Hold what was stated of the tree before its entries are read."""

    start: int  # entries before are not read
    size: int
    made: list[tuple[int, str, str]]  # size, root and note of checkpoints, as they were first
    least: int  # what the head may not be behind
    head: Head | None
    stated: dict[int, str]  # roots that are recomputed, by size
    before: dict[int, str]  # the last one that is not
    moments: list[tuple[int, datetime]]  # when each was made


def read(since: int) -> Part:
    """Read it, in an order in which what is read first can only be less."""
    begin = start(since)
    later = Checkpoint.objects.filter(Q(size__gt=begin) | Q(size__lt=1))  # no tree has none
    before = Checkpoint.objects.filter(size__gt=0, size__lte=begin).order_by("-size")[:1]
    made = list(later.values_list("size", "root", "note"))
    head = Head.objects.first()
    last = Leaf.objects.order_by("-index").values_list("index", flat=True).first()
    size = 0 if last is None else last + 1
    return Part(
        start=begin,
        size=size,
        made=made,
        least=max((states for states, _, _ in made), default=0),
        head=head,
        stated={states: root for states, root, _ in made}
        | dict(later.filter(size__lte=size).values_list("size", "root")),
        before=dict(before.values_list("size", "root")),
        moments=list(later.values_list("size", "made_at")),
    )


def first_row(start: int) -> int:
    """Return from which row on entries may be newer than the tree of a size."""
    leaf = Leaf.objects.filter(index=start).first() if start else None
    return leaf.entry_id - LOOK_BACK if leaf else 0


def rest(read: Part) -> QuerySet[Entry]:
    """Return what waits, and what was sealed since: a writer's entries are followed to the end."""
    later = Q(leaf__isnull=True) | Q(leaf__index__gte=read.size)
    rows = Entry.objects.filter(later, id__gte=first_row(read.start))
    return rows.annotate(sealed_at=F("leaf__index")).order_by("id")


def last_before(start: int, writer: str) -> tuple[int, str]:
    """Return number and hash of the last entry of a session that is sealed in the first leaves."""
    sealed = Entry.objects.filter(writer=writer, leaf__index__lt=start).order_by("-wseq")
    return sealed.values_list("wseq", "leaf__leaf_hash").first() or (0, "")


def prefix(start: int) -> merkle.Peaks | None:
    """Return the tree of so many leaves from the stored hashes; None where one is missing."""
    peaks, pieces = merkle.Peaks(), merkle.pieces(0, start)
    kept = proofs.stored(pieces)
    try:
        for piece in pieces:
            peaks.push(piece.level, bytes.fromhex(kept[piece]))
    except (ValueError, LookupError):
        return None
    return peaks


def drawn(read: Part, tops: Sequence[bytes | None]) -> Iterator[derived.Found]:
    """Compare what is drawn from the entries with them, given the hash over each full run."""
    yield from derived.head(read.head, read.stated, read.least)
    yield from derived.nodes(tops, read.start)
    yield from derived.unsealed_citations(first_row(read.start))
