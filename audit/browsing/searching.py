"""Which entries have these words in their reason, and the marks of what else is asked?"""

from django.db import connection

from audit.browsing import words
from audit.browsing.asking import Asked
from audit.browsing.spans import Span, rows
from audit.texts.indexing import MARKS

STRETCH = 10_000  # rows that are read in order first: what is common is found among them


def find(asked: Asked, span: Span, limit: int) -> list[int]:
    """Return the first rows of the span."""
    columns = asked.columns
    marks = {sign: columns[name] for sign, name in MARKS.items() if name in columns}
    if connection.vendor == "postgresql":
        expression, wanted = words.for_postgresql(asked.terms, marks)
        near = _near(span)
        found = _in_order(expression, wanted, near, limit)
        return found if len(found) == limit else _by_index(expression, wanted, span, limit)
    return _on_sqlite(words.for_sqlite(asked.terms, marks), span, limit)


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
        return Span(low, min(high, low + STRETCH), rising=True, moments=span.moments)
    return Span(max(low, high - STRETCH), high, rising=False, moments=span.moments)


def _in_order(expression: str, wanted: list[str], span: Span, limit: int) -> list[int]:
    bounds, values = span.bounds("entry_id")
    return rows(
        f"SELECT entry_id FROM audit_payload {_joined(span)}"  # noqa: S608 - ours
        f" WHERE words @@ {expression} AND {bounds} ORDER BY entry_id {span.order} LIMIT {limit}",
        [*wanted, *values],
    )


def _by_index(expression: str, wanted: list[str], span: Span, limit: int) -> list[int]:
    """Have the words' index find all of them: no other index has the order that is asked."""
    bounds, values = span.bounds("entry_id")
    return rows(
        f"SELECT entry_id FROM audit_payload {_joined(span)}"  # noqa: S608 - ours
        f" WHERE words @@ {expression} AND {bounds}"
        f" ORDER BY entry_id + 0 {span.order} LIMIT {limit}",
        [*wanted, *values],
    )


def _joined(span: Span) -> str:
    return "JOIN audit_entry ON audit_entry.id = entry_id" if span.moments else ""
