"""How does a log lie in files that software which is not ours can read?

The layout of C2SP tlog-tiles: pure functions over bytes, to be lifted out at will.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from audit import merkle

Item = TypeVar("Item")
WIDE = 256  # hashes in a full tile, entries in a full bundle
ENTRY_LIMIT = 65_535  # bytes; a bundle tells the length of each in two
SIGNATURE = 64  # bytes of one Ed25519 signature
UNSIGNED = bytes(SIGNATURE)


@dataclass(frozen=True)
class File:
    """Hold one file of a copy, and how many entries are done with it."""

    path: str
    content: bytes
    entries: int = 0


def place(number: int, width: int = WIDE) -> str:
    """Spell the number of a tile; one that is not full says how wide it is."""
    text = str(number)
    text = text.zfill(-(-len(text) // 3) * 3)
    parts = [text[at : at + 3] for at in range(0, len(text), 3)]
    name = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
    return name if width == WIDE else f"{name}.p/{width}"


def pieces(items: Iterable[Item], length: int) -> Iterator[list[Item]]:
    """Cut what comes one by one into lists of this length; the last may be shorter."""
    rest = iter(items)
    while piece := list(islice(rest, length)):
        yield piece


def bundle(bodies: Sequence[bytes]) -> bytes:
    """Write entries one behind the other, each with its length before it."""
    return b"".join(len(body).to_bytes(2, "big") + body for body in bodies)


@dataclass
class HashTiles:
    """Take the leaf hashes of a tree in order and write its tiles, level by level."""

    _rows: list[list[bytes]] = field(default_factory=list)
    _numbers: list[int] = field(default_factory=list)

    def take(self, run: Sequence[bytes]) -> Iterator[File]:
        """Take the next leaves, as many as are in one tile, or fewer at the very end."""
        for hashed in run:
            yield from self._add(0, hashed)

    def rest(self) -> Iterator[File]:
        """Write the tiles that did not become full."""
        for level, row in enumerate(self._rows):
            if row:
                name = place(self._numbers[level], len(row))
                yield File(f"tile/{level}/{name}", b"".join(row))

    def _add(self, level: int, hashed: bytes) -> Iterator[File]:
        if level == len(self._rows):
            self._rows.append([])
            self._numbers.append(0)
        row = self._rows[level]
        row.append(hashed)
        if len(row) == WIDE:
            yield File(f"tile/{level}/{place(self._numbers[level])}", b"".join(row))
            self._rows[level] = []
            self._numbers[level] += 1
            yield from self._add(level + 1, _top(row))


def _top(row: list[bytes]) -> bytes:
    """Hash a full row pairwise, as long as more than one is left."""
    while len(row) > 1:
        row = [merkle.node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]
