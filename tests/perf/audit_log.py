"""How does a log of a million entries come into a database within minutes?

Written past the models, many rows at once, and yet as the product would have written it: signed,
with its tree, its checkpoints and the words beside it, so that it verifies.
"""

import shutil
import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from audit import merkle, notes
from audit.keys import known, ring, session, signer_state, tips
from audit.keys.signer_state import SignerState, Tree
from audit.models import Checkpoint, Entry, Head, Leaf
from audit.sequencer import RUN
from tests.audit.entries import as_the_owner_of_the_database
from tests.perf.audit_entries import BEGIN, STEP, Made, batches

UNDER = 100  # entries under one checkpoint
COLUMNS = {
    "audit_entry": ("id", "uid", "body", "leaf_hash", "signature"),
    "audit_leaf": ("index", "entry_id", "leaf_hash"),
    "audit_payload": ("entry_id", "name", "salt", "text"),
    "audit_citation": ("entry_id", "cited"),
    "audit_node": ("level", "number", "node_hash"),
    "audit_checkpoint": ("size", "root", "made_at", "note"),
}


def fill(count: int) -> None:
    """Write that many entries, unless the log has them: a database that is kept is filled once."""
    if Leaf.objects.filter(index=count - 1).exists():
        return
    _empty()
    keys = ring.folder()
    writer = ring.writer(keys)
    assert writer is not None
    tree = _Tree()
    for made in batches(count, writer):
        _write_batch(made, tree)
    frontier = tree.frontier
    peaks = [peak.hex() for peak in frontier.peaks]
    last = {"size": frontier.size, "frontier": peaks, "swept_at": _moment(frontier.size)}
    Head.objects.update_or_create(pk=1, defaults=last)
    signed = SignerState(Tree(frontier.size, frontier.root().hex()))
    keys.replace(signer_state.NAME, str(signed))
    known.carry_own(datetime.now(UTC))
    _settle()


def _empty() -> None:
    """Take out what migrations have written, as an owner of the database can."""
    with as_the_owner_of_the_database() as cursor:
        for model in (Leaf, Checkpoint, Entry):
            cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608 - ours
    session.forget()  # what it wrote is gone, so what it writes next is its first again
    shutil.rmtree(ring.folder() / tips.FOLDER, ignore_errors=True)


def _write_batch(made: list[Made], tree: "_Tree") -> None:
    nodes, checkpoints = tree.grown(made)
    rows: dict[str, Iterable[Sequence[Any]]] = {
        "audit_entry": [(e.row, _key(e.uid), e.body, e.leaf_hash, e.signature) for e in made],
        "audit_leaf": [(e.row - 1, e.row, e.leaf_hash) for e in made],
        "audit_payload": _words(made),
        "audit_citation": [(e.row, _key(cited)) for e in made for cited in e.cites],
        "audit_node": nodes,
        "audit_checkpoint": checkpoints,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        for table, some in rows.items():
            _write(cursor, table, some)


def _key(uid: uuid.UUID) -> uuid.UUID | str:
    return uid if connection.vendor == "postgresql" else uid.hex


def _words(made: Iterable[Made]) -> Iterator[Sequence[Any]]:
    for entry in made:
        for name, one in entry.texts.items():
            yield entry.row, name, one.salt, one.text


def _write(cursor: Any, table: str, rows: Iterable[Sequence[Any]]) -> None:
    columns = COLUMNS[table]
    names = ", ".join(f'"{name}"' for name in columns)
    if connection.vendor == "postgresql":
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join(["%s"] * len(columns))
    cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608


def _settle() -> None:
    """Leave the database as it is after some time at work."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in ("audit_entry", "audit_payload", "audit_citation"):
                name = f"pg_get_serial_sequence('{table}', 'id')"
                cursor.execute(f"SELECT setval({name}, max(id)) FROM {table}")  # noqa: S608
            cursor.execute("VACUUM ANALYZE")
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class _Tree:
    """Grow the tree, and state its root now and then."""

    def __init__(self) -> None:
        self.frontier = merkle.Frontier()
        self.runs: dict[int, list[bytes]] = {}  # what is not full yet, by the level that it makes
        self.signers = ring.log_signers(ring.folder())

    def grown(self, made: Iterable[Made]) -> tuple[list[Any], list[Any]]:
        nodes: list[Any] = []
        checkpoints: list[Any] = []
        for entry in made:
            leaf = bytes.fromhex(entry.leaf_hash)
            self.frontier = self.frontier.append(leaf)
            self._add(8, leaf, nodes)
            if self.frontier.size % UNDER == 0:
                checkpoints.append(self._stated())
        if self.frontier.size % UNDER:
            checkpoints.append(self._stated())
        return nodes, checkpoints

    def _add(self, level: int, hashed: bytes, nodes: list[Any]) -> None:
        run = self.runs.setdefault(level, [])
        run.append(hashed)
        if len(run) == RUN:
            top = merkle.root(run)
            self.runs[level] = []
            nodes.append((level, (self.frontier.size >> level) - 1, top.hex()))
            self._add(level + 8, top, nodes)

    def _stated(self) -> Sequence[Any]:
        size, root = self.frontier.size, self.frontier.root()
        text = notes.checkpoint(origin=self.signers[0].name, size=size, root=root)
        note = notes.sign(text, *self.signers)
        return size, root.hex(), _moment(size), note


def _moment(size: int) -> datetime:
    return BEGIN + size * STEP + timedelta(seconds=1)
