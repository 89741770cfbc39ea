"""Which entries have these words in their reason, and the marks of what else is asked?"""

from dataclasses import replace

from django.db import connection

from audit.browsing import words
from audit.browsing.asking import Asked
from audit.browsing.spans import Span, rows
from audit.texts.indexing import MARKS

STRETCH = 5_000  # rows that are read in order first: what is common is found among them
FEW = 2_000  # rows that are sorted rather than looked for in order


def find(asked: Asked, span: Span, limit: int) -> list[int]:
    """Return the first rows of the span."""
    columns = asked.columns
    marks = {sign: columns[name] for sign, name in MARKS.items() if name in columns}
    if connection.vendor == "postgresql":
        return _on_postgresql(*words.for_postgresql(asked.terms, marks), span, limit)
    return _on_sqlite(words.for_sqlite(asked.terms, marks), span, limit)


def _on_postgresql(expression: str, wanted: list[str], span: Span, limit: int) -> list[int]:
    """Look at what is near; if that does not do, have the index of words find everything.

    That index knows no order: so it is asked first whether there is much to put in order at all.
    """
    found = _within(expression, wanted, _near(span), limit, "entry_id")
    if len(found) == limit:
        return found
    every = _some(expression, wanted, span)
    if len(every) <= FEW:
        return sorted(every, reverse=not span.rising)[:limit]
    return _within(expression, wanted, span, limit, "entry_id + 0")


def _on_sqlite(wanted: str, span: Span, limit: int) -> list[int]:
    bounds, values = span.bounds("audit_words.rowid")
    joined = "JOIN audit_entry ON audit_entry.id = audit_words.rowid" if span.moments else ""
    return rows(
        f"SELECT audit_words.rowid FROM audit_words {joined}"  # noqa: S608 - ours
        f" WHERE audit_words MATCH %s AND {bounds}"
        f" ORDER BY audit_words.rowid {span.order} LIMIT {limit}",
        [wanted, *values],
    )


def _near(span: Span) -> Span:
    """Return the stretch of the span where its order begins."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(entry_id), max(entry_id) FROM audit_payload")
        first, last = cursor.fetchone()
    low, high = max(span.low, first or 0), min(span.high, last or 0)
    if span.rising:
        return replace(span, low=low, high=min(high, low + STRETCH))
    return replace(span, low=max(low, high - STRETCH), high=high)


def _within(expression: str, wanted: list[str], span: Span, limit: int, order: str) -> list[int]:
    """Return the first rows of a stretch; a sum as the order has the index of words find them."""
    bounds, values = span.bounds("entry_id")
    return rows(
        f"SELECT entry_id FROM audit_payload {_joined(span)}"  # noqa: S608 - ours
        f" WHERE words @@ {expression} AND {bounds} ORDER BY {order} {span.order} LIMIT {limit}",
        [*wanted, *values],
    )


def _some(expression: str, wanted: list[str], span: Span) -> list[int]:
    """Return rows in no order: all of them, or enough to know that they are many."""
    bounds, values = span.bounds("entry_id")
    return rows(
        f"SELECT entry_id FROM audit_payload {_joined(span)}"  # noqa: S608 - ours
        f" WHERE words @@ {expression} AND {bounds} LIMIT {FEW + 1}",
        [*wanted, *values],
    )


def _joined(span: Span) -> str:
    return "JOIN audit_entry ON audit_entry.id = entry_id" if span.moments else ""
