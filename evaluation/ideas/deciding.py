"""How is an idea raised once, and taken up or turned down by a person exactly once?"""

from datetime import datetime

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from evaluation.ideas.records import Idea, Stand
from proposals.decision import PERMISSION
from telemetry.sanitizer import sanitize

ACTOR = Actor.system("evaluation")


class NotDecided(Exception):
    """The idea stays as it is; the words say why."""


def put(idea: Idea) -> Idea:
    """Store a new idea with its entry; called within the transaction of what found it."""
    idea.save()
    record(
        Event.IDEA_RAISED,
        actor=ACTOR,
        subject=f"idea:{idea.pk}",
        target=idea.target.slug,
        at=idea.created_at,
        texts={"title": idea.title},
        facts={"kind": idea.kind, "priority": idea.priority},
    )
    return idea


def accept(idea: Idea, *, person: User, at: datetime) -> Idea:
    """Take an idea up, so that a change is written for it; nothing is delivered by that."""
    return _decide(idea, Stand.ACCEPTED, Event.IDEA_ACCEPTED, person, "", at)


def dismiss(idea: Idea, *, person: User, reason: str, at: datetime) -> Idea:
    """Turn an idea down, so that it is not raised again."""
    words = sanitize(reason.strip())[0]
    if not words:
        raise NotDecided("To turn an idea down, say why.")
    return _decide(idea, Stand.DISMISSED, Event.IDEA_DISMISSED, person, words, at)


def _decide(
    idea: Idea, status: Stand, event: Event, person: User, reason: str, at: datetime
) -> Idea:
    if not person.has_perm(PERMISSION):
        raise PermissionDenied("You may not decide about ideas.")
    with transaction.atomic():
        changed = Idea.objects.filter(pk=idea.pk, status=Stand.OPEN).update(
            status=status, decided_by=person.get_username(), decided_at=at, reason=reason
        )
        fresh = Idea.objects.select_related("target").get(pk=idea.pk)
        if not changed:
            word = fresh.get_status_display().lower()
            raise NotDecided(f"Already {word} by {fresh.decided_by}.")
        record(
            event,
            actor=Actor.person(person),
            subject=f"idea:{fresh.pk}",
            target=fresh.target.slug,
            at=at,
            reason=reason,
            texts={"title": fresh.title},
            facts={"kind": fresh.kind, "priority": fresh.priority},
        )
    return fresh
