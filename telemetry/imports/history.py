"""How does a history come in: looked through first, then stored once each, step by step?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from audit import log
from audit.events import Event as AuditEvent
from audit.log import Actor
from audit.models import Entry
from targets.models import Target
from telemetry import ingest
from telemetry.events.schemas import FUTURE, AnyEvent, from_line, to_line
from telemetry.imports import survey
from telemetry.imports.sniffing import AUTO
from telemetry.imports.survey import Problem, Survey, Watch
from telemetry.storing import keeping

BATCH = 2_000
COUNTED = ("stored", "duplicates", "too_old")
MOST_REMEMBERED = 50  # imports of a target that are looked at for an earlier shift


@dataclass(frozen=True, slots=True)
class Imported:
    """Count what an import did, or would do."""

    format: str
    lines: int
    events: int
    stored: int
    duplicates: int
    bad: int
    empty: int  # records that hold no event
    too_old: int
    problems: tuple[Problem, ...]
    kinds: dict[str, int]
    oldest: datetime | None
    newest: datetime | None
    shifted_seconds: int = 0
    dry_run: bool = False


class BadFile(Exception):
    """The file has lines that are no events; nothing was imported."""

    def __init__(self, seen: Survey) -> None:
        """Keep the problems, and what the other lines hold, for whoever shows them."""
        super().__init__(f"{seen.bad} lines are no events; nothing was imported")
        self.bad = seen.bad
        self.problems = tuple(seen.problems)
        self.seen = seen


class Stopped(Exception):
    """Somebody stopped the import: what was stored stays, and the next run goes on."""

    def __init__(self, done: Imported) -> None:
        """Keep what was done."""
        super().__init__(f"stopped after {done.stored} events")
        self.done = done


class GivenUp(Exception):
    """A watch raises it: somebody wants no more of the import."""

    def __init__(self, by: Actor) -> None:
        """Keep who that is."""
        super().__init__(f"{by.id} gave it up")
        self.by = by


@dataclass(frozen=True, slots=True)
class Reached:
    """How far storing has come: what lies before is stored, and needs no second look."""

    records: int = 0
    taken: int = 0  # bytes of all files
    stored: int = 0
    duplicates: int = 0
    too_old: int = 0


Storing = Callable[[Reached], None]  # called within the transaction that stores what it tells


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person wants of an import."""

    format: str = AUTO
    to_now: bool = False  # move the newest event to now, and all others with it
    days: int = 0  # or move all of them by so many days
    skip_bad: bool = False
    dry_run: bool = False


def import_files(
    paths: Sequence[Path],
    target: Target,
    *,
    actor: Actor,
    now: datetime,
    wish: Wish,
    checking: Watch | None = None,
    storing: Storing | None = None,
    reached: Reached = Reached(),
) -> Imported:
    """Look through files, then store their events; with a bad line only when asked to.

    One that was cut off goes on behind what it had reached. Raises BadFile, Unreadable, OSError,
    Stopped, Busy, and what a watch raises.
    """
    seen = survey.known(paths, wish.format)
    moved = wish.to_now or bool(wish.days)
    survey.look_through(seen, now=now, shifted=moved, watch=checking)
    if seen.bad and not wish.skip_bad:
        raise BadFile(seen)
    shift = _shift(seen, target, wish, now)
    work = _Work(target, seen, shift, now, storing, reached)
    if wish.dry_run:
        return replace(work.tried(), dry_run=True)
    facts = {"format": seen.format, "files": len(seen.files), "digest": seen.digest}
    shown = {**facts, "shifted_seconds": int(shift.total_seconds())}
    if not reached.records:
        _record(AuditEvent.EVENTS_IMPORT_STARTED, target, actor, now, shown)
    try:
        done = work.stored()
    except GivenUp as end:
        _record(AuditEvent.EVENTS_IMPORT_STOPPED, target, end.by, now, work.facts())
        raise Stopped(work.done()) from None
    _record(AuditEvent.EVENTS_IMPORTED, target, actor, now, {**shown, **work.facts()})
    return done


class _Work:
    """Store what was seen, batch by batch; each batch is whole or not there."""

    def __init__(
        self,
        target: Target,
        seen: Survey,
        shift: timedelta,
        now: datetime,
        watch: Storing | None,
        reached: Reached,
    ) -> None:
        self.target, self.seen, self.shift, self.now = target, seen, shift, now
        self.watch = watch
        self.before = keeping.cutoff(target, now)
        self.reached = reached
        self.too_old = reached.too_old

    def stored(self) -> Imported:
        """Store every event that is young enough."""
        batch: list[tuple[AnyEvent, str]] = []
        if self.watch:
            self.watch(self.reached)
        for events, line, taken in self._events():
            batch += events
            if len(batch) >= BATCH:
                self._store(batch, line, taken)
                batch = []
        self._store(batch, self.seen.lines, self.seen.size)
        return self.done()

    def tried(self) -> Imported:
        """Count what would be stored, if none of it is there already."""
        for events, _, _ in self._events():
            self.reached = replace(self.reached, stored=self.reached.stored + len(events))
        return self.done()

    def _events(self) -> Iterator[tuple[list[tuple[AnyEvent, str]], int, int]]:
        begin = self.reached.records
        for number, (read, taken) in enumerate(survey.read_through(self.seen.files), 1):
            if number <= begin:
                continue
            kept: list[tuple[AnyEvent, str]] = []
            for event in () if read.fault else read.events:
                moved = _moved(event, self.shift)
                if moved is None or moved.timestamp < self.before:
                    self.too_old += 1
                elif moved.timestamp <= self.now + FUTURE:
                    # An event is the same wherever in time it is moved to.
                    kept.append((moved, "" if event.id or not self.shift else to_line(event)))
            yield kept, number, taken

    def _store(self, batch: list[tuple[AnyEvent, str]], line: int, taken: int) -> None:
        now = replace(self.reached, records=line, taken=taken, too_old=self.too_old)

        def tell(done: ingest.Stored) -> None:
            nonlocal now
            stored, known = now.stored + done.stored, now.duplicates + done.duplicates
            now = replace(now, stored=stored, duplicates=known)
            if self.watch:
                self.watch(now)

        if batch:
            ingest.store_placed(self.target, batch, self.now, heed_backlog=False, also=tell)
        elif self.watch:
            self.watch(now)
        self.reached = now

    def facts(self) -> dict[str, int]:
        """Return the counts for the log."""
        told = asdict(self.reached)
        return {**{name: told[name] for name in COUNTED}, "bad": self.seen.bad}

    def done(self) -> Imported:
        """Return what was done until now."""
        seen, shift = self.seen, self.shift
        return Imported(
            format=seen.format,
            lines=seen.lines,
            events=seen.events,
            stored=self.reached.stored,
            duplicates=self.reached.duplicates,
            too_old=self.too_old,
            bad=seen.bad,
            empty=seen.empty,
            problems=tuple(seen.problems),
            kinds=dict(sorted(seen.kinds.items())),
            oldest=_at(seen.oldest, shift),
            newest=_at(seen.newest, shift),
            shifted_seconds=int(shift.total_seconds()),
        )


def _at(moment: datetime | None, shift: timedelta) -> datetime | None:
    """Move a moment; one that leaves the years 1 to 9999 is none."""
    try:
        return moment + shift if moment else None
    except OverflowError:
        return None


def _moved(event: AnyEvent, shift: timedelta) -> AnyEvent | None:
    """Return the same event at another time."""
    if not shift:
        return event
    after = _at(event.timestamp, shift)
    if after is None:
        return None
    line = to_line(event)
    return from_line(line.replace(_written(line), after.isoformat(), 1))


def _written(line: str) -> str:
    """Return the time in one of our lines as it is written there."""
    return line.partition('"timestamp":"')[2].partition('"')[0]


def _shift(seen: Survey, target: Target, wish: Wish, now: datetime) -> timedelta:
    """Return by how much events are moved: the same for the same files as long as they are kept.

    So a second run stores nothing twice, and one that goes on fits to what is there.
    """
    if wish.days:
        return timedelta(days=wish.days)
    if not wish.to_now or seen.newest is None:
        return timedelta()
    kept = timedelta(days=keeping.days_of(target))
    begun = Entry.objects.filter(
        event=AuditEvent.EVENTS_IMPORT_STARTED, subject=f"target:{target.slug}"
    )
    for entry in begun.order_by("-id")[:MOST_REMEMBERED]:
        earlier = timedelta(seconds=int(entry.facts.get("shifted_seconds", 0)))
        same = entry.facts.get("digest") == seen.digest and earlier
        if same and now - kept < seen.newest + earlier <= now:
            return earlier
    return timedelta(seconds=int((now - seen.newest).total_seconds()))


def _record(
    event: AuditEvent, target: Target, actor: Actor, now: datetime, facts: Mapping[str, object]
) -> None:
    with transaction.atomic():
        log.record(
            event,
            actor=actor,
            subject=f"target:{target.slug}",
            at=now,
            target=target.slug,
            facts=facts,
        )
