"""When does telemetry end?"""

import time as clock
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, models, transaction

from audit import log
from audit.events import Event as AuditEvent
from audit.log import Actor
from targets.models import Target
from telemetry import series
from telemetry.events import redactions
from telemetry.models import ErrorReport, Event, HeldEvent, MinuteCount, Reflection
from telemetry.rollups import counting, whole
from telemetry.storing import days, keeping

# Rows per transaction: as many as a machine deletes in a moment, so that no writer waits long.
FEWEST, MOST = 100, 5_000
MOMENT = 0.03  # seconds


@dataclass(frozen=True, slots=True)
class Expired:
    """Count what went."""

    rows: int
    files: int


def expire(target: Target, now: datetime) -> Expired:
    """Delete a target's events, counts, reports and daily files that are older than is kept."""
    return expire_all([target], now)[target.pk]


def expire_all(targets: Sequence[Target], now: datetime) -> dict[int, Expired]:
    """Delete what is older than each target keeps: whole days at once where nobody needs them."""
    # Whole buckets: a count tells of the events that are kept.
    before = {each.pk: series.bucket_start(keeping.cutoff(each, now)) for each in targets}
    for each in targets:
        keeping.note_gone(each, before[each.pk])
    dropped = _drop_days(before) if days.apart() else {}
    return {
        each.pk: _expire(each, before[each.pk], dropped.get(each.pk, 0), now) for each in targets
    }


def _drop_days(before: dict[int, datetime]) -> dict[int, int]:
    """Drop each day that lies before what all targets with events in it keep."""
    gone: dict[int, int] = {}
    for day in days.known():
        end = datetime.combine(day, time(), UTC) + timedelta(days=1)
        if end > max(before.values(), default=end):
            break
        if all(target in before and end <= before[target] for target in days.targets_in(day)):
            counted = days.counts(day)
            try:
                days.drop(day)
            except days.InUse:
                break  # its rows are deleted one by one below; the empty day goes next time
            for target, rows in counted.items():
                gone[target] = gone.get(target, 0) + rows
    return gone


def _expire(target: Target, before: datetime, dropped: int, now: datetime) -> Expired:
    held = HeldEvent.objects.filter(target=target, uid=models.OuterRef("uid"))
    events = Event.objects.filter(target=target, timestamp__lt=before)
    rows = dropped + _delete(events.exclude(models.Exists(held)))
    rows += sum(
        _delete(told)
        for told in (
            MinuteCount.objects.filter(target=target, at__lt=before),
            Reflection.objects.filter(target=target, at__lt=before),
            ErrorReport.objects.filter(target=target, occurred_at__lt=before),
        )
    )
    whole.forget(target, before)  # what a session's page would tell is gone
    _forget_counts(target, keeping.rollup_cutoff(target, now))
    redactions.forget(target, keeping.rollup_cutoff(target, now).date())
    gone = [path for path in daily_files(target) if _day(path) < before.date()]
    for path in gone:
        path.unlink(missing_ok=True)
    if rows or gone:
        _record(target, rows, len(gone), before, now)
    return Expired(rows, len(gone))


def _forget_counts(target: Target, before: datetime) -> None:
    """Delete whole days of counts that are older than counts are kept."""
    midnight = before.replace(hour=0, minute=0, second=0, microsecond=0)
    for counts in (*counting.HOURLY, *counting.DAILY):
        span = {f"{counting.moments(counts)}__lt": midnight}
        while True:
            oldest = counts.model._default_manager.filter(target=target, **span)
            first = oldest.aggregate(at=models.Min(counting.moments(counts)))["at"]
            if first is None:
                break
            oldest.filter(**{counting.moments(counts): first}).delete()  # an hour or a day of them


def _delete(rows: models.QuerySet[models.Model]) -> int:
    """Delete in short transactions, and leave others as much time as each of them took."""
    deleted, size = 0, FEWEST
    while True:
        keys = list(rows.order_by().values_list("pk", flat=True)[:size])
        if not keys:
            return deleted
        began = clock.monotonic()
        deleted += rows.model._default_manager.filter(pk__in=keys).delete()[0]
        took = clock.monotonic() - began
        if not connection.in_atomic_block:
            clock.sleep(took)
        size = fitting(size, took)


def fitting(size: int, took: float) -> int:
    """Return how many rows to delete next when so many took so long: at most twice as many."""
    return max(FEWEST, min(MOST, 2 * size, int(size * MOMENT / max(took, 1e-6))))


def _record(target: Target, rows: int, files: int, before: datetime, now: datetime) -> None:
    with transaction.atomic():
        log.record(
            AuditEvent.EVENTS_EXPIRED,
            actor=Actor.system("telemetry"),
            subject=f"target:{target.slug}",
            at=now,
            target=target.slug,
            facts={"rows": rows, "files": files, "before": before.isoformat()},
        )


def folder_of(target: Target) -> Path:
    """Return where a target's daily files are."""
    folder: Path = settings.DATA_DIR / "export" / target.slug
    return folder


def daily_files(target: Target) -> Iterable[Path]:
    """Return a target's daily files, by date."""
    return sorted(folder_of(target).glob("[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].jsonl"))


def _day(path: Path) -> date:
    try:
        return date.fromisoformat(path.stem)
    except ValueError:
        return date.max  # not one of ours
