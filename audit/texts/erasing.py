"""How do the words of an entry go for good, while the log goes on to hold?

The entry itself stays, with the commitment to what was there. Text and salt go, and an entry of
its own says who had them erased, of which entry, and why.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q

from audit import log
from audit.events import Event
from audit.models import Entry, Erasure, Payload, Person, is_uid
from audit.people import names
from audit.people.checking import NAMING
from audit.texts import indexing, scrubbing

AT_ONCE = 1_000  # entries that one erasure names; its text stays under the limit of a body


class NotErased(Exception):
    """Nothing was erased; the sentence says why."""


@dataclass(frozen=True)
class Erased:
    """Say what went, and which entries tell of it."""

    entries: int
    texts: int
    told_by: tuple[Entry, ...]


def erase(uid: str | uuid.UUID, *, actor: log.Actor, reason: str, at: datetime) -> Erased:
    """Erase the words of one entry; raise NotErased where there are none to erase."""
    if not is_uid(str(uid)):
        raise NotErased(f"“{str(uid)[:100]}” is not the name of an entry: it is its uid.")
    with transaction.atomic():
        _refuse_silence(reason)
        entry = Entry.objects.filter(uid=uid).first()
        if entry is None:
            raise NotErased(f"The log holds no entry {uid}.")
        if entry.event in NAMING:
            raise NotErased(f"Entry {entry.uid} names a person: erase the person, not the entry.")
        if not _locked([entry.pk]):
            raise NotErased(_why_nothing(entry))
        return _erase([entry], f"entry:{entry.uid}", actor=actor, reason=reason, at=at)


def erase_person(name: str, *, actor: log.Actor, reason: str, at: datetime) -> Erased:
    """Erase a person's name and account, and every word that they left on the log.

    Takes a present name, and then means all who have it, or a pseudonym. What they do afterwards
    stands under a new pseudonym.
    """
    with transaction.atomic():
        _refuse_silence(reason)
        given = log.stated(actor, at=at)  # for who erases themselves has no name afterwards
        people = [found for found in names.called(name) if found.text]
        if not people:
            raise NotErased(f"The log knows nobody named “{name[:150]}”.")
        parts = [
            part for one in people for part in _forget(one, actor=given, reason=reason, at=at)
        ]
    return Erased(
        entries=sum(part.entries for part in parts),
        texts=sum(part.texts for part in parts),
        told_by=tuple(entry for part in parts for entry in part.told_by),
    )


def _forget(
    person: names.Name, *, actor: log.Actor, reason: str, at: datetime
) -> Iterator[Erased]:
    subject = f"person:{person.pseudonym}"
    theirs = Q(actor_type="person", actor=person.pseudonym) | Q(subject=subject, event__in=NAMING)
    words = Payload.objects.filter(entry__in=Entry.objects.filter(theirs)).order_by("entry_id")
    keys = list(words.values_list("entry_id", flat=True).distinct())
    for start in range(0, len(keys), AT_ONCE):
        kept = _locked(keys[start : start + AT_ONCE])
        entries = Entry.objects.filter(pk__in=kept).order_by("id")
        yield _erase(entries, subject, actor=actor, reason=reason, at=at)
    Person.objects.filter(pseudonym=person.pseudonym).update(account=None)


def _refuse_silence(reason: str) -> None:
    if not reason.strip():
        raise NotErased("Say why the words are erased; name no person in it.")


def _locked(keys: Sequence[int]) -> set[int]:
    """Return which of the entries still have words, and keep others from erasing them now."""
    words = Payload.objects.filter(entry_id__in=keys).order_by("entry_id", "name")
    return set(words.select_for_update().values_list("entry_id", flat=True))


def _why_nothing(entry: Entry) -> str:
    erasure = Erasure.objects.select_related("entry").filter(erased=entry).first()
    if erasure is None:
        return f"Entry {entry.uid} was recorded without words: there is nothing to erase."
    told = erasure.entry
    return (
        f"The words of entry {entry.uid} were erased already, by {told.who}"
        f" on {told.at:%Y-%m-%d %H:%M} UTC (entry {told.uid})."
    )


def _erase(
    entries: Iterable[Entry], subject: str, *, actor: log.Actor, reason: str, at: datetime
) -> Erased:
    gone = list(entries)
    words = Payload.objects.filter(entry__in=gone)
    count = words.count()
    told = log.record(
        Event.PAYLOAD_ERASED,
        actor=actor,
        subject=subject,
        at=at,
        reason=reason.strip(),
        facts={"entries": [str(entry.uid) for entry in gone], "texts": count},
    )
    Erasure.objects.bulk_create(Erasure(erased=entry, entry=told) for entry in gone)
    words.delete()
    indexing.forget(connection)
    scrubbing.once_committed(connection)
    return Erased(len(gone), count, (told,))
