"""How does PostgreSQL take many events at once?"""

from collections.abc import Sequence
from datetime import timedelta

from django.db import connection
from django.db.backends.utils import CursorWrapper

from telemetry.events.rows import Row
from telemetry.models import Event
from telemetry.storing import columns, days

_TABLE = Event._meta.db_table
_INCOMING = "telemetry_incoming"
# The subquery is asked once per row. It names the few days in question, and compares target and
# moment in a way that no index serves: what is left is the unique index, which begins with the
# name. A new day has no statistics, and the planner could else read the whole day for each row.
_INSERT = f"""
INSERT INTO {_TABLE} ({{names}})
SELECT {{names}} FROM {_INCOMING} AS incoming
WHERE (
    SELECT true FROM ({{near}}) AS known
    WHERE known.uid = incoming.uid AND known.target_id + 0 = incoming.target_id
      AND abs(extract(epoch FROM known.timestamp - incoming.timestamp)) < %(same)s
    LIMIT 1
) IS NULL
ORDER BY place
ON CONFLICT DO NOTHING
RETURNING uid, timestamp
"""  # noqa: S608


def insert(target_id: int, rows: Sequence[Row], same: timedelta) -> list[Row]:
    """Copy the rows into a table of this connection alone, and from there what is new."""
    days.ensure(row.timestamp for row in rows)
    into = ", ".join(f'"{name}"' for name in columns.names())
    with connection.cursor() as cursor:
        _make_room(cursor, into)
        with (
            connection.wrap_database_errors,
            cursor.copy(f"COPY {_INCOMING} (place, {into}) FROM STDIN") as copy,
        ):
            for place, values in enumerate(columns.values(rows)):
                copy.write_row((place, *values))
        near = " UNION ALL ".join(
            f"SELECT target_id, uid, timestamp FROM {name}"  # noqa: S608
            for name in days.near((row.timestamp for row in rows), same)
        )
        statement = _INSERT.format(names=into, near=near)
        cursor.execute(statement, {"same": same.total_seconds()})
        if cursor.rowcount == len(rows):
            return list(rows)
        new = set(cursor.fetchall())
    return [row for row in rows if (row.uid, row.timestamp) in new]


def _make_room(cursor: CursorWrapper, into: str) -> None:
    """Make the connection's own table, or empty it: a transaction may store many batches."""
    cursor.execute(f"SELECT to_regclass('pg_temp.{_INCOMING}') IS NULL")
    (missing,) = cursor.fetchone()
    if missing:
        cursor.execute(
            f"CREATE TEMPORARY TABLE {_INCOMING} ON COMMIT DELETE ROWS"  # noqa: S608
            f" AS SELECT 0 AS place, {into} FROM {_TABLE} WITH NO DATA"
        )
        return
    cursor.execute(f"SELECT EXISTS (SELECT FROM {_INCOMING})")  # noqa: S608
    (used,) = cursor.fetchone()
    if used:
        cursor.execute(f"TRUNCATE {_INCOMING}")
