"""How does an import that a person asked for get carried out, once, whatever dies meanwhile?"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Case, F, IntegerField, Max, QuerySet, Value, When
from django.db.models.functions import Coalesce

from audit.events import Event as AuditEvent
from audit.log import Actor
from telemetry import mining
from telemetry.imports import uploads
from telemetry.imports.asking import let_go, record
from telemetry.imports.history import (
    BadFile,
    GivenUp,
    Imported,
    Reached,
    Stopped,
    Wish,
    import_files,
)
from telemetry.imports.reading import Unreadable
from telemetry.imports.records import OPEN, Import, State
from telemetry.imports.survey import Problem, Survey
from telemetry.models import Pattern
from telemetry.policies import policy
from telemetry.sanitizer import sanitize
from telemetry.storing import busy
from telemetry.storing.busy import Busy

MOST_TRIES = 5  # turns that end without an answer and without one step further
STEP_RECORDS, STEP_BYTES = 5_000, 8_000_000  # between two words while looking through
LONGEST = 500  # characters of one reason
TOO_OLD = "Every event is older than the events of this target are kept."
GONE = "Its files are gone."
NO_END = f"It was begun {MOST_TRIES} times and came to no end; the log of the worker tells more."
Clock = Callable[[], datetime]


class _Overtaken(Exception):
    """Another worker carries the import on, or its target is gone."""


def carry_on(clock: Clock) -> int:
    """Carry out what was asked for, one import after the other; return how many have ended."""
    ended = 0
    while (row := _next()) is not None:
        if not _claim(row, clock()):
            continue  # given up, or somebody else's
        try:
            _carry(row, clock)
        except Busy:
            _mine(row).update(state=State.WAITING, tries=0)
            break
        except _Overtaken:
            continue
        ended += 1
    return ended


def note(row: Import, done: Imported, *, new_patterns: int, now: datetime) -> None:
    """List an import that was carried out elsewhere beside those of the page."""
    found = {**_found(row, done), "new_patterns": new_patterns}
    for name, value in found.items():
        setattr(row, name, value)
    row.state, row.begun_at, row.ended_at = State.DONE, row.asked_at, now
    row.taken, row.records = row.size, done.lines
    row.save()


def _next() -> Import | None:
    """Return what a dead worker left, else what waits the longest; one turn runs at a time."""
    running_first = Case(
        When(state=State.RUNNING, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    waiting = Import.objects.filter(state__in=OPEN).select_related("target")
    return waiting.order_by(running_first, "asked_at", "pk").first()


def _claim(row: Import, now: datetime) -> bool:
    seen = Import.objects.filter(pk=row.pk, turn=row.turn, state__in=OPEN)
    newest = Pattern.objects.filter(target=row.target).aggregate(pk=Max("pk"))["pk"] or 0
    before = newest if row.begun_at is None else row.last_pattern
    claimed = seen.update(
        state=State.RUNNING,
        turn=F("turn") + 1,
        tries=F("tries") + 1,
        begun_at=Coalesce("begun_at", Value(now)),
        last_pattern=before,
    )
    row.refresh_from_db()
    return claimed == 1


def _carry(row: Import, clock: Clock) -> None:
    """Give one turn to an import, and write down what came of it."""
    paths = uploads.paths(row.folder) if row.folder else []
    if row.tries > MOST_TRIES:
        return _end(row, State.FAILED, clock(), detail=NO_END)
    if not paths:
        return _end(row, State.FAILED, clock(), detail=GONE)
    watch = _Watch(row)
    try:
        done = import_files(
            paths,
            row.target,
            actor=Actor("person", row.asked_by),
            now=clock(),
            wish=_wish(row),
            checking=watch.looking,
            storing=watch.storing,
            reached=_reached(row),
        )
    except GivenUp as error:  # before anything was stored
        record(AuditEvent.EVENTS_IMPORT_STOPPED, row, error.by, clock(), stored=row.stored)
        _end(row, State.STOPPED, clock())
    except Stopped as stop:
        _end(row, State.STOPPED, clock(), **_found(row, stop.done), **_patterns(row, clock))
    except BadFile as error:
        state = State.DONE if row.dry_run else State.REFUSED
        _end(row, state, clock(), detail=_bad(error.bad), **_seen(row, error.seen))
    except (Unreadable, OSError) as error:
        why = (error.strerror or "") if isinstance(error, OSError) else str(error)
        row.refresh_from_db()
        state = State.FAILED if row.stored else State.REFUSED  # it was read to its end before
        _end(row, state, clock(), detail=f"{_sentence(row, why)}.")
    else:
        _finish(row, done, clock)


def _finish(row: Import, done: Imported, clock: Clock) -> None:
    found = _found(row, done)
    if done.dry_run:
        return _end(row, State.DONE, clock(), **found)
    if done.too_old and not done.stored and not done.duplicates:
        return _end(row, State.REFUSED, clock(), detail=TOO_OLD, **found)
    return _end(row, State.DONE, clock(), **found, **_patterns(row, clock))


def _end(row: Import, state: State, now: datetime, **found: Any) -> None:
    """End a turn for good; files stay only where another wish may bring them in."""
    if not _mine(row).update(state=state, ended_at=now, **found):
        raise _Overtaken
    row.refresh_from_db()
    if not (state == State.REFUSED or row.only_looked):
        let_go(row)


def _mine(row: Import) -> QuerySet[Import]:
    return Import.objects.filter(pk=row.pk, turn=row.turn, state=State.RUNNING)


class _Watch:
    """Write down how far an import is, and hear whether somebody wants no more of it."""

    def __init__(self, row: Import) -> None:
        self.row = row
        self.next_record = self.next_byte = 0

    def looking(self, records: int, taken: int) -> None:
        """Tell from time to time, while nothing is stored yet."""
        if records < self.next_record and taken < self.next_byte:
            return
        self.next_record, self.next_byte = records + STEP_RECORDS, taken + STEP_BYTES
        self._write(records=records, taken=taken, storing=False)

    def storing(self, reached: Reached) -> None:
        """Tell in the transaction that stores what is told."""
        further = {"tries": 0} if reached.records > self.row.reached else {}
        self._write(
            storing=True,
            taken=reached.taken,
            records=reached.records,
            reached=reached.records,
            stored=reached.stored,
            duplicates=reached.duplicates,
            too_old=reached.too_old,
            **further,
        )

    def _write(self, **values: Any) -> None:
        with busy.said():
            if _mine(self.row).filter(stopping_by="").update(**values):
                return
        by = _mine(self.row).values_list("stopping_by", flat=True).first()
        if by is None:
            raise _Overtaken
        raise GivenUp(Actor("person", by))


def _wish(row: Import) -> Wish:
    return Wish(format=row.format, to_now=row.to_now, skip_bad=row.skip_bad, dry_run=row.dry_run)


def _reached(row: Import) -> Reached:
    return Reached(row.reached, row.taken, row.stored, row.duplicates, row.too_old)


def _found(row: Import, done: Imported) -> dict[str, Any]:
    return {
        **_seen(row, done),
        "stored": done.stored,
        "duplicates": done.duplicates,
        "too_old": done.too_old,
        "shifted_seconds": done.shifted_seconds,
    }


def _seen(row: Import, seen: Imported | Survey) -> dict[str, Any]:
    return {
        "found_format": seen.format,
        "lines": seen.lines,
        "events": seen.events,
        "bad": seen.bad,
        "empty": seen.empty,
        "kinds": dict(seen.kinds),
        "problems": _told(row, seen.problems),
        "oldest": seen.oldest,
        "newest": seen.newest,
    }


def _sentence(row: Import, text: str) -> str:
    return sanitize(text, policy(row.target))[0][:LONGEST]


def _bad(count: int) -> str:
    lines = "1 bad line" if count == 1 else f"{count} bad lines"
    return f"{lines}: nothing comes in unless bad lines are skipped, or mended and sent again."


def _patterns(row: Import, clock: Clock) -> dict[str, int]:
    """Group what came in, and count the patterns that were not there before."""
    mining.mine_all(row.target, clock)
    new = Pattern.objects.filter(target=row.target, pk__gt=row.last_pattern, merged_into=None)
    return {"new_patterns": new.count()}


def _told(row: Import, problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """Return problems as they may be kept: a reason may repeat what a line says."""
    several = len(row.files) > 1
    return [
        {
            "file": _sentence(row, each.file) if several else "",
            "line": each.line,
            "reason": _sentence(row, each.reason),
        }
        for each in problems
    ]
