"""How does SQLite take many events at once?"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db import connection

from telemetry.events.rows import Row
from telemetry.models import Event
from telemetry.storing import columns

_TABLE = Event._meta.db_table


def insert(target_id: int, rows: Sequence[Row], same: timedelta) -> list[Row]:
    """Insert what is new; SQLite has one writer, and in the caller's transaction it is us."""
    new = _unknown(target_id, rows, same)
    if not new:
        return new
    names = columns.names()
    into = ", ".join(f'"{name}"' for name in names)
    statement = f"INSERT INTO {_TABLE} ({into}) VALUES ({', '.join(['%s'] * len(names))})"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(statement, columns.values(new))  # a conflict is our fault: it fails
    return new


def _unknown(target_id: int, rows: Sequence[Row], same: timedelta) -> list[Row]:
    """Return the rows whose names are not taken by an event of about the same time."""
    uids = json.dumps([row.uid for row in rows])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT uid, timestamp FROM {_TABLE} WHERE target_id = %s"  # noqa: S608
            " AND uid IN (SELECT value FROM json_each(%s))",
            [target_id, uids],
        )
        taken: dict[str, list[datetime]] = {}
        for uid, at in cursor.fetchall():
            taken.setdefault(uid, []).append(at.replace(tzinfo=UTC))
    return [
        row
        for row in rows
        if all(abs(row.timestamp - at) >= same for at in taken.get(row.uid, ()))
    ]
