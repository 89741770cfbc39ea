"""Which events did a day have? One file a day, whole or not there."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from django.db import transaction

from audit import log
from audit.events import Event as AuditEvent
from audit.log import Actor
from targets.models import Target
from telemetry.archive.retention import folder_of
from telemetry.events.rows import event_of
from telemetry.events.schemas import to_line
from telemetry.models import Event
from telemetry.storing.keeping import cutoff


class ExportFailed(Exception):
    """The file could not be written; nothing is left of it, an older one is untouched."""


class DayNotKept(Exception):
    """The day lies before what is kept: a new file would have holes."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """Say what was written where; without events there is no file."""

    path: Path
    events: int


def extract(target: Target, day: date, now: datetime) -> Extracted:
    """Write the events of one UTC day; a repeat writes the same file again."""
    start = datetime.combine(day, time(), UTC)
    kept = cutoff(target, now)
    if start < kept:
        raise DayNotKept(f"{day} lies before {kept:%Y-%m-%d %H:%M} UTC; events are gone")
    events = Event.objects.filter(
        target=target, timestamp__gte=start, timestamp__lt=start + timedelta(days=1)
    ).order_by("timestamp", "uid")
    path = folder_of(target) / f"{day.isoformat()}.jsonl"
    if not events.exists():
        return Extracted(path, 0)
    try:
        count = _write(path, (to_line(event_of(row)) for row in events.iterator(2_000)))
    except OSError as error:
        raise ExportFailed(
            f"{path} was not written: {error.strerror}. Free some space and run it again;"
            " nothing was lost"
        ) from error
    _record(target, day, count, now)
    return Extracted(path, count)


def _write(path: Path, lines: Iterator[str]) -> int:
    """Write beside the place, then move: a reader sees the old file or the whole new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    unfinished = Path(name)
    try:
        count = 0
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            for line in lines:
                file.write(line + "\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    return count


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _record(target: Target, day: date, count: int, now: datetime) -> None:
    with transaction.atomic():
        log.record(
            AuditEvent.EVENTS_EXPORTED,
            actor=Actor.system("telemetry"),
            subject=f"target:{target.slug}",
            at=now,
            target=target.slug,
            facts={"day": day.isoformat(), "events": count},
        )
