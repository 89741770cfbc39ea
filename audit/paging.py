"""Which slice of a long list comes next, without counting what lies before it?"""

from dataclasses import dataclass

from audit.browsing import finding
from audit.browsing.asking import Asked
from audit.models import TOLD, Entry
from audit.people import names

SIZE = 50


@dataclass(frozen=True)
class Slice:
    """Hold one page of entries, newest first, and the keys of its neighbours."""

    entries: list[Entry]
    newer: int | None
    older: int | None
    beyond: bool = False  # the key in the address lies where there are no entries


NONE = Slice([], None, None)


def around(asked: Asked, *, before: str = "", after: str = "") -> Slice:
    """Return the entries older than `before`, or newer than `after`, or the newest."""
    if after.isdecimal():
        found = finding.find(asked, key=_key(after), rising=True, limit=SIZE + 1)
        shown = told(found[:SIZE])
        newer = shown[0].pk if len(found) > SIZE else None
        return Slice(shown, newer, _last(shown), beyond=not shown)
    paged = before.isdecimal()
    key = _key(before) if paged else None
    found = finding.find(asked, key=key, rising=False, limit=SIZE + 1)
    shown = told(found[:SIZE])
    newer = shown[0].pk if paged and shown else None
    older = _last(shown) if len(found) > SIZE else None
    return Slice(shown, newer, older, beyond=paged and not shown)


def told(rows: list[int]) -> list[Entry]:
    """Return entries with all that their lines show, newest first."""
    entries = Entry.objects.filter(pk__in=rows).select_related("leaf").prefetch_related(*TOLD)
    found = list(entries.order_by("-id"))
    names.share(found)
    return found


def _key(text: str) -> int:
    return min(int(text[:20]), 2**63 - 2)  # the one after it is a key as well


def _last(shown: list[Entry]) -> int | None:
    return shown[-1].pk if shown else None
