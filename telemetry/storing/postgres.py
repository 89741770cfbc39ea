"""How does PostgreSQL take many events at once?"""

from collections.abc import Sequence
from functools import cache

from django.db import connection

from telemetry.events.rows import Row
from telemetry.models import Event
from telemetry.storing import columns


def write(rows: Sequence[Row]) -> None:
    """Copy the rows, in their order, into the table itself; a conflict is our fault: it fails."""
    into = ", ".join(f'"{name}"' for name in columns.names())
    statement = f"COPY {Event._meta.db_table} ({into}) FROM STDIN (FORMAT BINARY)"
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(statement) as copy,
    ):
        copy.set_types(_types())
        for values in columns.values(rows):
            copy.write_row(values)


@cache
def _types() -> tuple[str, ...]:
    """Return what the columns hold, as the binary form of a copy must know."""
    fields = {field.column: field for field in Event._meta.concrete_fields}
    kinds = (fields[name].rel_db_type(connection) if fields[name].is_relation
             else fields[name].db_type(connection) for name in columns.names())  # fmt: skip
    return tuple(str(kind).partition("(")[0] for kind in kinds)
