"""How an act becomes an entry: inside the transaction of what it records, or not at all."""

import hashlib
import json
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection

from audit.events import Event
from audit.keys import session
from audit.models import Entry, Payload, Transition
from audit.texts import commitments

BODY_LIMIT = 65_535  # bytes; the length of a tile entry is a uint16 (C2SP tlog-tiles)
TEXT_LIMIT = 65_535  # bytes; of each text that is kept beside an entry
INTEGER_LIMIT = 2**53  # beyond it JSON numbers are not exact (RFC 8785)
DEPTH_LIMIT = 20  # levels; readers of JSON give up at depths of their own
SHOWN_LIMIT = 200  # characters of what becomes an indexed column
_UNWRITABLE = re.compile("[\ud800-\udfff\x00]")


class NotInTransaction(RuntimeError):
    """An entry was to be recorded outside the transaction of what it records."""


class BadEntry(ValueError):
    """The entry cannot be written in canonical form."""


@dataclass(frozen=True)
class Actor:
    """Say who acts."""

    type: Literal["person", "agent", "system"]
    id: str

    @classmethod
    def person(cls, user: AbstractBaseUser) -> "Actor":
        """Name a signed-in person."""
        return cls("person", user.get_username())

    @classmethod
    def system(cls, room: str) -> "Actor":
        """Name one of our own rooms."""
        return cls("system", room)

    @classmethod
    def agent(cls, name: str) -> "Actor":
        """Name an agent declared in agents.yaml."""
        return cls("agent", name)


def record(
    event: Event,
    *,
    actor: Actor,
    subject: str,
    at: datetime,
    target: str = "",
    reason: str = "",
    texts: Mapping[str, str] | None = None,
    facts: Mapping[str, Any] | None = None,
    cites: Iterable[str | uuid.UUID] = (),
    transition: Transition | None = None,
) -> Entry:
    """Insert one entry; raise NotInTransaction or BadEntry, so that the act fails with it.

    Words of people and agents go into `reason` and `texts`, which can be erased; facts cannot.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction(f"{event}: record it inside transaction.atomic()")
    uid = uuid.uuid4()
    _check_shown(event=event, subject=subject, target=target, actor=actor.id)
    kept = _salted({**(texts or {}), "reason": reason})
    writing = session.current()
    body = canonical(
        {
            **_act(uid, event, actor, subject, target, at),
            "payloads": {name: text.stated for name, text in kept.items()},
            "facts": dict(facts or {}),
            "cites": [_entry_name(cited) for cited in cites],
            **writing.place(),
            **({"move": transition.said()} if transition else {}),
        }
    )
    hashed = leaf_hash(body)
    entry = _insert(uid, body, hashed, writing.sign(hashed), transition)
    _keep(entry, kept)
    if transition is not None:
        _tie(transition, subject, entry)
    writing.written(hashed, event, subject)
    return entry


def _act(
    uid: uuid.UUID, event: Event, actor: Actor, subject: str, target: str, at: datetime
) -> dict[str, Any]:
    """Say in the members that every reader knows who did what to what, and when."""
    return {
        "v": 1,
        "uid": str(uid),
        "at": moment(at),
        "event": str(event),
        "actor": {"type": actor.type, "id": actor.id},
        "subject": subject,
        "target": target,
    }


def _tie(transition: Transition, subject: str, entry: Entry) -> None:
    """Write a transition whose object has changed already; the database compares all three."""
    transition.subject, transition.entry = subject, entry
    transition.save(force_insert=True)


def canonical(value: Mapping[str, Any]) -> str:
    """Write JSON as RFC 8785 does, within a profile where sorted json.dumps agrees with it."""
    _check(value, "entry")
    text = json.dumps(dict(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if len(text.encode()) > BODY_LIMIT:
        raise BadEntry(f"entry: {len(text.encode())} bytes, at most {BODY_LIMIT}; cite less")
    return text


def _check_shown(**shown: str) -> None:
    for name, text in shown.items():
        if len(text) > SHOWN_LIMIT:
            raise BadEntry(f"{name}: {len(text)} characters, at most {SHOWN_LIMIT}")


def _insert(
    uid: uuid.UUID, body: str, hashed: str, signature: str, transition: Transition | None
) -> Entry:
    """Insert the row with one plain statement, as every transaction pays for it."""
    tied = transition.uid if transition else None
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO "audit_entry" ("uid", "body", "leaf_hash", "signature", "transition_id")'
            ' VALUES (%s, %s, %s, %s, %s) RETURNING "id"',
            [_key(uid), body, hashed, signature, tied and _key(tied)],
        )
        (row,) = cursor.fetchone()
    entry = Entry(
        pk=row,
        uid=uid,
        body=body,
        leaf_hash=hashed,
        signature=signature,
        transition_id=tied,
    )
    entry._state.adding = False
    entry._state.db = connection.alias
    return entry


def _key(uid: uuid.UUID) -> uuid.UUID | str:
    """Write a UUID as this database keeps it."""
    return uid if connection.vendor == "postgresql" else uid.hex


def leaf_hash(body: str) -> str:
    """Hash a body as an RFC 6962 leaf, in hex."""
    return hashlib.sha256(b"\x00" + body.encode()).hexdigest()


def moment(at: datetime) -> str:
    """Write an aware moment as fixed-width UTC text, so that text order is time order."""
    if at.tzinfo is None:
        raise BadEntry(f"at: {at!r} has no time zone")
    # Not strftime: it writes the year 900 with three digits.
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _salted(texts: Mapping[str, str]) -> dict[str, commitments.Kept]:
    for name, text in texts.items():
        if not isinstance(text, str):
            raise BadEntry(f"{name}: {type(text).__name__} is not text")
        _check_text(text, name)
        if len(text.encode()) > TEXT_LIMIT:
            raise BadEntry(f"{name}: {len(text.encode())} bytes, at most {TEXT_LIMIT}")
    return commitments.salted(texts)


def _keep(entry: Entry, kept: Mapping[str, commitments.Kept]) -> None:
    if not kept:
        return
    Payload.objects.bulk_create(
        Payload(entry=entry, name=name, salt=one.salt, text=one.text) for name, one in kept.items()
    )


def _entry_name(cited: str | uuid.UUID) -> str:
    try:
        return str(uuid.UUID(str(cited)))
    except ValueError as error:
        raise BadEntry("cites: holds what is not the uid of an entry") from error


def _check(value: object, where: str, depth: int = 0) -> None:
    if depth > DEPTH_LIMIT:
        raise BadEntry(f"{where[:80]}…: nested deeper than {DEPTH_LIMIT} levels")
    if isinstance(value, dict) or (depth == 0 and isinstance(value, Mapping)):
        _check_keys(value, where, depth)
    elif isinstance(value, list | tuple):
        for place, member in enumerate(value):
            _check(member, f"{where}[{place}]", depth + 1)
    elif isinstance(value, str):
        _check_text(value, where)
    elif isinstance(value, bool) or value is None:
        return
    elif not (isinstance(value, int) and abs(value) < INTEGER_LIMIT):
        # The value itself is not named: it may be anything, secrets and endless numbers included.
        kind = "a large integer" if isinstance(value, int) else type(value).__name__
        raise BadEntry(f"{where}: {kind} is not text, a small integer, a flag or null")


def _check_keys(value: Mapping[Any, Any], where: str, depth: int) -> None:
    for key, member in value.items():
        if not (isinstance(key, str) and key.isascii() and key.isprintable()):
            raise BadEntry(f"{where}: key {key!r} is not printable ASCII text")
        _check(member, f"{where}.{key}", depth + 1)


def _check_text(value: str, where: str) -> None:
    if _UNWRITABLE.search(value):
        raise BadEntry(f"{where}: holds a lone surrogate or NUL")
