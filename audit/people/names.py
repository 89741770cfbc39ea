"""Who is meant by a pseudonym, now? One question for all that a page shows."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from audit.models import Entry

PSEUDONYM = re.compile(r"\bp-[0-9a-f]{16}\b")
NAME, ACCOUNT = "name", "account"  # what the two texts beside a naming entry are called
FORGOTTEN = "a person whose name was erased"
LENGTH = 800  # bytes of every kept name: how long it really is would tell of it for ever
BLOCK = 500  # pseudonyms in one question

_ROWS = f"""
    SELECT person.pseudonym, person.account, said.text, told.uid, told.body, why.text
    FROM audit_person AS person
    LEFT JOIN audit_payload AS said ON said.entry_id = person.naming_id AND said.name = '{NAME}'
    LEFT JOIN audit_erasure AS gone ON gone.erased_id = person.naming_id
    LEFT JOIN audit_entry AS told ON told.id = gone.entry_id
    LEFT JOIN audit_payload AS why ON why.entry_id = told.id AND why.name = 'reason'
    WHERE {{which}} ORDER BY person.id
"""  # noqa: S608 - ours


@dataclass(frozen=True)
class Name:
    """Say what a person is called, or which entry says that this was erased."""

    pseudonym: str
    account: int | None
    text: str  # empty once it is erased
    told_by: str = ""  # the uid of the entry about the erasure
    eraser: str = ""  # as that entry names who had it erased
    why: str = ""

    def __str__(self) -> str:
        """Return the name, or that there is none any more."""
        return self.text or FORGOTTEN


@dataclass(frozen=True)
class Names:
    """Hold the names of all whom some entries mention."""

    known: Mapping[str, Name] = field(default_factory=dict)

    def say(self, text: str) -> str:
        """Put the present name in the place of each pseudonym of a text."""
        return PSEUDONYM.sub(lambda found: str(self.known.get(found[0], found[0])), text)

    def at_length(self, pseudonym: str) -> str:
        """Name a person, or say who had the name erased, and why."""
        found = self.known.get(pseudonym)
        if found is None or not found.told_by:
            return self.say(pseudonym)
        eraser = self.say(found.eraser)
        by = "another such person" if eraser == FORGOTTEN else eraser
        by = "themselves" if found.eraser == pseudonym else by
        return f"{FORGOTTEN} by {by}{f' because: {found.why}' if found.why else ''}"

    def told_by(self, pseudonym: str) -> str:
        """Return the uid of the entry that says that a name was erased, if it was."""
        found = self.known.get(pseudonym)
        return found.told_by if found else ""


def kept(name: str) -> str:
    """Return a name as it is kept: all of one length."""
    return name + " " * (LENGTH - len(name.encode()))


def of(texts: Iterable[str]) -> Names:
    """Find the names of all whom some texts mention."""
    wanted = sorted({found for text in texts for found in PSEUDONYM.findall(text)})
    known = {name.pseudonym: name for name in _named(wanted)}
    # Who had a name erased is mentioned by the entry that says so, and not by what is shown.
    further = sorted({name.eraser for name in known.values()} - known.keys() - {""})
    return Names(known | {name.pseudonym: name for name in _named(further)})


def share(entries: Sequence["Entry"]) -> None:
    """Have entries, and what tells of their erasure, know their names by one question."""
    told = [gone.entry for entry in entries if (gone := getattr(entry, "erasure", None))]
    every = [*entries, *told]
    names = of(text for entry in every for text in (entry.body, *entry.texts.values()))
    for entry in every:
        entry.names = names


def called(name: str) -> list[Name]:
    """Return everybody who has this name now, or whose pseudonym this is."""
    if PSEUDONYM.fullmatch(name):
        return list(_named([name]))
    return list(_rows("said.text = %s", [kept(name)]))


def everybody(most: int) -> list[str]:
    """Return the present names of people, each once, to choose from."""
    rows = _rows("said.text IS NOT NULL", [])
    return sorted({name.text for name in rows}, key=str.casefold)[:most]


def _named(pseudonyms: Sequence[str]) -> Iterator[Name]:
    for start in range(0, len(pseudonyms), BLOCK):
        some = pseudonyms[start : start + BLOCK]
        yield from _rows(f"person.pseudonym IN ({', '.join(['%s'] * len(some))})", some)


def _rows(which: str, values: Sequence[str | int]) -> Iterator[Name]:
    with connection.cursor() as cursor:
        cursor.execute(_ROWS.format(which=which), values)
        rows = cursor.fetchall()
    for pseudonym, account, text, uid, told, why in rows:
        said = (text or "").rstrip(" ")
        told_by, eraser = (_uid(uid), _actor(told)) if uid and not said else ("", "")
        yield Name(pseudonym, account, said, told_by, eraser, why or "")


def _uid(value: Any) -> str:
    text = str(value).replace("-", "")
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _actor(body: str) -> str:
    try:
        return str(json.loads(body)["actor"]["id"])
    except (ValueError, RecursionError, LookupError, TypeError):
        return ""  # written past the application; verifying says so
