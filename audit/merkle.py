"""Which one hash stands for an ordered list of entries, and how is an entry shown to be in it?

RFC 6962, section 2.1, and nothing else: pure functions over bytes, to be lifted out at will.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()

# A range of leaves, from the first to just behind the last, and the hash over it.
RangeHash = Callable[[int, int], bytes]


class ImpossibleProof(ValueError):
    """A proof was asked for a leaf that the tree of that size does not hold."""


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
        if not self.peaks:
            return EMPTY_ROOT
        right = self.peaks[-1]
        for left in reversed(self.peaks[:-1]):
            right = node_hash(left, right)
        return right


def root(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes that are read once, in order."""
    frontier = Frontier()
    for leaf in leaves:
        frontier = frontier.append(leaf)
    return frontier.root()


def split(size: int) -> int:
    """Return the largest power of two below `size`: where RFC 6962 cuts a tree in two."""
    return 1 << (size - 1).bit_length() - 1


def range_hash_of(leaves: Sequence[bytes]) -> RangeHash:
    """Return the range hash over leaf hashes that are all in memory."""
    return lambda start, end: root(leaves[start:end])


def inclusion_proof(index: int, size: int, range_hash: RangeHash) -> tuple[bytes, ...]:
    """Return the hashes that lead from leaf `index` to the root of the first `size` leaves."""
    if not 0 <= index < size:
        raise ImpossibleProof(f"a tree of {size} leaves has no leaf {index}")
    siblings: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            siblings.append(range_hash(middle, end))
            end = middle
        else:
            siblings.append(range_hash(start, middle))
            start = middle
    return tuple(reversed(siblings))


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
