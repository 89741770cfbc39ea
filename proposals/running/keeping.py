"""Who runs the check of a proposal, is it alive, and how does a person end it?"""

import time
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import structlog
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit.events import Event
from audit.log import Actor, record
from proposals.models import Proposal, RunningCheck, Status
from proposals.running.output import Tail
from validation.models import Outcome, Report

PERMISSION = "proposals.stop_check"
DEAD_AFTER = timedelta(seconds=30)
WRITE_SECONDS = 0.6  # between two writes: fewer than two in a second
ALIVE_SECONDS = 5.0  # between two when nothing happens

log = structlog.get_logger("proposals.running")
Clock = Callable[[], datetime]
NO_DOOR: Mapping[str, object] = MappingProxyType({})  # it was done on the page


class NothingToStop(Exception):
    """No check is at work, or it is being stopped already."""


class NothingToAsk(Exception):
    """The proposal cannot be checked again now; the words say why."""


class Running:
    """Keeps the row of a check up to date; the gates are watched through it."""

    def __init__(self, mine: QuerySet[Any], clock: Clock) -> None:
        self._mine = mine  # the row as long as nobody else has taken it over
        self._clock, self._tail = clock, Tail()
        self._gates: list[tuple[str, datetime]] = []
        self._answered, self._stopped_by = 0, ""
        self._looked, self._written, self._said = 0.0, 0.0, ""

    def began(self, gate: str) -> None:
        """Name the gate that is at work."""
        self._gates.append((gate, self._clock()))
        self.beat()

    def ended(self, gate: str, outcome: Outcome) -> None:
        """Name the one that still is, if several were."""
        self._gates = [one for one in self._gates if one[0] != gate]
        self._answered += 1
        if not self._gates:
            self._tail.clear()

    def heard(self, gate: str, piece: bytes) -> None:
        """Keep the last lines; written with the next beat."""
        self._tail.add(piece)

    def beat(self) -> None:
        """Write what is new, seldom; learn whether somebody wants it stopped."""
        now = time.monotonic()
        if now - self._looked < WRITE_SECONDS:
            return
        self._looked = now
        gate, since = self._gates[-1] if self._gates else ("", None)
        lines = self._tail.text()
        said = f"{gate} {self._answered} {lines}"
        if said != self._said or now - self._written >= ALIVE_SECONDS:
            self._written, self._said = now, said
            self._write(gate=gate, gate_at=since, answered=self._answered, lines=lines)
        self._look()

    def stopped_by(self) -> str:
        """Name who wants it stopped."""
        return self._stopped_by

    def end(self) -> None:
        """Say that nobody checks it any more."""
        self._mine.delete()

    def _write(self, **now: Any) -> None:
        try:
            self._mine.update(beat_at=self._clock(), **now)
        except DatabaseError as error:
            log.warning("check not kept alive", error=str(error))

    def _look(self) -> None:
        try:
            wish = self._mine.values_list("stopped_by", flat=True).first()
        except DatabaseError as error:
            log.warning("nobody could be asked whether to stop", error=str(error))
            return
        self._stopped_by = self._stopped_by or wish or ""


def begin(proposal: Proposal, clock: Clock = timezone.now) -> Running | None:
    """Claim the check of a proposal; None while somebody else is at it and alive."""
    now = clock()
    try:
        with transaction.atomic():
            row = RunningCheck.objects.create(proposal=proposal, started_at=now, beat_at=now)
    except IntegrityError:
        token = uuid.uuid4()
        fresh = {"token": token, "started_at": now, "beat_at": now}
        empty = {"gate": "", "gate_at": None, "answered": 0, "lines": "", "stopped_by": ""}
        dead = RunningCheck.objects.filter(proposal=proposal, beat_at__lte=now - DEAD_AFTER)
        if dead.update(**fresh, **empty) != 1:
            return None
        row = RunningCheck.objects.get(token=token)
    return Running(RunningCheck.objects.filter(pk=row.pk, token=row.token), clock)


def of(proposal: Proposal, now: datetime) -> RunningCheck | None:
    """Return the check that is at work and alive."""
    rows = RunningCheck.objects.filter(proposal=proposal, beat_at__gt=now - DEAD_AFTER)
    return rows.first()


def stop(proposal: Proposal, *, person: User, at: datetime) -> None:
    """End the check within a second; raises NothingToStop or PermissionDenied."""
    _refuse_stranger(person)
    with transaction.atomic():
        rows = RunningCheck.objects.filter(proposal=proposal, stopped_by="")
        if rows.filter(beat_at__gt=at - DEAD_AFTER).update(stopped_by=person.get_username()) != 1:
            raise NothingToStop("No check is at work that could be stopped.")
        _record(Event.CHECK_STOPPED, proposal, person, at)


def ask_again(
    proposal: Proposal, *, person: User, at: datetime, door: Mapping[str, object] = NO_DOOR
) -> None:
    """Have a proposal checked anew, with nothing taken from before.

    Raises NothingToAsk or PermissionDenied, and then changes nothing.
    """
    _refuse_stranger(person)
    with transaction.atomic():
        current = Proposal.objects.select_for_update().get(pk=proposal.pk)
        if current.status != Status.PENDING:
            raise NothingToAsk(f"The proposal is “{current.get_status_display()}”.")
        if current.report_id is None or of(current, at):
            raise NothingToAsk("A check is on its way already.")
        who = person.get_username()
        Report.objects.filter(pk=current.report_id).update(
            void=f"{who} asked for another check.", anew=True
        )
        _record(Event.CHECK_ASKED, current, person, at, door)


def _refuse_stranger(person: User) -> None:
    if not person.has_perm(PERMISSION):
        raise PermissionDenied("You may not stop checks or ask for them.")


def _record(
    event: Event,
    proposal: Proposal,
    person: User,
    at: datetime,
    door: Mapping[str, object] = NO_DOOR,
) -> None:
    record(
        event,
        actor=Actor.person(person),
        subject=f"proposal:{proposal.pk}",
        target=proposal.target.slug,
        at=at,
        texts={"title": proposal.title},
        facts=door,
        cites=[proposal.transitions.latest("version").entry_uid],
    )
