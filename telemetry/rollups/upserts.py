"""How are many counts added to their rows in one statement, on either database?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from typing import Any

from django.db import connection, models

ADD, LEAST, GREATEST = "add", "least", "greatest"
_JOINED = {
    "postgresql": {
        ADD: "{table}.{column} + EXCLUDED.{column}",
        LEAST: "LEAST({table}.{column}, EXCLUDED.{column})",
        GREATEST: "GREATEST({table}.{column}, EXCLUDED.{column})",
    },
    "sqlite": {
        ADD: "{table}.{column} + excluded.{column}",
        LEAST: "min({table}.{column}, excluded.{column})",
        GREATEST: "max({table}.{column}, excluded.{column})",
    },
}


@dataclass(frozen=True)
class Counts:
    """Name a table of counts: what tells its rows apart, and how each count grows, if any does."""

    model: type[models.Model]
    keys: tuple[str, ...]
    grown: tuple[tuple[str, str], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Return keys, then counts, as rows hold them."""
        return (*self.keys, *(column for column, _ in self.grown))


Rows = Sequence[tuple[Any, ...]]


def add(counts: Counts, rows: Rows) -> None:
    """Add rows of keys and counts to those that are there; the keys of rows must differ."""
    add_each([(counts, rows)])


def add_each(parts: Iterable[tuple[Counts, Rows]]) -> None:
    """Add to many tables, in this order; PostgreSQL is told all at once and answers once."""
    filled = [(_statement(counts, connection.vendor), counts, rows)
              for counts, rows in parts if rows]  # fmt: skip
    if not filled:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            arrays = [_array(c) for _, _, rows in filled for c in zip(*rows, strict=True)]
            cursor.execute("; ".join(statement for statement, _, _ in filled), arrays)
            return
        for statement, counts, rows in filled:
            cursor.executemany(statement, _adapted(rows, _moments(counts)))


def _array(values: Sequence[Any]) -> str:
    """Write PostgreSQL's text of an array, as it documents it: a driver asks each value's type."""
    if isinstance(values[0], int):
        return "{" + ",".join(map(str, values)) + "}"
    quoted = (str(value).replace("\\", r"\\").replace('"', r"\"") for value in values)
    return '{"' + '","'.join(quoted) + '"}'


def _adapted(rows: Sequence[tuple[Any, ...]], moments: Sequence[int]) -> list[list[Any]]:
    """Write moments as SQLite keeps them: text in UTC."""
    made = [list(row) for row in rows]
    for row in made:
        for place in moments:
            row[place] = str(row[place].astimezone(UTC))[:-6]
    return made


@cache
def _moments(counts: Counts) -> tuple[int, ...]:
    fields = [counts.model._meta.get_field(name) for name in counts.columns]
    return tuple(i for i, f in enumerate(fields) if isinstance(f, models.DateTimeField))


@cache
def _statement(counts: Counts, vendor: str) -> str:
    """Write the insertion; names come from our own models."""
    table = connection.ops.quote_name(counts.model._meta.db_table)
    names = {name: _column(counts, name) for name in counts.columns}
    joined = ", ".join(
        f"{names[column]} = " + _JOINED[vendor][how].format(table=table, column=names[column])
        for column, how in counts.grown
    )
    into = ", ".join(names.values())
    keys = ", ".join(names[key] for key in counts.keys)
    if vendor == "postgresql":
        lists = ", ".join(f"%s::{_kind(counts, name)}[]" for name in names)
        given = f"SELECT * FROM unnest({lists})"  # noqa: S608
    else:
        given = f"VALUES ({', '.join('%s' for _ in names)})"
    then = f"UPDATE SET {joined}" if joined else "NOTHING"
    return f"INSERT INTO {table} ({into}) {given} ON CONFLICT ({keys}) DO {then}"


def _column(counts: Counts, name: str) -> str:
    return connection.ops.quote_name(str(_field(counts, name).column))


def _kind(counts: Counts, name: str) -> str:
    field = _field(counts, name)
    kind = field.rel_db_type(connection) if field.is_relation else field.db_type(connection)
    return str(kind).partition("(")[0]


def _field(counts: Counts, name: str) -> Any:
    return counts.model._meta.get_field(name)
