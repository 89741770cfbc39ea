"""How does a person ask for an import, wish something else of it, or want no more of it?"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from audit import log
from audit.events import Event as AuditEvent
from audit.log import Actor
from targets.models import Target
from telemetry.imports import uploads
from telemetry.imports.history import Wish
from telemetry.imports.records import OPEN, Import, State
from telemetry.policies import policy
from telemetry.sanitizer import sanitize


class UnderWay(Exception):
    """Another import of the target waits or runs; nothing was begun."""


class NotHeld(Exception):
    """The import's files are gone, or it waits or runs; nothing was begun."""


def ask(
    target: Target, landing: uploads.Landing, wish: Wish, *, actor: Actor, at: datetime
) -> Import:
    """Take an upload to be imported, and let go of what is held of earlier ones.

    Raises UnderWay.
    """
    row = new(target, landing.pieces, wish, actor=actor, at=at)
    row.folder = landing.folder
    try:
        with transaction.atomic():
            row.save()
            _record_asked(row, actor, at)
    except IntegrityError as error:
        raise UnderWay from error
    landing.kept = True
    for held in Import.objects.filter(target=target).exclude(folder="").exclude(state__in=OPEN):
        let_go(held)
    return row


def new(
    target: Target, pieces: Sequence[uploads.Piece], wish: Wish, *, actor: Actor, at: datetime
) -> Import:
    """Return an import as it is asked for, unsaved, with names that may be shown."""
    told = policy(target)
    return Import(
        target=target,
        asked_by=actor.id,
        asked_at=at,
        files=[{"name": sanitize(piece.name, told)[0], "bytes": piece.size} for piece in pieces],
        size=sum(piece.size for piece in pieces),
        **_wished(wish),
    )


def ask_again(row: Import, wish: Wish, *, actor: Actor, at: datetime) -> None:
    """Ask for something else of files that are held. Raises UnderWay and NotHeld."""
    fresh = {
        "storing": False,
        "taken": 0,
        "records": 0,
        "reached": 0,
        "tries": 0,
        "bad": 0,
        "events": 0,
        "lines": 0,
    }
    counts = {"stored": 0, "duplicates": 0, "too_old": 0, "new_patterns": 0, "stopping_by": ""}
    ends: dict[str, Any] = {
        "begun_at": None,
        "ended_at": None,
        "detail": "",
        "problems": [],
        "state": State.WAITING,
    }
    held = Import.objects.filter(pk=row.pk).exclude(folder="").exclude(state__in=OPEN)
    try:
        with transaction.atomic():
            asker = {"asked_by": actor.id, "asked_at": at}
            if not held.update(**fresh, **counts, **ends, **asker, **_wished(wish)):
                raise NotHeld
            row.refresh_from_db()
            _record_asked(row, actor, at)
    except IntegrityError as error:
        raise UnderWay from error


def give_up(row: Import, *, actor: Actor, at: datetime) -> None:
    """Want no more of an import: one that runs ends at its next step, files that wait go now."""
    mine = Import.objects.filter(pk=row.pk)
    with transaction.atomic():
        waited = mine.filter(state=State.WAITING, turn=row.turn)
        ended = waited.update(state=State.STOPPED, ended_at=at, stopping_by=actor.id)
        if ended:
            record(AuditEvent.EVENTS_IMPORT_STOPPED, row, actor, at, stored=row.stored)
    mine.filter(state__in=OPEN, stopping_by="").update(stopping_by=actor.id)
    row.refresh_from_db()
    if not row.is_open:
        let_go(row)


def let_go(row: Import) -> None:
    """Delete the files of an import."""
    uploads.remove(row.folder)
    Import.objects.filter(pk=row.pk, folder=row.folder).update(folder="")


def _wished(wish: Wish) -> dict[str, Any]:
    return {
        "format": wish.format,
        "to_now": wish.to_now,
        "skip_bad": wish.skip_bad,
        "dry_run": wish.dry_run,
    }


def _record_asked(row: Import, actor: Actor, at: datetime) -> None:
    facts = {"files": len(row.files), "bytes": row.size, "dry_run": row.dry_run}
    record(AuditEvent.EVENTS_IMPORT_ASKED, row, actor, at, **facts)


def record(event: AuditEvent, row: Import, actor: Actor, at: datetime, **facts: object) -> None:
    """Write an act on an import to the log."""
    with transaction.atomic():
        log.record(
            event,
            actor=actor,
            subject=f"target:{row.target.slug}",
            at=at,
            target=row.target.slug,
            facts={"import": row.pk, **facts},
        )
