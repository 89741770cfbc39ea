"""How does a verification that a person asked for get carried out, whatever dies meanwhile?"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Case, F, IntegerField, QuerySet, Value, When
from django.db.models.functions import Coalesce

from audit.checks.beside import Unfinished
from audit.events import Event
from audit.keys.folder import KeyTrouble
from audit.log import Actor
from audit.verifications.asking import record
from audit.verifications.recording import verify_and_record
from audit.verifications.records import OPEN, State, Verification

MOST_TRIES = 3  # turns that ended without an answer
STEP = 10_000  # entries between two words on how far it is
NO_END = f"It was begun {MOST_TRIES} times and came to no end; the log of the worker tells more."
Clock = Callable[[], datetime]


class _GivenUp(Exception):
    """Somebody wants no more of it."""

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by


class _Overtaken(Exception):
    """Another worker carries it on."""


def carry_on(clock: Clock) -> int:
    """Carry out what was asked for, one after the other; return how many have ended."""
    ended = 0
    while (row := _next()) is not None:
        if not _claim(row, clock()):
            continue  # given up, or somebody else's
        try:
            _carry(row, clock)
        except _Overtaken:
            continue
        ended += 1
    return ended


def _next() -> Verification | None:
    """Return what a dead worker left, else what waits; one turn runs at a time."""
    running_first = Case(
        When(state=State.RUNNING, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    return Verification.objects.filter(state__in=OPEN).order_by(running_first, "pk").first()


def _claim(row: Verification, now: datetime) -> bool:
    seen = Verification.objects.filter(pk=row.pk, turn=row.turn, state__in=OPEN)
    claimed = seen.update(
        state=State.RUNNING,
        turn=F("turn") + 1,
        tries=F("tries") + 1,
        begun_at=Coalesce("begun_at", Value(now)),
        checked=0,  # nothing is kept of a turn that died: what it saw may have been changed since
    )
    row.refresh_from_db()
    return claimed == 1


def _carry(row: Verification, clock: Clock) -> None:
    if row.tries > MOST_TRIES:
        return _end(row, State.FAILED, clock(), detail=NO_END)
    actor, progress = Actor("person", row.asked_by), _Watch(row)
    try:
        progress.tell(0, 0)
        verify_and_record(actor=actor, at=clock(), progress=progress, since=row.since)
    except (KeyTrouble, Unfinished) as error:
        return _end(row, State.FAILED, clock(), detail=f"The log could not be verified: {error}")
    except _GivenUp as stop:
        record(Event.LOG_VERIFICATION_STOPPED, row, Actor("person", stop.by), clock())
        return _end(row, State.STOPPED, clock())
    return _end(row, State.DONE, clock())


def _end(row: Verification, state: State, now: datetime, **found: Any) -> None:
    if not _mine(row).update(state=state, ended_at=now, **found):
        raise _Overtaken


def _mine(row: Verification) -> QuerySet[Verification]:
    return Verification.objects.filter(pk=row.pk, turn=row.turn, state=State.RUNNING)


class _Watch:
    """Write down how far it is, and hear whether somebody wants no more of it."""

    def __init__(self, row: Verification) -> None:
        self.row = row
        self.next = 0

    def __call__(self, checked: int, size: int) -> None:
        if checked >= self.next or checked == size:
            self.tell(checked, size)

    def tell(self, checked: int, size: int) -> None:
        """Write it down; raise when this turn is to end."""
        self.next = checked + STEP
        self.row.checked = checked
        if _mine(self.row).filter(stopping_by="").update(checked=checked, size=size):
            return
        by = _mine(self.row).values_list("stopping_by", flat=True).first()
        if by is None:
            raise _Overtaken
        raise _GivenUp(by)
