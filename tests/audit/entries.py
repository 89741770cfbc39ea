"""How the tests of this room write and spoil entries."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from audit import log, notes, triggers
from audit.events import Event
from audit.keys import ring
from audit.models import Entry, Leaf
from audit.verify import Verdict, verify

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
EVERY_TABLE = (
    *("person", "anchor", "citation", "leaf", "erasure", "payload", "transition", "entry"),
    *("checkpoint", "node", "head", "keystatement"),
)
PERSON = log.Actor("agent", "ada")


def write(count: int = 1, **given: Any) -> list[Entry]:
    """Record entries, each in a transaction of its own."""
    made = []
    for number in range(count):
        with transaction.atomic():
            made.append(
                log.record(
                    given.get("event", Event.PROPOSAL_REVIEWED),
                    actor=given.get("actor", PERSON),
                    subject=given.get("subject", f"proposal:{number}"),
                    at=given.get("at", NOW),
                    target=given.get("target", "gateway"),
                    reason=given.get("reason", ""),
                    texts=given.get("texts"),
                    facts=given.get("facts"),
                    cites=given.get("cites", ()),
                )
            )
    return made


@contextmanager
def as_the_owner_of_the_database() -> Iterator[Any]:
    """Act as somebody who may drop triggers and foreign keys, and puts them back afterwards."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # a table with checks to come is not altered
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        triggers.remove(connection)
        unbind = "PRAGMA foreign_keys=OFF"
        bind = "PRAGMA foreign_keys=ON"
        if connection.vendor == "postgresql":
            unbind, bind = "SET session_replication_role=replica", "RESET session_replication_role"
        cursor.execute(unbind)
        try:
            yield cursor
        finally:
            cursor.execute(bind)
    triggers.install(connection)


def spoil(*statements: tuple[str, list[Any]], since: int = 0) -> Verdict:
    """Run statements behind the application's back, verify, and clear up."""
    with as_the_owner_of_the_database() as cursor:
        for sql, values in statements:
            cursor.execute(sql, values)
        verdict = verify(since=since)
        _empty(cursor)
    return verdict


def clear_up() -> None:
    """Leave nothing of a log behind that a test has committed."""
    with as_the_owner_of_the_database() as cursor:
        _empty(cursor)
        if connection.vendor == "sqlite":
            cursor.execute("INSERT INTO audit_words (audit_words) VALUES ('delete-all')")


def _empty(cursor: Any) -> None:
    for table in EVERY_TABLE:
        cursor.execute(f"DELETE FROM audit_{table}")  # noqa: S608


def note_of(size: int, root: str) -> str:
    """Sign a checkpoint past the sequencer, as somebody who has stolen the log's key."""
    signers = ring.log_signers(ring.folder())
    stated = notes.checkpoint(origin=signers[0].name, size=size, root=bytes.fromhex(root))
    return notes.sign(stated, *signers)


def places(verdict: Verdict) -> list[str]:
    """Return where a verdict finds problems."""
    return [problem.where for problem in verdict.problems]


def id_at(index: int) -> int:
    """Return the row of the entry at a place in the tree."""
    return Leaf.objects.get(index=index).entry_id
