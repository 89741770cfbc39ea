"""Which of these events are there already?

The caller holds the target's lock, so that what is unknown stays unknown until it commits.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db import connection

from telemetry.events.rows import Row
from telemetry.models import Event
from telemetry.storing import days

_TABLE = Event._meta.db_table
_ON_SQLITE = f"""
SELECT uid, timestamp FROM {_TABLE}
WHERE target_id = %s AND uid IN (SELECT value FROM json_each(%s))
"""  # noqa: S608
# Asked once per name, which OFFSET 0 sees to, and of each day alone: what a join would make of it
# hangs on statistics, and a new day has none. The target is compared in a way that no index
# serves: what is left is the unique index, which begins with the name. So many looks are
# dear in the planner's eyes, and to compile them takes longer than they do.
_ON_POSTGRES = """
SET LOCAL jit = off;
SELECT known.uid, known.timestamp FROM unnest(%(uids)s::text[]) AS given (uid),
LATERAL ({near} OFFSET 0) AS known
"""
_NEAR = """
SELECT uid, timestamp FROM {day}
WHERE uid = given.uid AND target_id + 0 = %(target)s AND (SELECT EXISTS (SELECT FROM {day}))
"""


def unknown(target_id: int, rows: Sequence[Row], same: timedelta) -> list[Row]:
    """Return the rows whose names are not taken by an event of about the same time."""
    look = _on_postgres if connection.vendor == "postgresql" else _on_sqlite
    taken: dict[str, list[datetime]] = {}
    for uid, at in look(target_id, rows, same):
        taken.setdefault(uid, []).append(at)
    if not taken:
        return list(rows)
    return [
        row
        for row in rows
        if all(abs(row.timestamp - at) >= same for at in taken.get(row.uid, ()))
    ]


def _on_sqlite(target_id: int, rows: Sequence[Row], same: timedelta) -> list[tuple[str, datetime]]:
    with connection.cursor() as cursor:
        cursor.execute(_ON_SQLITE, [target_id, json.dumps([row.uid for row in rows])])
        return [(uid, at.replace(tzinfo=UTC)) for uid, at in cursor.fetchall()]


def _on_postgres(
    target_id: int, rows: Sequence[Row], same: timedelta
) -> list[tuple[str, datetime]]:
    near = " UNION ALL ".join(
        _NEAR.format(day=name) for name in days.near((row.timestamp for row in rows), same)
    )
    uids = sorted(row.uid for row in rows)  # neighbours in the index one after the other
    with connection.cursor() as cursor:
        cursor.execute(_ON_POSTGRES.format(near=near), {"uids": uids, "target": target_id})
        cursor.nextset()
        return list(cursor.fetchall())
