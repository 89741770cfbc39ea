"""Which one hash stands for an ordered list of entries, and how is an entry shown to be in it?

RFC 6962, section 2.1, and nothing else: pure functions over bytes, to be lifted out at will.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

EMPTY_ROOT = sha256(b"").digest()
LEVELS = tuple(range(56, -1, -8))  # of complete subtrees to keep: 256 of one make the next

# A range of leaves, from the first to just behind the last, and the hash over it.
Range = tuple[int, int]
RangeHash = Callable[[int, int], bytes]


class Piece(NamedTuple):
    """Name one complete subtree of 2**level leaves; those of level 0 are the leaves."""

    level: int
    number: int


class ImpossibleProof(ValueError):
    """A proof was asked for what the tree of that size does not hold, or has a wrong shape."""


def leaf_hash(body: bytes) -> bytes:
    """Hash one entry; the prefix keeps a leaf from ever being taken for a node."""
    return sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbouring subtrees into the one above them."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True)
class Frontier:
    """Keep what is enough to go on appending: one hash per complete subtree, largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.peaks) != self.size.bit_count():
            raise ValueError(f"{len(self.peaks)} hashes cannot be the frontier of {self.size}")

    def append(self, leaf: bytes) -> "Frontier":
        """Return the frontier with one leaf hash more."""
        peaks = [*self.peaks, leaf]
        full = self.size
        while full & 1:
            right = peaks.pop()
            peaks.append(node_hash(peaks.pop(), right))
            full >>= 1
        return Frontier(self.size + 1, tuple(peaks))

    def root(self) -> bytes:
        """Return the root over everything appended so far."""
        return _folded(self.peaks)


def root(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes that are read once, in order."""
    stack: list[bytes] = []
    for size, leaf in enumerate(leaves, 1):
        full = size
        while not full & 1:
            leaf = node_hash(stack.pop(), leaf)
            full >>= 1
        stack.append(leaf)
    return _folded(stack)


def pieces(start: int, end: int) -> list[Piece]:
    """Cut a range that a proof asks for into as few complete subtrees as there are."""
    found, at = [], start
    for level in LEVELS:
        last = at + ((end - at) >> level << level)
        found += [Piece(level, number) for number in range(at >> level, last >> level)]
        at = last
    return found


class Peaks:
    """Grow a tree by complete subtrees, and say its root at any moment."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.kept: list[tuple[int, bytes]] = []

    def push(self, height: int, value: bytes) -> None:
        """Add a complete subtree behind those that are there."""
        kept = self.kept
        while kept and kept[-1][0] == height:
            value, height = node_hash(kept.pop()[1], value), height + 1
        kept.append((height, value))

    def root(self, *more: bytes) -> bytes:
        """Return the root over everything, and over what would come behind it."""
        return _folded([*(value for _, value in self.kept), *more])


def joined(kept: Iterable[tuple[Piece, bytes]]) -> bytes:
    """Return the hash over a range from those of its pieces, in their order."""
    peaks = Peaks()
    for (level, _), value in kept:
        peaks.push(level, value)
    return peaks.root()


def roots_at(leaves: Sequence[bytes], sizes: Iterable[int]) -> dict[int, bytes]:
    """Return the roots over the first so many of some leaves."""
    peaks, found, at = Peaks(), {}, 0
    for size in sorted(sizes):
        for leaf in leaves[at:size]:
            peaks.push(0, leaf)
        found[size], at = peaks.root(), size
    return found


def _folded(peaks: Sequence[bytes]) -> bytes:
    if not peaks:
        return EMPTY_ROOT
    right = peaks[-1]
    for left in reversed(peaks[:-1]):
        right = node_hash(left, right)
    return right


def split(size: int) -> int:
    """Return the largest power of two below `size`: where RFC 6962 cuts a tree in two."""
    return 1 << (size - 1).bit_length() - 1


def range_hash_of(leaves: Sequence[bytes]) -> RangeHash:
    """Return the range hash over leaf hashes that are all in memory."""
    return lambda start, end: root(leaves[start:end])


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Return the ranges whose hashes lead from a leaf to the root, the nearest first."""
    if not 0 <= index < size:
        raise ImpossibleProof(f"a tree of {size} leaves has no leaf {index}")
    ranges: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def inclusion_proof(index: int, size: int, range_hash: RangeHash) -> tuple[bytes, ...]:
    """Return the hashes that lead from leaf `index` to the root of the first `size` leaves."""
    return tuple(range_hash(*one) for one in inclusion_ranges(index, size))


def root_from_proof(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """Return the root to which leaf and proof lead; raises ImpossibleProof on a wrong shape."""
    if not 0 <= index < size:
        raise ImpossibleProof(f"a tree of {size} leaves has no leaf {index}")
    position, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ImpossibleProof("the proof has more hashes than the tree has levels")
        if position & 1 or position == last:
            result = node_hash(sibling, result)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise ImpossibleProof("the proof ends below the root")
    return result


def includes(
    *, index: int, size: int, leaf: bytes, proof: Sequence[bytes], expected_root: bytes
) -> bool:
    """Say whether the proof puts the leaf at this index of the tree with this root."""
    try:
        return root_from_proof(index, size, leaf, proof) == expected_root
    except ImpossibleProof:
        return False


def consistency_ranges(old: int, new: int) -> list[Range]:
    """Return the ranges whose hashes show the first `new` leaves to begin with `old` of them."""
    _check_sizes(old, new)
    ranges: list[Range] = []
    start, end = 0, new  # the subtree that still holds the old tree's edge
    while old != end:
        middle = start + split(end - start)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start:  # else the old tree is that subtree, and its root is known already
        ranges.append((start, end))
    return ranges[::-1]


def consistency_proof(old: int, new: int, range_hash: RangeHash) -> tuple[bytes, ...]:
    """Return the hashes that show the first `new` leaves to begin with the first `old`."""
    return tuple(range_hash(*one) for one in consistency_ranges(old, new))


def roots_from_consistency(
    old: int, new: int, old_root: bytes, proof: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """Return the old and the new root to which the proof leads; raises ImpossibleProof."""
    hashes = _from_edge(old, new, old_root, proof)
    if old == new:
        return old_root, old_root
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    before = after = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise ImpossibleProof("the proof has more hashes than the tree has levels")
        if position & 1 or position == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise ImpossibleProof("the proof ends below the root")
    return before, after


def continues(
    *, old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Say whether the proof shows that the new tree begins with the whole old one."""
    try:
        return roots_from_consistency(old, new, old_root, proof) == (old_root, new_root)
    except ImpossibleProof:
        return False


def _from_edge(old: int, new: int, old_root: bytes, proof: Sequence[bytes]) -> Sequence[bytes]:
    """Return the hashes to climb by, beginning with the subtree at the old tree's edge."""
    _check_sizes(old, new)
    if old == new and proof:
        raise ImpossibleProof("the proof between trees of one size is empty")
    hashes = [old_root, *proof] if old == new or old.bit_count() == 1 else proof
    if not hashes:
        raise ImpossibleProof("the proof is empty")
    return hashes


def _check_sizes(old: int, new: int) -> None:
    if old < 1:  # every tree begins with the empty one: a proof of it would prove nothing
        raise ImpossibleProof("there is no consistency proof from an empty tree")
    if old > new:
        raise ImpossibleProof(f"a tree of {new} leaves does not begin with one of {old}")
