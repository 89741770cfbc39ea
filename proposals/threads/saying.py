"""How does something that somebody says about a proposal become a row and an entry?"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from audit.models import Entry
from proposals.models import STATE, Proposal
from proposals.threads.places import Place
from proposals.threads.records import LONGEST_PATH, Comment, Thread
from telemetry.sanitizer import sanitize

PERMISSION = "proposals.comment_proposal"
LONGEST = 10_000  # characters
MOST = 1_000  # comments on one proposal: nobody reads more, and a flood must end somewhere
WORDS, AUTHOR = "comment", "author"  # what the texts beside an entry are called


class CannotSay(Exception):
    """Nothing was said; the words say why."""


@dataclass(frozen=True)
class Speaker:
    """Say who speaks: a person here, or an account of a forge."""

    actor: Actor
    user: User | None = None
    origin: str = ""
    name: str = ""  # of an account elsewhere: it stands beside the log, where it can be erased
    facts: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def person(cls, user: User, **door: Any) -> "Speaker":
        """Name a signed-in person; raise PermissionDenied when they may not speak."""
        if not user.has_perm(PERMISSION):
            raise PermissionDenied("You may not comment on proposals.")
        return cls(Actor.person(user), user, facts=door)

    @classmethod
    def outside(cls, origin: str, name: str, **facts: Any) -> "Speaker":
        """Name an account of a forge."""
        name = sanitize(name.replace("\0", "�"))[0][:100]
        return cls(Actor.system(origin), None, origin, name, {"forge": origin, **facts})

    @property
    def texts(self) -> dict[str, str]:
        """Return what of it can be erased."""
        return {AUTHOR: self.name} if self.name else {}


def say(
    proposal: Proposal,
    words: str,
    *,
    by: Speaker,
    at: datetime,
    place: Place | None = None,
    uid: uuid.UUID | None = None,
    verdict: str = "",
) -> Comment:
    """Begin a thread on a line of the diff, or say something about the whole.

    The same uid is said once. Raises CannotSay, and then changes nothing.
    """
    with transaction.atomic():
        current = Proposal.objects.select_for_update().get(pk=proposal.pk)
        if (known := _known(uid)) is not None:
            return known
        thread = _begun(current, place, at) if place else _of_the_whole(current, at)
        return _add(thread, words, by=by, at=at, uid=uid, verdict=verdict)


def reply(
    thread: Thread, words: str, *, by: Speaker, at: datetime, uid: uuid.UUID | None = None
) -> Comment:
    """Answer in a thread; raises CannotSay, and then changes nothing."""
    with transaction.atomic():
        Proposal.objects.select_for_update().get(pk=thread.proposal_id)
        return _known(uid) or _add(thread, words, by=by, at=at, uid=uid)


def edit(
    comment: Comment, words: str, *, by: Speaker, at: datetime, verdict: str | None = None
) -> Comment:
    """Put other words in the place of what was said; the log keeps both until they are erased."""
    clean = cleaned(words)
    with transaction.atomic():
        current = _theirs(comment, by)
        entry = _record(Event.COMMENT_EDITED, current.thread, by, at, _about(current), clean)
        current.words_uid, current.edited_at = entry.uid, at
        current.verdict = current.verdict if verdict is None else verdict
        current.save(update_fields=["words_uid", "edited_at", "verdict"])
    return current


def remove(comment: Comment, *, by: Speaker, at: datetime) -> Comment:
    """Take back what was said; that it was said stays."""
    with transaction.atomic():
        current = _theirs(comment, by)
        _record(Event.COMMENT_REMOVED, current.thread, by, at, _about(current))
        current.removed_at = at
        current.save(update_fields=["removed_at"])
    return current


def settle(thread: Thread, *, resolved: bool, by: Speaker, at: datetime) -> bool:
    """Resolve a thread or open it again; return whether that changed anything."""
    with transaction.atomic():
        current = Thread.objects.select_for_update().get(pk=thread.pk)
        if not current.path:
            raise CannotSay("The conversation about the whole is never resolved.")
        if (current.resolved_uid is not None) is resolved:
            return False
        event = Event.THREAD_RESOLVED if resolved else Event.THREAD_REOPENED
        entry = _record(event, current, by, at, {"thread": current.pk})
        current.resolved_uid = entry.uid if resolved else None
        current.save(update_fields=["resolved_uid"])
    return True


def cleaned(words: str) -> str:
    """Return words as they are kept; raise CannotSay where there are none, or too many."""
    found = sanitize(words.replace("\0", "�").replace("\r\n", "\n").strip())[0]
    if not found:
        raise CannotSay("Write what you want to say.")
    if len(found) > LONGEST:
        raise CannotSay(f"It has {len(found)} characters; at most {LONGEST} are kept.")
    return found


def leaves_out(words: str) -> bool:
    """Tell whether something of words is not kept, because it looks like a secret."""
    return bool(sanitize(words)[1])


def _known(uid: uuid.UUID | None) -> Comment | None:
    return Comment.objects.filter(uid=uid).first() if uid else None


def _begun(proposal: Proposal, place: Place, at: datetime) -> Thread:
    if len(place.path) > LONGEST_PATH:
        raise CannotSay("The file's name is too long for a comment on a line: speak of the whole.")
    return Thread(
        proposal=proposal,
        path=place.path,
        side=place.side,
        line=place.line,
        diff_digest=proposal.diff_digest if place.anchor else "",  # else of an earlier version
        quoted=sanitize(place.text[:300])[0][:300].replace("\0", "�"),
        opened_at=at,
    )


def _of_the_whole(proposal: Proposal, at: datetime) -> Thread:
    found = Thread.objects.filter(proposal=proposal, path="").first()
    return found or Thread(proposal=proposal, opened_at=at)


def _add(
    thread: Thread,
    words: str,
    *,
    by: Speaker,
    at: datetime,
    uid: uuid.UUID | None,
    verdict: str = "",
) -> Comment:
    clean = cleaned(words)
    if Comment.objects.filter(thread__proposal=thread.proposal_id).count() >= MOST:
        raise CannotSay(f"There are {MOST} comments on this proposal; no more are kept.")
    if thread._state.adding:
        thread.save()
    named = uid or uuid.uuid4()
    verdicts = {"verdict": verdict} if verdict else {}
    facts = {"comment": str(named), **_where(thread), **verdicts}
    entry = _record(Event.COMMENT_SAID, thread, by, at, facts, clean)
    return Comment.objects.create(
        thread=thread,
        uid=named,
        author=by.user,
        origin=by.origin,
        verdict=verdict,
        said_uid=entry.uid,
        words_uid=entry.uid,
        at=at,
    )


def _theirs(comment: Comment, by: Speaker) -> Comment:
    """Return the row, locked; nobody changes what another one said."""
    rows = Comment.objects.select_for_update(of=("self",)).select_related("thread__proposal")
    current = rows.get(pk=comment.pk)
    owner = by.user is not None and current.author_id == by.user.pk
    if not owner and not (by.origin and by.origin == current.origin):
        raise PermissionDenied("Only who said it may change it.")
    if current.removed_at is not None:
        raise CannotSay("It was removed already.")
    return current


def _about(comment: Comment) -> dict[str, str]:
    return {"comment": str(comment.uid)}


def _where(thread: Thread) -> dict[str, Any]:
    if not thread.path:
        return {}
    where = {"path": thread.path, "side": thread.side, "line": thread.line}
    return {**where, "diff": thread.diff_digest}


def _record(
    event: Event,
    thread: Thread,
    by: Speaker,
    at: datetime,
    facts: Mapping[str, Any],
    words: str = "",
) -> Entry:
    proposal = thread.proposal
    said = {WORDS: words} if words else {}
    return record(
        event,
        actor=by.actor,
        subject=STATE.subject(proposal.pk),
        target=proposal.target.slug,
        at=at,
        texts={"title": proposal.title, **by.texts, **said},
        facts={**facts, **by.facts},
    )
