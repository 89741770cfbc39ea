"""Which entries answer a question, a page at a time, in the same few milliseconds at any size?

An index in the order of entries answers one narrowed column at once. Two or more are another
matter: both may be common and never meet, and whichever index is walked, it is walked in vain to
its end. So a short stretch of one index is looked at first, which fills a page wherever the
answer is dense. Where it is not, the combinations of actor, event and target that occur at all are
read from an index that holds them side by side, skipping from one to the next, and each is then
asked for its own newest entries. What is asked of words is answered by their index.
"""

from collections.abc import Mapping, Sequence
from itertools import chain

from django.db import connection

from audit.browsing import combining, searching
from audit.browsing.asking import Asked
from audit.browsing.spans import LAST, Span, narrowed, rows, span_of

STRETCH = 5_000  # entries of one index that are looked at before anything cleverer
ALONE = {"event", "target", "subject"}  # columns with an index of their own, in order

Columns = Mapping[str, Sequence[str]]


def find(asked: Asked, *, key: int | None, rising: bool, limit: int) -> list[int]:
    """Return the rows next to a place, from there on: older ones, or newer ones when rising."""
    span = span_of(asked, key=key, rising=rising)
    if span is None:
        return []
    if asked.terms:
        return searching.find(asked, span, limit)
    columns = asked.columns
    if set(columns) <= ALONE and len(columns) <= 1:
        return _in_order(columns, span, limit)
    if "subject" in columns:
        return _of_subjects(columns, span, limit)
    dense = _stretch(_leading(columns), columns, span, limit, STRETCH)
    return dense if len(dense) == limit else _sparse(columns, span, limit)


def _in_order(columns: Columns, span: Span, limit: int) -> list[int]:
    """Ask for each value of a column alone: an index holds each in order."""
    each = [{name: [value]} for name, values in columns.items() for value in values] or [{}]
    return _first([_walk(one, span, limit) for one in each], span, limit)


def _of_subjects(columns: Columns, span: Span, limit: int) -> list[int]:
    """Look through the entries of the subjects, which are few unless the subject is ourselves."""
    near = _stretch(["subject"], columns, span, limit, STRETCH)
    return near if len(near) == limit else _stretch(["subject"], columns, span, limit, LAST)


def _leading(columns: Columns) -> list[str]:
    """Name the column whose index is walked, where one value makes it an order."""
    return [name for name in ("event", "target") if len(columns.get(name, ())) == 1][:1]


def _stretch(
    leading: Sequence[str], columns: Columns, span: Span, limit: int, length: int
) -> list[int]:
    """Look at the next entries of one index, and pick out those that fit the other columns too."""
    bounds, values = span.bounds()
    led, wanted = narrowed([(name, columns[name]) for name in leading])
    rest, others = narrowed([(n, given) for n, given in columns.items() if n not in leading])
    return rows(
        "SELECT id FROM (SELECT id, actor_type, actor, event, target, subject FROM audit_entry"  # noqa: S608 - ours
        f" WHERE {led} AND {bounds} ORDER BY id {span.order} LIMIT {length}) AS stretch"
        f" WHERE {rest} ORDER BY id {span.order} LIMIT {limit}",
        [*wanted, *values, *others],
    )


def _sparse(columns: Columns, span: Span, limit: int) -> list[int]:
    """Ask each combination that occurs for its own entries."""
    found = combining.combinations(columns)
    if found is None:  # too many to ask each: then the answer is not that sparse
        return _walk(columns, span, limit)
    if connection.vendor == "postgresql":
        return _in_one_question(found, span, limit)
    names = combining.COLUMNS
    each = [{n: [value] for n, value in zip(names, one, strict=True)} for one in found]
    return _first([_walk(one, span, limit) for one in each], span, limit)


def _in_one_question(found: Sequence[combining.Combination], span: Span, limit: int) -> list[int]:
    bounds, values = span.bounds()
    same = " AND ".join(f"{name} = one.{name}" for name in combining.COLUMNS)
    arrays = [list(column) for column in zip(*found, strict=True)] or [[], [], [], []]
    return rows(
        "SELECT found.id FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])"  # noqa: S608 - ours
        f" AS one({', '.join(combining.COLUMNS)}) CROSS JOIN LATERAL (SELECT id FROM audit_entry"
        f" WHERE {same} AND {bounds} ORDER BY id {span.order} LIMIT {limit}) AS found"
        f" ORDER BY found.id {span.order} LIMIT {limit}",
        [*arrays, *values],
    )


def _walk(columns: Columns, span: Span, limit: int) -> list[int]:
    bounds, values = span.bounds()
    where, wanted = narrowed(columns.items())
    return rows(
        f"SELECT id FROM audit_entry WHERE {where} AND {bounds}"  # noqa: S608 - ours
        f" ORDER BY id {span.order} LIMIT {limit}",
        [*wanted, *values],
    )


def _first(parts: Sequence[Sequence[int]], span: Span, limit: int) -> list[int]:
    return sorted(chain.from_iterable(parts), reverse=not span.rising)[:limit]
