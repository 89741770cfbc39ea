"""Which entries belong together: what one rests on, and what rests on it?"""

import uuid
from collections.abc import Iterable

from django.db.models import QuerySet

from audit.browsing import finding
from audit.browsing.asking import Asked
from audit.models import Citation, Entry

LONGEST = 200
NEWEST = 1_000  # entries not sealed yet are few, and their citations are read from their text


def story(entry: Entry) -> list[Entry]:
    """Return the chain around an entry by citations both ways, and its subject's entries."""
    found: dict[uuid.UUID, Entry] = {entry.uid: entry}
    edge = [entry]
    while edge and len(found) < LONGEST:
        near = [other for other in _neighbours(edge) if other.uid not in found]
        edge = list({other.uid: other for other in near}.values())[: LONGEST - len(found)]
        found |= {other.uid: other for other in edge}
    if len(found) < LONGEST:
        found |= {other.uid: other for other in _around(entry, LONGEST - len(found))}
    return sorted(found.values(), key=lambda other: other.pk)


def beside(entry: Entry) -> tuple[Entry | None, Entry | None]:
    """Return the entries before and after this one in the log."""
    before = Entry.objects.filter(id__lt=entry.pk).order_by("-id").first()
    return before, Entry.objects.filter(id__gt=entry.pk).order_by("id").first()


def resting_on(entry: Entry) -> list[Entry]:
    """Return the entries that cite this one."""
    return sorted(_citing([entry]), key=lambda other: other.pk)


def rested_on(entry: Entry) -> list[Entry]:
    """Return the entries that this one cites."""
    return list(_cited([entry]).order_by("id"))


def missing(entry: Entry) -> list[str]:
    """Return the names of entries that this one cites and that are not in the log."""
    present = {str(uid) for uid in _cited([entry]).values_list("uid", flat=True)}
    return sorted(set(entry.cites[:LONGEST]) - present)


def _around(entry: Entry, count: int) -> list[Entry]:
    """Return entries of the same subject; of a busy one those on both sides of this one."""
    same = Asked(subjects=(str(entry.subject),))
    later = finding.find(same, key=entry.pk, rising=True, limit=count)
    earlier = finding.find(same, key=entry.pk, rising=False, limit=count)
    half = count // 2
    first = earlier[: max(count - half, count - len(later))]
    rows = [*first, *later[: count - len(first)]]
    return list(Entry.objects.filter(pk__in=rows))


def _neighbours(entries: list[Entry]) -> Iterable[Entry]:
    return [*_cited(entries), *_citing(entries)]


def _cited(entries: list[Entry]) -> QuerySet[Entry]:
    # In the order of the texts, so that the first are the same each time.
    uids = dict.fromkeys(uid for entry in entries for uid in entry.cites)
    return Entry.objects.filter(uid__in=list(uids)[:LONGEST])


def _citing(entries: list[Entry]) -> list[Entry]:
    uids = {entry.uid for entry in entries}
    rows = Citation.objects.filter(cited__in=uids).order_by("id")[:LONGEST]
    sealed = Entry.objects.filter(pk__in=list(rows.values_list("entry_id", flat=True)))
    newest = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    waiting = Entry.objects.filter(leaf__isnull=True, id__gt=newest - NEWEST)
    texts = {str(uid) for uid in uids}
    # The citations only lead there: what an entry rests on is what its own hashed text says.
    return [entry for entry in (*sealed, *waiting) if texts & set(entry.cites)]
