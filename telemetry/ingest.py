"""How does what a target writes become rows: once each, sanitised, counted in the same moment?"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ports.telemetry_source import PermanentError, TemporaryError
from targets.models import Target
from telemetry.collecting import progress
from telemetry.collecting.adapters import port_of
from telemetry.collecting.recognising import recognised
from telemetry.events import redactions
from telemetry.events.rows import Cleaner, Row, row_of, uid_of
from telemetry.events.schemas import AnyEvent, OutOfTime
from telemetry.models import Source
from telemetry.policies import policy
from telemetry.storing import busy, keeping, rows
from telemetry.storing.busy import Busy as Busy

BATCH_BYTES = 4_000_000
MOST_BATCHES = 8  # per call, so that one loud source does not keep the others waiting
Timely = Callable[[datetime], None]  # raises OutOfTime


@dataclass(frozen=True, slots=True)
class Collected:
    """Count what one collection did."""

    read: int = 0
    stored: int = 0
    duplicates: int = 0
    refused: int = 0

    def __add__(self, other: "Collected") -> "Collected":
        """Add the counts."""
        return Collected(
            self.read + other.read,
            self.stored + other.stored,
            self.duplicates + other.duplicates,
            self.refused + other.refused,
        )


@dataclass(frozen=True, slots=True)
class Stored:
    """Count what was stored, was there already, or was refused and why."""

    stored: int
    duplicates: int
    refused: int
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Hold rows that are ready to be stored."""

    rows: tuple[Row, ...]
    refused: int
    reasons: tuple[str, ...]
    taken: Mapping[str, int]


def store(
    target: Target, events: Iterable[AnyEvent], now: datetime, *, heed_backlog: bool = True
) -> Stored:
    """Store events once each; those outside the time that is kept are refused.

    What this returns is committed, unless the caller has opened a transaction. Raises Busy when
    the database or the grouping is behind: nothing was stored, and the same may be sent again.
    """
    placed = [(event, "") for event in events]
    return store_placed(target, placed, now, heed_backlog=heed_backlog)


def store_placed(
    target: Target,
    placed: Iterable[tuple[AnyEvent, str]],
    now: datetime,
    *,
    heed_backlog: bool = True,
    also: Callable[[Stored], None] | None = None,
    timely: Timely | None = None,
) -> Stored:
    """Store events that have no id of their own but a place in a log; raises Busy as above.

    What shall be true exactly when they are stored is done in `also`, in the same transaction.
    A caller that knows the time that is kept hands its check over, and it is not asked for again.
    """
    with busy.said():
        if heed_backlog:
            busy.refuse_when_behind(target, now)
        prepared = _prepare(target, placed, timely or keeping.timely(target, now))
        with transaction.atomic():
            busy.bound_wait()
            new = rows.insert(target, prepared.rows)
            redactions.note(target, prepared.taken, now)
            done = Stored(new, len(prepared.rows) - new, prepared.refused, prepared.reasons)
            if also is not None:
                also(done)
    return done


def collect(source_id: int, now: datetime) -> Collected:
    """Read on in one source; events and cursor are committed together or not at all.

    Where the database is busy nothing moved, and the next look reads the same lines.
    """
    total = Collected()
    for _ in range(MOST_BATCHES):
        try:
            done, more = _collect_batch(source_id, now)
        except Busy:
            break
        total += done
        if not more:
            break
    return total


def _collect_batch(source_id: int, now: datetime) -> tuple[Collected, bool]:
    source = Source.objects.select_related("target").get(pk=source_id)
    try:
        busy.refuse_when_behind(source.target, now)
        batch = port_of(source.backend, source.location).read(source.cursor, BATCH_BYTES)
    except (TemporaryError, PermanentError, OSError, Busy) as error:
        progress.note_failure(source, str(error), policy(source.target))
        return Collected(), False
    lines = recognised(batch.records, source.backend)
    timely = keeping.timely(source.target, now)
    prepared = _prepare(source.target, lines.placed, timely)
    refused = prepared.refused + len(lines.bad) + batch.skipped
    reasons = (*lines.bad, *prepared.reasons)
    with busy.said(), transaction.atomic():
        busy.bound_wait()
        locked = Source.objects.select_for_update(of=("self",)).get(pk=source_id)
        if locked.cursor != source.cursor or not locked.enabled:
            return Collected(), False  # read by somebody else meanwhile, or paused
        stored = rows.insert(source.target, prepared.rows)
        redactions.note(source.target, prepared.taken, now)
        counts = progress.Counts(len(batch.records), stored, refused, reasons)
        progress.note(locked, batch, counts, now, policy(source.target))
    duplicates = len(prepared.rows) - stored
    return Collected(len(batch.records), stored, duplicates, refused), batch.more


def _prepare(target: Target, placed: Iterable[tuple[AnyEvent, str]], timely: Timely) -> _Prepared:
    cleaner = Cleaner(policy(target))
    made: list[Row] = []
    reasons: list[str] = []
    for event, place in placed:
        try:
            timely(event.timestamp)
        except OutOfTime as error:
            reasons.append(str(error))
            continue
        uid = uid_of(target.slug, event, place)
        made.append(row_of(event, target_id=target.pk, uid=uid, cleaner=cleaner))
    why = tuple(dict.fromkeys(reasons))[:5]
    return _Prepared(tuple(made), len(reasons), why, cleaner.taken)
