"""What lies in a copy of the log with which somebody else can verify it without us?"""

import base64
import binascii
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from audit.keys import ring
from audit.models import Checkpoint, KeyStatement, Leaf, Payload
from audit.offline import tiles
from audit.offline.tiles import WIDE, File

VERIFIER = "verify_selfimprove_log.py"
SUMS = "SHA256SUMS"
NOTES = 1_000  # in one file
CHUNK = 8 * WIDE  # leaves in one query
READ_ME = (Path(__file__).parent / "README.txt").read_text(encoding="utf-8")

# Of one leaf: its place, its hash in the tree, its entry's name, text and signature.
Row = tuple[int, str, str, str, str]


class NotCopied(Exception):
    """The log cannot be copied as it is; the words say why and what to do."""


@dataclass(frozen=True)
class Tree:
    """Fix which tree is copied: it never changes again, whatever is sealed meanwhile."""

    size: int
    root: str
    note: str

    @classmethod
    def newest(cls) -> "Tree":
        """Return the tree of the newest checkpoint; raise NotCopied when there is none."""
        last = Checkpoint.objects.order_by("-size").first()
        if last is None:
            raise NotCopied("nothing is sealed yet: start the worker, or wait for it")
        return cls(last.size, last.root, last.note)


class Copy:
    """Make the files of a copy one after the other, and sum them up in the last one."""

    def __init__(self, tree: Tree, *, payloads: bool) -> None:
        """Take the tree, and whether the texts beside the entries go along."""
        self.tree, self.payloads = tree, payloads
        self.digest = ""  # of the last file, once it was made

    def files(self) -> Iterator[File]:
        """Return every file; nothing of the log is held in memory but one piece."""
        sums: list[str] = []
        for file in self._files():
            sums.append(f"{hashlib.sha256(file.content).hexdigest()}  {file.path}\n")
            yield file
        last = "".join(sorted(sums, key=lambda line: line[66:])).encode()
        self.digest = hashlib.sha256(last).hexdigest()
        yield File(SUMS, last)

    def _files(self) -> Iterator[File]:
        yield File("README.txt", READ_ME.encode())
        yield File(VERIFIER, (Path(__file__).parent / VERIFIER).read_bytes())
        yield File("policy", _policy().encode())
        yield File("keys", _one_after_the_other(_statements()))
        yield File("checkpoint", self.tree.note.encode())
        yield from self._checkpoints()
        yield from self._entries()

    def _checkpoints(self) -> Iterator[File]:
        made = Checkpoint.objects.filter(size__lte=self.tree.size).order_by("size")
        stated = made.values_list("note", flat=True).iterator(NOTES)
        for number, some in enumerate(tiles.pieces(stated, NOTES)):
            yield File(f"checkpoints/{tiles.place(number)}", _one_after_the_other(some))

    def _entries(self) -> Iterator[File]:
        hashes = tiles.HashTiles()
        for number, rows in enumerate(tiles.pieces(self._rows(), WIDE)):
            name = tiles.place(number, len(rows))
            yield from hashes.take([_hash(row) for row in rows])
            yield File(f"tile/entries/{name}", tiles.bundle([_body(row) for row in rows]))
            if self.payloads:
                yield File(f"payloads/{name}", _payloads(rows))
            signatures = b"".join(_signature(row) for row in rows)
            yield File(f"signatures/{name}", signatures, entries=len(rows))
        yield from hashes.rest()

    def _rows(self) -> Iterator[Row]:
        """Read the leaves in pieces, so that no lock or cursor is held while somebody is slow."""
        fields = ("index", "leaf_hash", "entry__uid", "entry__body", "entry__signature")
        for first in range(0, self.tree.size, CHUNK):
            last = min(first + CHUNK, self.tree.size)
            piece = Leaf.objects.filter(index__gte=first, index__lt=last).order_by("index")
            found = list(piece.values_list(*fields))
            for index, row in enumerate(found, start=first):
                if row[0] != index:
                    raise _lacks(index)
            if len(found) != last - first:
                raise _lacks(first + len(found))
            yield from ((row[0], row[1], str(row[2]), row[3], row[4]) for row in found)


def _policy() -> str:
    """Write the keys of the log as a C2SP tlog-policy; nobody else has to cosign."""
    keys = ring.pinned(ring.folder())
    if not keys:
        raise NotCopied(f"{ring.folder() / ring.PINNED} names no key of the log")
    return "".join(f"log {key}\n" for key in keys) + "quorum none\n"


def _statements() -> Iterable[str]:
    return KeyStatement.objects.order_by("pk").values_list("note", flat=True)


def _one_after_the_other(some: Iterable[str]) -> bytes:
    return "".join(f"{note}\n" for note in some).encode()


def _hash(row: Row) -> bytes:
    """Return what stands in the tree; a copy is never better than what it is a copy of."""
    try:
        raw = bytes.fromhex(row[1])
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise NotCopied(f"leaf {row[0]} holds no hash (entry {row[2]}); run `verify-log`")
    return raw


def _body(row: Row) -> bytes:
    body = row[3].encode()
    if len(body) > tiles.ENTRY_LIMIT:
        raise NotCopied(f"leaf {row[0]} has {len(body)} bytes (entry {row[2]}); run `verify-log`")
    return body


def _signature(row: Row) -> bytes:
    """Return the writer's signature; what is none becomes one that nobody made."""
    try:
        raw = base64.b64decode(row[4], validate=True)
    except (ValueError, binascii.Error):
        raw = b""
    return raw if len(raw) == tiles.SIGNATURE else tiles.UNSIGNED


def _payloads(rows: Sequence[Row]) -> bytes:
    """Write the texts beside the entries that were not erased, one JSON object a line."""
    kept = Payload.objects.filter(entry__leaf__index__in=[row[0] for row in rows])
    by_entry: defaultdict[str, list[str]] = defaultdict(list)
    for uid, name, salt, text in kept.order_by("name").values_list(
        "entry__uid", "name", "salt", "text"
    ):
        told = {"entry": str(uid), "name": name, "salt": salt, "text": text}
        by_entry[str(uid)].append(json.dumps(told, ensure_ascii=False, sort_keys=True) + "\n")
    return "".join(line for row in rows for line in by_entry[row[2]]).encode()


def _lacks(index: int) -> NotCopied:
    return NotCopied(f"leaf {index} or its entry is gone, so there is no whole tree to copy")
