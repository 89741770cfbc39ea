"""Whether the loop may act, and who stopped it."""

from datetime import datetime

from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from selfimprove.models import Switch

LOOP = "loop:main"


class AlreadySo(ValueError):
    """The loop is already in the wanted state."""


def paused() -> bool:
    """Tell whether the loop is paused."""
    return Switch.objects.filter(paused_at__isnull=False).exists()


def pause(*, actor: Actor, reason: str, at: datetime) -> None:
    """Stop every tick that acts; what runs ends its present step."""
    with transaction.atomic():
        row, _ = Switch.objects.select_for_update().get_or_create(pk=1)
        if row.paused_at:
            raise AlreadySo(f"The loop was already paused by {row.paused_by}.")
        Switch.objects.filter(pk=1).update(paused_at=at, paused_by=actor.id, reason=reason)
        record(Event.LOOP_PAUSED, actor=actor, subject=LOOP, at=at, reason=reason)


def resume(*, actor: Actor, at: datetime) -> None:
    """Let the loop act again."""
    with transaction.atomic():
        changed = Switch.objects.filter(pk=1, paused_at__isnull=False).update(
            paused_at=None, paused_by="", reason=""
        )
        if not changed:
            raise AlreadySo("The loop is running.")
        record(Event.LOOP_RESUMED, actor=actor, subject=LOOP, at=at)
