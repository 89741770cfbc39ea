"""Are the words beside the log still those that its entries are bound to?"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from django.db.models import Q

from audit.events import Event
from audit.models import Entry, Erasure, Payload
from audit.texts import commitments

GONE = "its words are gone, and no entry says that they were erased"


def flaw(entry: Entry) -> str | None:
    """Say why the words shown with an entry are not its own, or nothing."""
    for kept in () if entry._state.adding else entry.payloads.all():
        if not commitments.fits(entry.commitments.get(kept.name), kept.salt, kept.text):
            return f"its words are not the ones it was recorded with ({kept.name})"
    return None


class Kept(NamedTuple):
    """Hold one text as it lies beside an entry."""

    salt: str
    text: str


Texts = Mapping[int, Mapping[str, Kept]]  # by row and name


def words(stated: Mapping[int, Mapping[str, Any]]) -> tuple[list[tuple[int, str | None]], Texts]:
    """Compare the words of some entries with what they state of them, given by row.

    Returns each row that does not hold with why, each row whose words were erased with None, and
    the words that are there.
    """
    # Erasures are read before the words, and again after: both go in one transaction, so that
    # whatever is erased meanwhile is either still there or known to be erased.
    before = _erasures(stated)
    kept: defaultdict[int, dict[str, Kept]] = defaultdict(dict)
    found = Payload.objects.filter(among("entry_id", stated))
    for row, name, salt, text in found.values_list("entry_id", "name", "salt", "text"):
        if row in stated:
            kept[row][name] = Kept(salt, text)
    gone = [row for row, named in stated.items() if named and named.keys() - kept[row].keys()]
    after = dict.fromkeys(gone, GONE) | (_erasures(gone) if gone else {})
    return [*_differing(stated, kept, before, after)], kept


def _differing(
    stated: Mapping[int, Mapping[str, Any]],
    kept: Mapping[int, Mapping[str, Kept]],
    before: Mapping[int, str | None],
    after: Mapping[int, str | None],
) -> Iterator[tuple[int, str | None]]:
    for row, named in stated.items():
        if row in kept:
            yield from ((row, what) for what in _against(named, kept[row]))
        if row in before and kept.get(row):
            yield row, "its words were erased, and are there again"
        elif row in after:
            yield row, after[row]
        elif row in before and not named:
            yield row, "an erasure is noted of words that it never had"


def among(name: str, rows: Collection[int]) -> Q:
    """Name some rows to the database: as a range where they lie close together, as sealed ones do.

    Then others may come with them.
    """
    if not rows:
        return Q(pk__in=[])
    first, last = min(rows), max(rows)
    if last - first < 2 * len(rows):
        return Q(**{f"{name}__gte": first, f"{name}__lte": last})
    return Q(**{f"{name}__in": list(rows)})


def _against(stated: Mapping[str, Any], kept: Mapping[str, Kept]) -> Iterator[str]:
    for name, one in sorted(kept.items()):
        if name not in stated:
            yield f"words are kept that it is not bound to ({name})"
        elif not commitments.fits(stated[name], one.salt, one.text):
            yield f"its words were changed ({name})"


def _erasures(rows: Collection[int]) -> dict[int, str | None]:
    """Return which of the entries have an erasure, and what is wrong with it, if anything."""
    found = Erasure.objects.filter(among("erased_id", rows)).select_related("erased", "entry")
    return {
        one.erased_id: _unlike_an_erasure(one.entry, one.erased.uid)
        for one in found
        if one.erased_id in rows
    }


def _unlike_an_erasure(told: Entry, erased: uuid.UUID) -> str | None:
    named = told.facts.get("entries")
    if told.event == Event.PAYLOAD_ERASED and isinstance(named, list) and str(erased) in named:
        return None
    return f"its words are gone, and entry {told.uid} does not say that they were erased"
