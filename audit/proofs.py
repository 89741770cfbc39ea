"""How is it shown that one entry is under a root that was stated?"""

from dataclasses import dataclass
from datetime import datetime

from audit import log, merkle
from audit.models import Checkpoint, Entry, Leaf, Node
from audit.sequencer import RUN


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
    return _stored_range_hash(0, size) if size else merkle.EMPTY_ROOT


def consistency_between(old: int, new: int) -> tuple[bytes, ...]:
    """Return the proof that the tree of one size begins with that of another."""
    _check_held(new)
    return merkle.consistency_proof(old, new, _stored_range_hash)


def _check_held(size: int) -> None:
    """Refuse a size that is not there before anything is hashed: it may be invented."""
    held = Leaf.objects.order_by("-index").values_list("index", flat=True).first()
    most = 0 if held is None else held + 1
    if not 0 <= size <= most:
        raise merkle.ImpossibleProof(f"the tree has {most} leaves, not {size}")


def _checked(index: int, leaf: bytes, checkpoint: Checkpoint) -> tuple[tuple[bytes, ...], bool]:
    """Return the proof and whether it holds; none where the rows cannot be those of a tree."""
    size = checkpoint.size
    if size // RUN > Node.objects.count():  # else an invented size would have us hash without end
        return (), False
    try:
        root = bytes.fromhex(checkpoint.root)
        hashes = merkle.inclusion_proof(index, size, _stored_range_hash)
    except ValueError:  # no hash, or no place of this tree: both were written past the application
        return (), False
    holds = merkle.includes(index=index, size=size, leaf=leaf, proof=hashes, expected_root=root)
    return hashes, holds


def _stored_range_hash(start: int, end: int) -> bytes:
    """Hash a range from the stored nodes, and from single leaves only where it is ragged."""
    numbers = range(start // RUN, end // RUN)
    nodes = Node.objects.filter(number__gte=numbers.start, number__lt=numbers.stop)
    stored = dict(nodes.values_list("number", "node_hash"))

    def over(first: int, last: int) -> bytes:
        if first % RUN == 0 and last - first == RUN and first // RUN in stored:
            return bytes.fromhex(stored[first // RUN])
        if last - first <= RUN:
            return _leaves_hash(first, last)
        middle = first + merkle.split(last - first)
        return merkle.node_hash(over(first, middle), over(middle, last))

    return over(start, end)


def _leaves_hash(start: int, end: int) -> bytes:
    leaves = Leaf.objects.filter(index__gte=start, index__lt=end).order_by("index")
    hashes = leaves.values_list("leaf_hash", flat=True)
    return merkle.root(bytes.fromhex(leaf) for leaf in hashes)
