"""Which entries answer a question, a page at a time, in the same few milliseconds at any size?

An index in the order of entries answers one narrowed column at once. Two or more are another
matter: both may be common and never meet, and whichever index is walked, it is walked in vain to
its end. So a short stretch of the log is looked at first, which fills a page wherever the answer
is dense. Where it is not, the combinations of actor, event and target that occur at all are
read from an index that holds them side by side, skipping from one to the next, and each is then
asked for its own newest entries. What is asked of words is answered by their index.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain

from django.db import connection

from audit.browsing import combining, searching
from audit.browsing.asking import Asked
from audit.browsing.spans import Span, closer, narrowed, rows, span_of

STRETCH = 2_000  # entries that are looked at before anything cleverer

Columns = Mapping[str, Sequence[str]]


def find(asked: Asked, *, key: int | None, rising: bool, limit: int) -> list[int]:
    """Return the rows next to a place, from there on: older ones, or newer ones when rising."""
    span, columns = span_of(asked, key=key, rising=rising), asked.columns
    ordered = not columns or columns.keys() in ({"event"}, {"target"})
    if ordered and not asked.terms and not span.moments:
        return _in_order(columns, span, limit)
    if not asked.terms and not asked.subjects:
        near = _stretch(columns, span, limit)
        if len(near) == limit:
            return near
    if ordered and columns and not asked.terms and not _are_many(columns, span):
        return _in_order(columns, span, limit)
    bound = closer(span)  # what is near does not fill the page: a time is worth looking up
    if bound is None:
        return []
    if asked.terms:
        return searching.find(asked, bound, limit)
    if ordered:
        return _in_order(columns, bound, limit)
    return _each(combining.WHAT if asked.subjects else combining.WHO, columns, bound, limit)


def _in_order(columns: Columns, span: Span, limit: int) -> list[int]:
    """Ask for each value of a column alone: an index holds each in order."""
    each = [{name: [value]} for name, values in columns.items() for value in values] or [{}]
    return _first([_walk(one, span, limit) for one in each], span, limit)


def _are_many(columns: Columns, span: Span) -> bool:
    """Tell whether there are more entries with these values than one would simply look through."""
    [(name, values)] = columns.items()
    anytime = replace(span, moments=())
    return any(len(_walk({name: [one]}, anytime, STRETCH)) == STRETCH for one in values)


def _stretch(columns: Columns, span: Span, limit: int) -> list[int]:
    """Look at the next entries one by one, and pick out those that fit."""
    fitting, values = narrowed(columns.items())
    where = " AND ".join([fitting, *(name for name, _ in span.moments)])
    return rows(
        "SELECT id FROM (SELECT id, actor_type, actor, event, target, at_text FROM audit_entry"  # noqa: S608 - ours
        f" WHERE id >= %s AND id <= %s ORDER BY id {span.order} LIMIT {STRETCH}) AS stretch"
        f" WHERE {where} ORDER BY id {span.order} LIMIT {limit}",
        [span.low, span.high, *values, *(value for _, value in span.moments)],
    )


def _each(names: Sequence[str], columns: Columns, span: Span, limit: int) -> list[int]:
    """Ask each combination of an index that occurs for its own entries."""
    found = combining.combinations(columns, names)
    if found is None:  # too many to ask each: then the answer is not that sparse
        return _walk(columns, span, limit)
    rest = {name: values for name, values in columns.items() if name not in names}
    if connection.vendor == "postgresql":
        return _each_at_once(names, found, rest, span, limit)
    parts = []
    for one in found:
        same = {name: [value] for name, value in zip(names, one, strict=True)}
        parts.append(_walk({**same, **rest}, span, limit))
    return _first(parts, span, limit)


def _each_at_once(
    names: Sequence[str],
    found: Sequence[combining.Combination],
    rest: Columns,
    span: Span,
    limit: int,
) -> list[int]:
    """Ask all of them in one question."""
    bounds, values = span.bounds()
    others, wanted = narrowed(rest.items())
    same = " AND ".join(f"{name} = one.{name}" for name in names)
    arrays = [list(column) for column in zip(*found, strict=True)] or [[] for _ in names]
    return rows(
        f"SELECT found.id FROM unnest({', '.join(['%s::text[]'] * len(names))})"  # noqa: S608 - ours
        f" AS one({', '.join(names)}) CROSS JOIN LATERAL (SELECT id FROM audit_entry"
        f" WHERE {same} AND {others} AND {bounds}"
        f" ORDER BY id {span.order} LIMIT {limit}) AS found"
        f" ORDER BY found.id {span.order} LIMIT {limit}",
        [*arrays, *wanted, *values],
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
