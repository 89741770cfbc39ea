"""Which values of an event go into which column, as the database takes them?"""

from collections.abc import Sequence
from datetime import UTC
from functools import cache
from typing import Any

import msgspec
from django.db import connection

from telemetry.events.rows import Row
from telemetry.models import Event

_MOMENT = Row.__struct_fields__.index("timestamp")


@cache
def names() -> tuple[str, ...]:
    """Return the columns that a writer fills: all but the id, which the database gives."""
    fields = {field.attname: field for field in Event._meta.concrete_fields}
    return tuple(str(fields[name].column) for name in Row.__struct_fields__)


def values(rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    """Return what the rows hold, in the order of the columns."""
    made = [msgspec.structs.astuple(row) for row in rows]
    if connection.vendor != "sqlite":
        return made
    # SQLite has no moments: they are text in UTC, as Django writes them, only sooner.
    return [
        (*row[:_MOMENT], str(row[_MOMENT].astimezone(UTC))[:-6], *row[_MOMENT + 1 :])
        for row in made
    ]
