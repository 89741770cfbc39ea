"""How do an entry, its words and its transition get into their tables, as cheaply as can be?

The models would do the same at several times the price, and every transaction pays it.
"""

# ruff: noqa: S608 - what stands in these statements is written here

import uuid
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from audit.models import Entry, Transition
from audit.texts.commitments import Kept
from audit.writing import planned
from audit.writing.planned import Condition

_ENTRY = 'INSERT INTO "audit_entry" ("uid", "body", "leaf_hash", "signature", "transition_id")'
_WORDS = 'INSERT INTO "audit_payload" ("entry_id", "name", "salt", "text")'
_MOVE = (
    'INSERT INTO "audit_transition"'
    ' ("uid", "subject", "version", "source", "destination", "entry_id")'
)
_FIELDS = ("id", "uid", "body", "leaf_hash", "signature", "transition_id")


class NotSo(LookupError):
    """What an entry was to be inserted on condition of is not so."""


def insert(
    uid: uuid.UUID,
    body: str,
    leaf_hash: str,
    signature: str,
    kept: Mapping[str, Kept],
    transition: Transition | None,
    provided: Condition | None = None,
) -> Entry:
    """Insert an entry, the words beside it and the transition that it tells of.

    Where a condition does not hold, nothing is inserted, and NotSo raised.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    tied = transition.uid if transition else None
    written = _on_postgresql if connection.vendor == "postgresql" else _on_sqlite
    row = [uid, body, leaf_hash, signature, tied]
    words = [(name, one.salt, one.text) for name, one in kept.items()]
    key = written(connection, row, words, transition, provided)
    if key is None:
        raise NotSo
    entry = Entry.from_db(connection.alias, _FIELDS, (key, *row))
    if transition is not None:
        transition.entry = entry
        transition._state.adding, transition._state.db = False, connection.alias
    return entry


def _on_sqlite(
    connection: BaseDatabaseWrapper,
    row: list[Any],
    words: list[tuple[str, str, str]],
    transition: Transition | None,
    provided: Condition | None,
) -> int | None:
    uid, *rest, tied = row
    values = [uid.hex, *rest, tied and tied.hex, *(provided.values if provided else ())]
    with planned.cursor(connection) as cursor:
        cursor.execute(_entry(provided and provided.said), values)
        made = cursor.fetchone()
        if made is None:
            return None
        for one in words:
            cursor.execute(f"{_WORDS} VALUES (%s, %s, %s, %s)", [made[0], *one])
        if transition is not None:
            said = [tied.hex, *_said(transition), uid.hex]
            cursor.execute(f"{_MOVE} VALUES (%s, %s, %s, %s, %s, %s)", said)
    return int(made[0])


def _on_postgresql(
    connection: BaseDatabaseWrapper,
    row: list[Any],
    words: list[tuple[str, str, str]],
    transition: Transition | None,
    provided: Condition | None,
) -> int | None:
    """Insert all of it by one statement: each more is a way to the server and back."""
    values = [*row, *(provided.values if provided else ())]
    values += [text for one in words for text in one]
    if transition is not None:
        values += [transition.uid, *_said(transition)]
    with planned.cursor(connection) as cursor:
        whole = _statement(provided and provided.said, len(words), tied=transition is not None)
        cursor.execute(whole, values)
        made = cursor.fetchone()
    return None if made is None else int(made[0])


@lru_cache(maxsize=100)
def _statement(provided: str | None, words: int, *, tied: bool) -> str:
    """Write the statement; the triggers of what comes later see the entry, which comes first."""
    parts = []
    if words:
        each = ", ".join(["(%s, %s, %s)"] * words)
        parts.append(
            f"words AS ({_WORDS} SELECT made.id, said.name, said.salt, said.text"
            f" FROM made, (VALUES {each}) AS said (name, salt, text))"
        )
    if tied:
        parts.append(
            f"moved AS ({_MOVE} SELECT %s::uuid, %s, %s::integer, %s, %s, made.uid FROM made)"
        )
    entry = _entry(provided, "::uuid")
    if not parts:
        return entry
    first = f'made AS ({entry}, "uid")'
    return f"WITH {', '.join([first, *parts])} SELECT id FROM made"


@lru_cache(maxsize=100)
def _entry(provided: str | None, cast: str = "") -> str:
    """Write how the row of an entry is inserted, on a condition if there is one."""
    where = f" WHERE {provided}" if provided else ""
    return f'{_ENTRY} SELECT %s{cast}, %s, %s, %s, %s{cast}{where} RETURNING "id"'


def _said(transition: Transition) -> list[Any]:
    move = transition
    return [move.subject, move.version, move.source, move.destination]
