"""In which state is a source, in words that say what to do?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from telemetry.collecting import pace
from telemetry.models import Backend, Source

LATELY = timedelta(minutes=pace.KEPT)
UNSEEN = timedelta(minutes=2)  # beyond the usual interval after which nobody seems to look


class Condition(models.TextChoices):
    """Name the states of a source."""

    PAUSED = "paused", "Paused"
    NEW = "new", "Not read yet"
    ERROR = "error", "Cannot be read"
    UNWATCHED = "unwatched", "Nobody reads it"
    WAITING = "waiting", "Waiting"
    REFUSING = "refusing", "Refuses lines"
    READING = "reading", "Reading"
    CAUGHT_UP = "caught_up", "Caught up"


TONES = {
    Condition.PAUSED: "quiet",
    Condition.NEW: "quiet",
    Condition.ERROR: "bad",
    Condition.UNWATCHED: "warn",
    Condition.WAITING: "warn",
    Condition.REFUSING: "warn",
    Condition.READING: "accent",
    Condition.CAUGHT_UP: "good",
}


@dataclass(frozen=True, slots=True)
class State:
    """A source as a person sees it."""

    condition: Condition
    words: str
    pace: pace.Pace

    @property
    def label(self) -> str:
        """Return the state's name."""
        return str(self.condition.label)

    @property
    def tone(self) -> str:
        """Return the colour of the state's name."""
        return TONES[self.condition]


def state_of(source: Source, now: datetime) -> State:
    """Judge a source by what its last look found."""
    measured = pace.of(source.recent, now)
    condition = _condition(source, now)
    return State(condition, _words(source, condition, measured), measured)


def _condition(source: Source, now: datetime) -> Condition:
    if not source.enabled:
        return Condition.PAUSED
    if source.last_error:
        return Condition.ERROR
    if source.last_read_at is None:
        return Condition.NEW
    usual = timedelta(seconds=settings.SELFIMPROVE.ticks.collect_seconds)
    if now - source.last_read_at > usual + UNSEEN:
        return Condition.UNWATCHED
    if source.places == 0:
        return Condition.WAITING
    if source.last_refused_at and now - source.last_refused_at < LATELY:
        return Condition.REFUSING
    return Condition.READING if source.has_more else Condition.CAUGHT_UP


def _words(source: Source, condition: Condition, measured: pace.Pace) -> str:
    said = {
        Condition.PAUSED: "Nothing is read until it is resumed. What is written meanwhile is read"
        " then, as far as it is still there.",
        Condition.NEW: f"It is read within {settings.SELFIMPROVE.ticks.collect_seconds:g} seconds"
        " while the worker runs.",
        Condition.ERROR: source.last_error,
        Condition.UNWATCHED: "The worker has not looked for a while: see whether it runs"
        " (manage.py up).",
        Condition.WAITING: _waiting(source),
        Condition.REFUSING: f"{measured.refused or 'Some'} refused in the last minutes:"
        f" {source.last_refusal}",
        Condition.READING: _reading(source),
        Condition.CAUGHT_UP: _caught_up(source),
    }
    return said[condition]


def _waiting(source: Source) -> str:
    if source.backend == Backend.DOCKER_CLIENT:
        return "No container has such a name yet; one is read as soon as it is there."
    if source.backend == Backend.JOURNALD and not source.location.startswith("/"):
        return "The journal has no such entry yet; the first one is read as it comes."
    return "There is no such file yet; it is read as soon as it is there."


def _reading(source: Source) -> str:
    if source.behind_bytes is None:
        return "There is more to read."
    return f"{in_bytes(source.behind_bytes)} are still to be read."


def _caught_up(source: Source) -> str:
    if source.behind_bytes:
        return f"{in_bytes(source.behind_bytes)} wait for the end of their line."
    if not source.read_count:
        return "It is empty so far."
    if not source.stored_count:
        return "No line told of an event so far: test it to see why."
    return "Everything that is there has been read."


def in_bytes(number: int) -> str:
    """Write a size as people say it."""
    size = float(number)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError("every size has a unit")
