"""Are the words beside the log still those that its entries are bound to?"""

import json
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

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


def words(bodies: Mapping[int, str]) -> Iterator[tuple[int, str | None]]:
    """Compare the words of some entries with their texts, given by row.

    Yields each row that does not hold with why, and each row whose words were erased with None.
    """
    # Erasures are read before the words, and again after: both go in one transaction, so that
    # whatever is erased meanwhile is either still there or known to be erased.
    before = _erasures(list(bodies))
    kept: defaultdict[int, dict[str, Payload]] = defaultdict(dict)
    for one in Payload.objects.filter(entry_id__in=list(bodies)):
        kept[one.entry_id][one.name] = one
    stated = {row: json.loads(body)["payloads"] for row, body in bodies.items()}
    gone = [row for row in bodies if stated[row].keys() - kept[row].keys()]
    after = dict.fromkeys(gone, GONE) | _erasures(gone)
    for row in bodies:
        yield from ((row, what) for what in _against(stated[row], kept[row]))
        if row in before and kept[row]:
            yield row, "its words were erased, and are there again"
        elif row in gone:
            yield row, after[row]
        elif row in before and not stated[row]:
            yield row, "an erasure is noted of words that it never had"


def _against(stated: Mapping[str, Any], kept: Mapping[str, Payload]) -> Iterator[str]:
    for name, one in sorted(kept.items()):
        if name not in stated:
            yield f"words are kept that it is not bound to ({name})"
        elif not commitments.fits(stated[name], one.salt, one.text):
            yield f"its words were changed ({name})"


def _erasures(rows: list[int]) -> dict[int, str | None]:
    """Return which of the entries have an erasure, and what is wrong with it, if anything."""
    found = Erasure.objects.filter(erased_id__in=rows).select_related("erased", "entry")
    return {one.erased_id: _unlike_an_erasure(one.entry, one.erased.uid) for one in found}


def _unlike_an_erasure(told: Entry, erased: uuid.UUID) -> str | None:
    named = told.facts.get("entries")
    if told.event == Event.PAYLOAD_ERASED and isinstance(named, list) and str(erased) in named:
        return None
    return f"its words are gone, and entry {told.uid} does not say that they were erased"
