"""What would a source give, and why are its other lines left? Nothing is stored."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from ports.telemetry_source import PermanentError, Record, TemporaryError
from telemetry.collecting.adapters import port_of
from telemetry.collecting.leftovers import why_left
from telemetry.collecting.recognising import events_of, fault_of
from telemetry.events.rows import Cleaner, Row, error_code_of, row_of
from telemetry.events.schemas import AnyEvent, OutOfTime, check_time
from telemetry.models import EventType
from telemetry.sanitizer import Policy, sanitize

LOOKED_AT = 1_000_000  # bytes
MOST_LINES = 5_000
MOST_EVENTS = 8
MOST_REASONS = 8
EXAMPLE = 160  # characters of a line that was left


@dataclass(frozen=True, slots=True)
class Seen:
    """One event as it would be stored."""

    at: datetime
    kind: str
    component: str
    agent: str
    success: bool | None
    error_code: str
    message: str
    session: str


@dataclass(slots=True)
class Left:
    """Why lines gave no event: how many, and one of them, sanitised."""

    reason: str
    count: int = 0
    example: str = ""


@dataclass(slots=True)
class Trial:
    """What a look at a place found."""

    lines: int = 0
    places: int = 0
    events: list[Seen] = field(default_factory=list)
    recognised: int = 0
    left: list[Left] = field(default_factory=list)
    problems: tuple[str, ...] = ()
    skipped: int = 0
    more: bool = False

    @property
    def summary(self) -> str:
        """Say in one sentence what was found."""
        if self.problems and not self.lines:
            return "It cannot be read."
        if not self.places:
            return "There is nothing at this place yet."
        found = f"{self.recognised} events in {self.lines} lines"
        return f"{found}; there is more behind them." if self.more else f"{found}."


def look(backend: str, location: str, *, policy: Policy, now: datetime) -> Trial:
    """Read the beginning of a place and say what it would give."""
    trial = Trial()
    try:
        batch = port_of(backend, location).read({}, LOOKED_AT)
    except (TemporaryError, PermanentError, OSError) as error:
        trial.problems = (sanitize(str(error), policy)[0],)
        return trial
    trial.places, trial.skipped, trial.more = batch.places, batch.skipped, batch.more
    trial.problems = tuple(sanitize(problem, policy)[0] for problem in batch.problems)
    records = batch.records[:MOST_LINES]
    trial.lines = len(records)
    trial.more = trial.more or len(batch.records) > len(records)
    _Look(trial, backend, Cleaner(policy), now).over(records)
    return trial


@dataclass(slots=True)
class _Look:
    """Gather what the lines of a trial give."""

    trial: Trial
    backend: str
    cleaner: Cleaner
    now: datetime
    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def over(self, records: tuple[Record, ...]) -> None:
        """Look at each line."""
        for record in records:
            self._at(record)
        self.trial.left = [
            Left(reason, count, self.examples[reason])
            for reason, count in self.reasons.most_common(MOST_REASONS)
        ]

    def _at(self, record: Record) -> None:
        try:
            events = list(events_of(record, self.backend))
        except (ValueError, RecursionError) as error:
            self._leave(record, f"half an event: {fault_of(error)}")
            return
        if not events:
            self._leave(record, why_left(record.text, self.backend))
        for event in events:
            self._take(record, event)

    def _take(self, record: Record, event: AnyEvent) -> None:
        days = settings.SELFIMPROVE.telemetry.retention_days
        try:
            check_time(event.timestamp, now=self.now, retention_days=days)
        except OutOfTime as error:
            words = str(error).partition(" ")[2]  # without the moment: many lines, one reason
            self._leave(record, f"refused: its time {words}")
            return
        self.trial.recognised += 1
        if len(self.trial.events) < MOST_EVENTS:
            row = row_of(event, target_id=0, uid="", cleaner=self.cleaner)
            self.trial.events.append(_seen(row))

    def _leave(self, record: Record, reason: str) -> None:
        self.reasons[reason] += 1
        if reason not in self.examples:
            self.examples[reason] = self.cleaner.clean(record.text[:4_000])[:EXAMPLE]


def _seen(row: Row) -> Seen:
    return Seen(
        at=row.timestamp,
        kind=str(EventType(row.event_type).label),
        component=row.component,
        agent=row.agent,
        success=row.success,
        error_code=error_code_of(row),
        message=row.error_message[:300],
        session=row.session_id,
    )
