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
from audit.people import known, naming
from audit.texts import commitments
from audit.writing import rows
from audit.writing.canonical import BODY_LIMIT as BODY_LIMIT
from audit.writing.canonical import BadEntry as BadEntry
from audit.writing.canonical import canonical as canonical
from audit.writing.canonical import check_text
from audit.writing.planned import Condition

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
    _check_shown(event=event, subject=subject, target=target, actor=actor.id)
    kept = _salted({**(texts or {}), "reason": reason})
    cited = [_entry_name(one) for one in cites]
    act = _Act(uuid.uuid4(), event, subject, target, at, kept, dict(facts or {}), cited)
    if transition is not None:
        transition.subject = subject
    entry = _as_before(act, actor, transition)
    if entry is None:
        entry = _inserted(act, stated(actor, at=at), transition)
    follow.go_along(follow.Said(event, act.uid, subject, target, at, act.facts))
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


@dataclass(frozen=True)
class _Act:
    """Hold what an entry says, but for who acts and what came before it."""

    uid: uuid.UUID
    event: Event
    subject: str
    target: str
    at: datetime
    kept: Mapping[str, commitments.Kept]
    facts: dict[str, Any]
    cites: list[str]

    def by(self, actor: Actor) -> dict[str, Any]:
        """Say in the members that every reader knows who did what to what, and when."""
        return {
            "v": 1,
            "uid": str(self.uid),
            "at": moment(self.at),
            "event": str(self.event),
            "actor": {"type": actor.type, "id": actor.pseudonym or actor.id},
            "subject": self.subject,
            "target": self.target,
            "payloads": {name: text.stated for name, text in self.kept.items()},
            "facts": self.facts,
            "cites": self.cites,
        }


def _as_before(act: _Act, actor: Actor, transition: Transition | None) -> Entry | None:
    """Write the entry by the pseudonym of the person's last one, if that is right still."""
    if actor.type != "person" or actor.pseudonym:
        return None
    check_text(actor.id, "actor")
    if (guessed := known.guess(actor.id, actor.account)) is None:
        return None
    pseudonym, provided = guessed
    try:
        return _inserted(act, replace(actor, pseudonym=pseudonym), transition, provided)
    except rows.NotSo:  # nothing was inserted, and the person is asked for
        known.forget(actor.id, actor.account)
        return None


def _inserted(
    act: _Act, actor: Actor, transition: Transition | None, provided: Condition | None = None
) -> Entry:
    writing = session.current()
    before = writing.tip()
    body = canonical(
        {
            **act.by(actor),
            **writing.place(before),
            **({"move": transition.said()} if transition else {}),
        }
    )
    hashed = leaf_hash(body)
    signature = writing.sign(hashed)
    entry = rows.insert(act.uid, body, hashed, signature, act.kept, transition, provided)
    writing.written(session.Tip(before.wseq + 1, hashed), act.event, act.subject)
    return entry


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
