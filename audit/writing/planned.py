"""How does a statement that every act runs reach the database without being planned each time?"""

from dataclasses import dataclass
from typing import Any

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper


@dataclass(frozen=True)
class Condition:
    """Hold what must be so at the moment at which a statement runs."""

    said: str
    values: tuple[str | int, ...]


def cursor(connection: BaseDatabaseWrapper) -> CursorWrapper:
    """Return a cursor that sends values beside the statement, so that its plan can be kept.

    PostgreSQL keeps the plan for the connection, and psycopg forgets it with each rollback; SQLite
    keeps it by the statement's text as it is.
    """
    if connection.vendor != "postgresql":
        return connection.cursor()
    connection.ensure_connection()
    made: Any = psycopg.Cursor(connection.connection)
    return (connection.make_debug_cursor if connection.queries_logged else connection.make_cursor)(
        made
    )
