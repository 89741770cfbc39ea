"""How does a connection come to its turn, before each transaction and each single write?

Reads wait for nobody. A turn ends with its transaction, however that ends.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3.creation import DatabaseCreation as Creation

from selfimprove.sqlite.turns import Turn

# A transaction that only might write (BEGIN alone) is none of ours: ours begin as writers.
_WRITES = re.compile(
    r"\s*(BEGIN\s+(IMMEDIATE|EXCLUSIVE)|INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP|VACUUM"
    r"|REINDEX|ANALYZE|WITH\b.*\b(INSERT|UPDATE|DELETE|REPLACE))\b",
    re.IGNORECASE | re.DOTALL,
)


SHORT = 2_000  # characters of statements that come again; long ones list many values


@lru_cache(maxsize=500)
def _converted(query: str) -> str:
    return str(base.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%"))


def turn_file(database: str | Path) -> Path:
    """Return the file at which the writers of a database wait in line."""
    found = Path(database).resolve()
    return found.with_name(f"{found.name}-turn")


class Cursor(base.SQLiteCursorWrapper):
    """Take the turn before what writes, and leave it when no transaction is open any more."""

    turn: Turn

    def execute(self, query: str, params: Any = None) -> Any:
        """Run a statement, in turn."""
        return self._in_turn(super().execute, query, params)

    def executemany(self, query: str, param_list: Iterable[Any]) -> Any:
        """Run a statement for each of some values, in one turn."""
        return self._in_turn(super().executemany, query, param_list)

    def convert_query(self, query: str, *, param_names: Any = None) -> str:
        """Write a statement as SQLite reads it; one that was written so before is known."""
        if param_names is None and len(query) <= SHORT:
            return _converted(query)
        return super().convert_query(query, param_names=param_names)

    def _in_turn(self, run: Callable[[str, Any], Any], query: str, values: Any) -> Any:
        if not self.connection.in_transaction and _WRITES.match(query):
            self.turn.take()
        try:
            return run(query, values)
        finally:
            if not self.connection.in_transaction:
                self.turn.leave()


class DatabaseCreation(Creation):
    """Make and remove the databases of tests."""

    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:
        super()._destroy_test_db(test_database_name, verbosity)  # type: ignore[misc]
        if not self.is_in_memory_db(test_database_name):
            turn_file(test_database_name).unlink(missing_ok=True)


class DatabaseWrapper(base.DatabaseWrapper):
    """Be Django's connection to SQLite, with a place in the line of those that write."""

    creation_class = DatabaseCreation
    turn = Turn(None)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, and know where to wait."""
        name = self.settings_dict["NAME"]
        in_memory = self.is_in_memory_db() or str(name).startswith("file:")
        self.turn = Turn(None if in_memory else turn_file(name))
        return super().get_new_connection(conn_params)

    def create_cursor(self, name: str | None = None) -> Cursor:
        """Return a cursor that takes turns."""
        cursor: Cursor = self.connection.cursor(factory=Cursor)
        cursor.turn = self.turn
        return cursor

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            self._leave_when_over()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._leave_when_over()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self.turn.leave()

    def _leave_when_over(self) -> None:
        """End the turn; a commit that was refused leaves the transaction open, to be undone."""
        if self.connection is None or not self.connection.in_transaction:
            self.turn.leave()
