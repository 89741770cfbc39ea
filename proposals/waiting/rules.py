"""When is somebody reminded, who is told next, and when does it end? Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

LEAST_NOTICE = timedelta(hours=24)  # between the escalation and the end
ENOUGH_REVIEWS = 5


class Kind(StrEnum):
    """Name what is told of a proposal that waits, in this order."""

    REMINDER = "reminder"
    ESCALATION = "escalation"
    EXPIRY = "expiry"


class Turn(StrEnum):
    """Say who has to do something about a proposal that is not decided."""

    REVIEWERS = "reviewers"
    WRITER = "writer"  # a check refused it, or a person wants it changed: nobody can approve it
    CHECK = "check"  # it could not be looked at so far


@dataclass(frozen=True)
class Limits:
    """Hold after how long each of them is due."""

    remind: timedelta
    escalate: timedelta
    expire: timedelta


def due(
    since: datetime, told: Mapping[Kind, datetime], limits: Limits, now: datetime
) -> Kind | None:
    """Say what is due now; nothing ends before an escalation was out for a while.

    Where nobody looked for long, the reminder is left out: who comes after it is told at once.
    """
    waited = now - since
    if Kind.ESCALATION in told:
        notice = min(LEAST_NOTICE, limits.expire - limits.escalate)
        heard = now - told[Kind.ESCALATION] >= notice
        ends = waited >= limits.expire and heard and Kind.EXPIRY not in told
        return Kind.EXPIRY if ends else None
    if waited >= limits.escalate:
        return Kind.ESCALATION
    if waited >= limits.remind and Kind.REMINDER not in told:
        return Kind.REMINDER
    return None


def addressee(kind: Kind, turn: Turn) -> str:
    """Name who is told."""
    if kind is Kind.REMINDER:
        return turn.value
    return "operators and admins"


def lasting(span: timedelta) -> str:
    """Say a span as people do, rounded down."""
    minutes = max(0, int(span.total_seconds() // 60))
    if not minutes:
        return "less than a minute"
    hours = minutes // 60
    count, unit = (hours // 24, "day") if hours >= 48 else (hours, "hour")
    count, unit = (count, unit) if hours else (minutes, "minute")
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


@dataclass(frozen=True)
class Room:
    """Say how many proposals of a target wait for reviewers, of how many that may."""

    waiting: int
    most: int  # 0: as many as come

    @property
    def is_full(self) -> bool:
        """Tell whether no further one should be written."""
        return 0 < self.most <= self.waiting

    @property
    def left(self) -> int | None:
        """Return how many may still come; nothing where there is no limit."""
        return max(0, self.most - self.waiting) if self.most else None

    @property
    def words(self) -> str:
        """Say it."""
        if not self.most:
            return f"{self.waiting} wait, and no limit is set"
        if self.is_full:
            return f"review is full ({self.waiting} of {self.most} wait)"
        return f"{self.waiting} of {self.most} wait"


def fitting(reviews: int, days: int, reserve: int) -> int | None:
    """Return how many should wait at most by how fast people decide; too few tell nothing."""
    return ceil(reviews / days * reserve) if reviews >= ENOUGH_REVIEWS else None
