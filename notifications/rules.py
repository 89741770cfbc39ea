"""When is something due to be told, and when is it tried again? Pure."""

from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum

GATHERED = timedelta(seconds=30)  # what is critical waits so long for what comes with it
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(hours=24)


class Batch(StrEnum):
    """Name with what else something is told."""

    AT_ONCE = "at once"
    HOURLY = "hourly"
    DAILY = "daily"


BATCHES = {"critical": Batch.AT_ONCE, "high": Batch.HOURLY}
GRADES = ("low", "medium", "high", "critical")


def batch_of(severity: str) -> Batch:
    """Return with what else a severity is told."""
    return BATCHES.get(severity, Batch.DAILY)


def due(severity: str, at: datetime, zone: tzinfo, digest: time) -> datetime:
    """Say when what happened at a moment is told."""
    batch = batch_of(severity)
    if batch is Batch.AT_ONCE:
        return at + GATHERED
    if batch is Batch.HOURLY:
        whole = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return whole + timedelta(hours=1)
    return following(at, zone, digest)


def following(at: datetime, zone: tzinfo, clock: time) -> datetime:
    """Return the next moment at which a clock on the wall shows this time.

    A time that the clocks leave out in spring comes an hour late; one that comes twice in autumn
    counts the first time.
    """
    day = at.astimezone(zone).date()
    for days in range(3):
        found = datetime.combine(day + timedelta(days=days), clock, zone).astimezone(UTC)
        if found > at:
            return found
    raise ValueError(f"{clock} does not come in {zone}")


def after_quiet(
    moment: datetime, begins: time | None, ends: time | None, zone: tzinfo
) -> datetime:
    """Move a moment within quiet hours to their end; they may reach over midnight."""
    if begins is None or ends is None or begins == ends:
        return moment
    shown = moment.astimezone(zone).time().replace(tzinfo=None)
    within = begins <= shown < ends if begins < ends else shown >= begins or shown < ends
    return following(moment, zone, ends) if within else moment


def pause(attempts: int, asked_seconds: float) -> timedelta:
    """Return how long nobody tries again after so many failures."""
    grown = FIRST_PAUSE * (1 << min(max(attempts, 1) - 1, 10))
    asked = timedelta(seconds=min(asked_seconds, LONGEST_PAUSE.total_seconds()))
    return min(max(grown, asked), LONGEST_PAUSE)


def at_least(severity: str, least: str) -> bool:
    """Tell whether a severity is as grave as another."""
    return GRADES.index(severity) >= GRADES.index(least)
