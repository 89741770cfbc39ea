"""How does SQLite take many events at once?"""

from collections.abc import Sequence

from django.db import connection

from telemetry.events.rows import Row
from telemetry.models import Event
from telemetry.storing import columns


def write(rows: Sequence[Row]) -> None:
    """Insert the rows in their order; a conflict is our fault: it fails."""
    names = columns.names()
    into = ", ".join(f'"{name}"' for name in names)
    places = ", ".join(["%s"] * len(names))
    statement = f"INSERT INTO {Event._meta.db_table} ({into}) VALUES ({places})"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(statement, columns.values(rows))
