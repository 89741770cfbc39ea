"""How is it shown that one entry is under a root that was stated?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q

from audit import log, merkle
from audit.merkle import Piece, Range
from audit.models import Checkpoint, Entry, Leaf, Node

TILE = 256  # neighbours that are read together


@dataclass(frozen=True)
class Proof:
    """Hold everything that somebody needs to check it alone."""

    index: int
    leaf_hash: str
    size: int
    root: str
    made_at: datetime
    hashes: tuple[str, ...]
    holds: bool


def proof_of(entry: Entry) -> Proof | None:
    """Prove the entry under the first checkpoint that covers it; None while it is not sealed."""
    leaf = Leaf.objects.filter(entry=entry).first()
    if leaf is None:
        return None
    checkpoint = Checkpoint.objects.filter(size__gt=leaf.index).order_by("size").first()
    return under(entry, checkpoint) if checkpoint else None


def under(entry: Entry, checkpoint: Checkpoint) -> Proof | None:
    """Prove the entry under one checkpoint; None while that does not cover it."""
    leaf = Leaf.objects.filter(entry=entry, index__lt=checkpoint.size).first()
    if leaf is None:
        return None
    leaf_hash = log.leaf_hash(entry.body)
    hashes, holds = _checked(leaf.index, bytes.fromhex(leaf_hash), checkpoint)
    return Proof(
        index=leaf.index,
        leaf_hash=leaf_hash,
        size=checkpoint.size,
        root=checkpoint.root,
        made_at=checkpoint.made_at,
        hashes=tuple(step.hex() for step in hashes),
        holds=holds,
    )


def root_at(size: int) -> bytes:
    """Return the root over the first leaves; raises ImpossibleProof where there are fewer."""
    _check_held(size)
    return _hashes([(0, size)])[0] if size else merkle.EMPTY_ROOT


def consistency_between(old: int, new: int) -> tuple[bytes, ...]:
    """Return the proof that the tree of one size begins with that of another."""
    _check_held(new)
    return tuple(_hashes(merkle.consistency_ranges(old, new)))


def _check_held(size: int) -> None:
    """Refuse a size that is not there before anything is hashed: it may be invented."""
    held = Leaf.objects.order_by("-index").values_list("index", flat=True).first()
    most = 0 if held is None else held + 1
    if not 0 <= size <= most:
        raise merkle.ImpossibleProof(f"the tree has {most} leaves, not {size}")


def _checked(index: int, leaf: bytes, checkpoint: Checkpoint) -> tuple[tuple[bytes, ...], bool]:
    """Return the proof and whether it holds; none where the rows cannot be those of a tree."""
    size = checkpoint.size
    try:
        root = bytes.fromhex(checkpoint.root)
        hashes = tuple(_hashes(merkle.inclusion_ranges(index, size)))
    except ValueError:  # no hash, or no place of this tree: both were written past the application
        return (), False
    holds = merkle.includes(index=index, size=size, leaf=leaf, proof=hashes, expected_root=root)
    return hashes, holds


def _hashes(ranges: Sequence[Range]) -> list[bytes]:
    """Return the hash over each range, from stored ones; raise ImpossibleProof without them."""
    cut = [merkle.pieces(*one) for one in ranges]
    kept = stored(piece for pieces in cut for piece in pieces)
    try:
        return [merkle.joined((piece, bytes.fromhex(kept[piece])) for piece in c) for c in cut]
    except KeyError as error:
        raise merkle.ImpossibleProof(f"no hash is stored for {error}") from error


def stored(pieces: Iterable[Piece]) -> dict[Piece, str]:
    """Read some hashes, with their neighbours: leaves with one statement, those over them too."""
    tiles = {(level, number // TILE) for level, number in pieces}
    leaves = [_within("index", tile) for level, tile in tiles if not level]
    nodes = [Q(level=level) & _within("number", tile) for level, tile in tiles if level]
    found = {}
    if leaves:
        rows = Leaf.objects.filter(reduce(or_, leaves)).values_list("index", "leaf_hash")
        found = {Piece(0, number): kept for number, kept in rows}
    if nodes:
        over = Node.objects.filter(reduce(or_, nodes))
        for level, number, kept in over.values_list("level", "number", "node_hash"):
            found[Piece(level, number)] = kept
    return found


def _within(name: str, tile: int) -> Q:
    return Q(**{f"{name}__gte": tile * TILE, f"{name}__lt": (tile + 1) * TILE})
