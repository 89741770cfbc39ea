"""Which rows of the log are looked at, in which order, and what holds of every one of them?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from audit.browsing.asking import Asked

LAST = 2**63 - 1


@dataclass(frozen=True)
class Span:
    """Bound the rows, say from which end they are read, and when they may have happened."""

    low: int
    high: int
    rising: bool
    moments: tuple[tuple[str, str], ...]  # conditions on the claimed moment

    @property
    def order(self) -> str:
        """Return the order of rows."""
        return "ASC" if self.rising else "DESC"

    def bounds(self, row: str = "id") -> tuple[str, list[Any]]:
        """Write what holds of every row."""
        parts = [f"{row} >= %s", f"{row} <= %s", *(name for name, _ in self.moments)]
        return " AND ".join(parts), [self.low, self.high, *(value for _, value in self.moments)]


def span_of(asked: Asked, *, key: int | None, rising: bool) -> Span:
    """Return which rows may answer, as far as the place tells."""
    given = (("at_text >= %s", asked.since), ("at_text < %s", asked.before))
    moments = tuple((name, value) for name, value in given if value)
    low, high = (0, LAST) if key is None else ((key + 1, LAST) if rising else (0, key - 1))
    return Span(low, high, rising, moments)


def closer(span: Span) -> Span | None:
    """Return which of the rows may answer, by when they happened; nothing where none may."""
    if not span.moments:
        return span
    first, last = _between(span.moments)
    low, high = max(span.low, first), min(span.high, last)
    return replace(span, low=low, high=high) if low <= high else None


def _between(moments: Iterable[tuple[str, str]]) -> tuple[int, int]:
    """Return the first and the last row of a time: clocks differ, so their order may not be it."""
    where = " AND ".join(name for name, _ in moments)
    with connection.cursor() as cursor:
        cursor.execute(  # the sum keeps PostgreSQL from walking all rows in their own order
            f"SELECT min(id + 0), max(id + 0) FROM audit_entry WHERE {where}",  # noqa: S608 - ours
            [value for _, value in moments],
        )
        first, last = cursor.fetchone()
    return (1, 0) if first is None else (first, last)


def narrowed(columns: Iterable[tuple[str, Sequence[str]]]) -> tuple[str, list[str]]:
    """Write what columns may be."""
    parts: list[str] = ["1 = 1"]
    values: list[str] = []
    for name, given in columns:
        parts.append(f"{name} IN ({', '.join(['%s'] * len(given))})")
        values += given
    return " AND ".join(parts), values


def rows(statement: str, values: Sequence[Any]) -> list[int]:
    """Return the rows that a statement finds."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [row for (row,) in cursor.fetchall()]
