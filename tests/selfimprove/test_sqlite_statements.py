"""Is a statement that SQLite has been given before still the one that was meant?"""

from typing import Any

import pytest
from django.db import connection
from django.db.backends.sqlite3.base import SQLiteCursorWrapper

from selfimprove.sqlite.base import SHORT, Cursor

pytestmark = [
    pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite only"),
    pytest.mark.django_db,
]
STATEMENTS = [
    "SELECT %s",
    "SELECT '100 %%', %s",
    "SELECT '%%s', '%%%%', %s",
    "SELECT %s -- é %%",
    f"SELECT %s, '{'x' * SHORT} %%'",
    "",
]


def cursor_of(kind: type[Any]) -> Any:
    connection.ensure_connection()
    return connection.connection.cursor(factory=kind)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_it_is_written_as_django_writes_it_however_often(statement: str) -> None:
    ours, django = cursor_of(Cursor), cursor_of(SQLiteCursorWrapper)
    for _ in range(3):
        assert ours.convert_query(statement) == django.convert_query(statement)


def test_the_values_of_a_statement_that_comes_again_are_its_own() -> None:
    with connection.cursor() as cursor:
        for value in ("a", "%s", "?", "100 %", None, 7):
            cursor.execute("SELECT '100 %%', %s", [value])
            assert cursor.fetchone() == ("100 %", value)


def test_values_by_name_are_not_taken_for_values_in_order() -> None:
    with connection.cursor() as cursor:
        for value in (1, 2):
            cursor.execute("SELECT %(one)s, '%%'", {"one": value})
            assert cursor.fetchone() == (value, "%")
        cursor.execute("SELECT %s, '%%'", [3])
        assert cursor.fetchone() == (3, "%")


def test_a_statement_without_values_is_run_as_it_stands() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT '%s', '%%'")
        assert cursor.fetchone() == ("%s", "%%")
        cursor.execute("SELECT '%%', %s", ["given"])
        assert cursor.fetchone() == ("%", "given")
