"""How does a person ask for a verification, or want no more of it?"""

from datetime import datetime

from django.db import IntegrityError, transaction

from audit import log
from audit.events import Event
from audit.log import Actor
from audit.models import Entry
from audit.verifications.records import OPEN, State, Verification


class UnderWay(Exception):
    """Another verification waits or runs; nothing was begun."""


def ask(*, since: int, actor: Actor, at: datetime) -> Verification:
    """Ask for one, of everything or of what came since a size; raise UnderWay."""
    try:
        with transaction.atomic():
            if Verification.objects.filter(state__in=OPEN).exists():
                raise UnderWay
            row = Verification.objects.create(asked_by=actor.id, asked_at=at, since=since)
            record(Event.LOG_VERIFICATION_ASKED, row, actor, at)
    except IntegrityError as error:
        raise UnderWay from error
    return row


def give_up(row: Verification, *, actor: Actor, at: datetime) -> None:
    """Want no more of one: what runs ends at its next step, what waits ends now."""
    mine = Verification.objects.filter(pk=row.pk)
    with transaction.atomic():
        waited = mine.filter(state=State.WAITING, turn=row.turn)
        if waited.update(state=State.STOPPED, ended_at=at, stopping_by=actor.id):
            record(Event.LOG_VERIFICATION_STOPPED, row, actor, at)
    mine.filter(state__in=OPEN, stopping_by="").update(stopping_by=actor.id)


def record(event: Event, row: Verification, actor: Actor, at: datetime) -> None:
    """Write an act on a verification to the log."""
    with transaction.atomic():
        facts = {"verification": row.pk, "since": row.since, "checked": row.checked}
        log.record(event, actor=actor, subject="log", at=at, facts=facts)


def newest() -> Verification | None:
    """Return the one asked for last."""
    return Verification.objects.first()


def verified_size() -> int:
    """Return up to which size the log was found as recorded: there the next one may begin."""
    told = Entry.objects.filter(event=Event.LOG_VERIFIED).order_by("-id").first()
    size = told.facts.get("size") if told and told.facts.get("ok") is True else 0
    return size if isinstance(size, int) and size >= 0 else 0
