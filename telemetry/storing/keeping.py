"""How long are a target's events kept, and which of them stay longer?"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from audit import log
from audit.events import Event as AuditEvent
from audit.log import Actor
from targets.models import Target
from telemetry.events.schemas import FUTURE, check_time
from telemetry.models import HeldEvent, Keeping

MOST_DAYS = 3650


class BadKeeping(ValueError):
    """Events cannot be kept for that long; nothing was changed."""


def days_of(target: Target) -> int:
    """Return for how many days a target's events are kept."""
    own = Keeping.objects.filter(target=target).values_list("days", flat=True).first()
    return own or int(settings.SELFIMPROVE.telemetry.retention_days)


def timely(target: Target, now: datetime) -> Callable[[datetime], None]:
    """Return a check that raises OutOfTime for a moment that the target does not keep."""
    days = days_of(target)
    oldest, newest = now - timedelta(days=days), now + FUTURE

    def check(at: datetime) -> None:
        if not oldest <= at <= newest:
            check_time(at, now=now, retention_days=days)

    return check


def cutoff(target: Target, now: datetime) -> datetime:
    """Return the moment before which nothing of a target is kept."""
    return now - timedelta(days=days_of(target))


def rollup_cutoff(target: Target, now: datetime) -> datetime:
    """Return the moment before which no counts are kept; they never end before the events."""
    days = max(days_of(target), settings.SELFIMPROVE.telemetry.rollup_days)
    return now - timedelta(days=days)


def set_days(target: Target, days: int | None, *, actor: Actor, at: datetime) -> Keeping:
    """Keep a target's events for so many days, or as the settings say; the log tells who.

    Raises BadKeeping.
    """
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise BadKeeping(f"{days} days: say a number from 1 to {MOST_DAYS}, or leave it empty")
    with transaction.atomic():
        Target.objects.select_for_update(no_key=True).get(pk=target.pk)
        keeping, _ = Keeping.objects.get_or_create(target=target)
        if keeping.days == days:
            return keeping
        before, keeping.days = keeping.days, days
        keeping.save(update_fields=["days"])
        log.record(
            AuditEvent.KEEPING_CHANGED,
            actor=actor,
            subject=f"target:{target.slug}",
            at=at,
            target=target.slug,
            facts={"before": before, "after": days, "setting": days_of(target)},
        )
    return keeping


def note_gone(target: Target, before: datetime) -> None:
    """Remember before which moment events may be missing, ahead of deleting them."""
    with transaction.atomic():
        Target.objects.select_for_update(no_key=True).get(pk=target.pk)
        keeping, _ = Keeping.objects.get_or_create(target=target)
        if keeping.gone_before is None or keeping.gone_before < before:
            keeping.gone_before = before
            keeping.save(update_fields=["gone_before"])


def hold(target: Target, uids: Iterable[str], *, holder: str, at: datetime) -> None:
    """Keep events past their time for something that cites them; a repeat changes nothing."""
    HeldEvent.objects.bulk_create(
        [HeldEvent(target=target, uid=uid, holder=holder, since=at) for uid in set(uids)],
        ignore_conflicts=True,
    )


def release(target: Target, *, holder: str) -> int:
    """Let go of what a holder has kept; it ends with the next expiry. Return how much that was."""
    return HeldEvent.objects.filter(target=target, holder=holder).delete()[0]
