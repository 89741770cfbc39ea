"""Which slice of a long list comes next, without counting what lies before it?"""

from dataclasses import dataclass

from django.db.models import QuerySet

from audit.models import Entry

SIZE = 50


@dataclass(frozen=True)
class Slice:
    """Hold one page of entries, newest first, and the keys of its neighbours."""

    entries: list[Entry]
    newer: int | None
    older: int | None
    beyond: bool = False  # the key in the address lies where there are no entries


def around(entries: QuerySet[Entry], *, before: str = "", after: str = "") -> Slice:
    """Return the entries older than `before`, or newer than `after`, or the newest."""
    rows = entries.select_related("leaf")
    if after.isdecimal():
        found = list(rows.filter(id__gt=_key(after)).order_by("id")[: SIZE + 1])
        shown = found[:SIZE][::-1]
        newer = shown[0].pk if len(found) > SIZE else None
        return Slice(shown, newer, _last(shown), beyond=not shown)
    if before.isdecimal():
        rows = rows.filter(id__lt=_key(before))
    found = list(rows.order_by("-id")[: SIZE + 1])
    shown = found[:SIZE]
    newer = shown[0].pk if before.isdecimal() and shown else None
    older = _last(shown) if len(found) > SIZE else None
    return Slice(shown, newer, older, beyond=before.isdecimal() and not shown)


def _key(text: str) -> int:
    return min(int(text[:20]), 2**63 - 1)


def _last(shown: list[Entry]) -> int | None:
    return shown[-1].pk if shown else None
