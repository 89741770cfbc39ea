"""How an act becomes an entry: inside the transaction of what it records, or not at all."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection

from audit import follow
from audit.events import Event
from audit.keys import session
from audit.models import Entry, Transition
from audit.people import naming
from audit.texts import commitments
from audit.writing import rows
from audit.writing.canonical import BODY_LIMIT as BODY_LIMIT
from audit.writing.canonical import BadEntry as BadEntry
from audit.writing.canonical import canonical as canonical
from audit.writing.canonical import check_text

TEXT_LIMIT = 65_535  # bytes; of each text that is kept beside an entry
SHOWN_LIMIT = 200  # characters of what becomes an indexed column


class NotInTransaction(RuntimeError):
    """An entry was to be recorded outside the transaction of what it records."""


@dataclass(frozen=True)
class Actor:
    """Say who acts."""

    type: Literal["person", "agent", "system"]
    id: str  # of a person the name; the log itself states a pseudonym for it
    account: int | None = field(default=None, compare=False)
    pseudonym: str = field(default="", compare=False)  # once the log has been asked for it

    @classmethod
    def person(cls, user: AbstractBaseUser) -> "Actor":
        """Name a signed-in person."""
        return cls("person", user.get_username(), user.pk)

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
            **_act(uid, event, stated(actor, at=at), subject, target, at),
            "payloads": {name: text.stated for name, text in kept.items()},
            "facts": dict(facts or {}),
            "cites": [_entry_name(cited) for cited in cites],
            **writing.place(),
            **({"move": transition.said()} if transition else {}),
        }
    )
    hashed = leaf_hash(body)
    if transition is not None:
        transition.subject = subject
    entry = rows.insert(uid, body, hashed, writing.sign(hashed), kept, transition)
    writing.written(hashed, event, subject)
    follow.go_along(follow.Said(event, uid, subject, target, at, dict(facts or {})))
    return entry


def stated(actor: Actor, *, at: datetime) -> Actor:
    """Return an actor with the pseudonym that bodies name; a new person is introduced first."""
    if actor.type != "person" or actor.pseudonym:
        return actor
    check_text(actor.id, "actor")

    def tell(event: Event, pseudonym: str, texts: Mapping[str, str]) -> Entry:
        subject = f"person:{pseudonym}"
        return record(event, actor=Actor.system("audit"), subject=subject, at=at, texts=texts)

    return replace(actor, pseudonym=naming.pseudonym(actor.id, actor.account, tell))


def _act(
    uid: uuid.UUID, event: Event, actor: Actor, subject: str, target: str, at: datetime
) -> dict[str, Any]:
    """Say in the members that every reader knows who did what to what, and when."""
    return {
        "v": 1,
        "uid": str(uid),
        "at": moment(at),
        "event": str(event),
        "actor": {"type": actor.type, "id": actor.pseudonym or actor.id},
        "subject": subject,
        "target": target,
    }


def _check_shown(**shown: str) -> None:
    for name, text in shown.items():
        if len(text) > SHOWN_LIMIT:
            raise BadEntry(f"{name}: {len(text)} characters, at most {SHOWN_LIMIT}")


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
        check_text(text, name)
        if len(text.encode()) > TEXT_LIMIT:
            raise BadEntry(f"{name}: {len(text.encode())} bytes, at most {TEXT_LIMIT}")
    return commitments.salted(texts)


def _entry_name(cited: str | uuid.UUID) -> str:
    try:
        return str(uuid.UUID(str(cited)))
    except ValueError as error:
        raise BadEntry("cites: holds what is not the uid of an entry") from error
