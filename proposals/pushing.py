"""How does the proposals branch reach the origin, told before and after?"""

from datetime import datetime

from django.db import transaction

from audit import story
from audit.events import Event
from audit.log import Actor, record
from audit.models import Entry
from targets.models import Target
from targets.repository import OriginUnreachable, PushRefused, Repository
from telemetry.sanitizer import sanitize

SYSTEM = Actor.system("proposals")
ENDS = (Event.PROPOSALS_PUBLISHED, Event.PROPOSALS_PUBLISH_FAILED)


def push(target: Target, repository: Repository, branch: str, now: datetime) -> bool:
    """Push the branch where the origin does not have it; raise PushRefused or OriginUnreachable.

    The caller holds the clone's lock, so an intent that is still open was left by a worker that
    died: it is closed by what the origin shows.
    """
    ref = f"refs/heads/{branch}"
    head, theirs = repository.ref(ref), repository.remote_head(branch)
    last = _last_intent(target)
    if last is not None and last.facts.get("commit") != head:
        _close_left(target, repository, last, theirs, now)
    if head is None or head == theirs:
        if last is not None and last.facts.get("commit") == head:
            _close_left(target, repository, last, theirs, now)
        return False
    intent = _intended(target, last, branch, head, now)
    try:
        repository.push(f"{ref}:{ref}")
    except (PushRefused, OriginUnreachable) as error:
        if Event.PROPOSALS_PUBLISH_FAILED not in _ends(intent):  # a repeat tells nothing new
            _end(target, intent, Event.PROPOSALS_PUBLISH_FAILED, now, str(error))
        raise
    _end(target, intent, Event.PROPOSALS_PUBLISHED, now)
    return True


def _intended(target: Target, last: Entry | None, branch: str, head: str, now: datetime) -> Entry:
    """Say what is about to be pushed; the next attempt at the same commit is the same intent."""
    if last is not None and last.facts.get("commit") == head:
        return last
    facts = {"branch": branch, "commit": head}
    return _note(target, Event.PROPOSALS_PUBLISH_INTENDED, now, facts=facts)


def _close_left(
    target: Target, repository: Repository, intent: Entry, theirs: str | None, now: datetime
) -> None:
    if _ends(intent):
        return
    commit = str(intent.facts.get("commit", ""))
    here = repository.ref(f"{commit}^{{commit}}")
    arrived = bool(theirs and here and repository.is_ancestor(commit, theirs))
    event = Event.PROPOSALS_PUBLISHED if arrived else Event.PROPOSALS_PUBLISH_FAILED
    there = "has it" if arrived else "does not have it"
    words = f"The worker stopped in the middle of it; the origin {there}."
    _end(target, intent, event, now, words)


def _last_intent(target: Target) -> Entry | None:
    mine = Entry.objects.filter(subject=_subject(target), event=Event.PROPOSALS_PUBLISH_INTENDED)
    return mine.order_by("-id").first()


def _ends(intent: Entry) -> set[str]:
    return {str(entry.event) for entry in story.resting_on(intent)} & set(map(str, ENDS))


def _end(target: Target, intent: Entry, event: Event, now: datetime, why: str = "") -> None:
    facts = {"commit": intent.facts.get("commit", "")}
    _note(target, event, now, reason=sanitize(why)[0], facts=facts, cites=(intent,))


def _note(
    target: Target,
    event: Event,
    now: datetime,
    *,
    facts: dict[str, str],
    reason: str = "",
    cites: tuple[Entry, ...] = (),
) -> Entry:
    with transaction.atomic():
        return record(
            event,
            actor=SYSTEM,
            subject=_subject(target),
            target=target.slug,
            at=now,
            reason=reason,
            facts={"name": target.name, **facts},
            cites=[entry.uid for entry in cites],
        )


def _subject(target: Target) -> str:
    return f"target:{target.slug}"
