"""Which events are the latest that fit, without reading all those that do not?

The counts say in which hours something of a kind happened, and how often: only those hours are
read, from the latest on. What no count knows, words of a message for example, is sought among so
many events at a time; whoever asks is told from where to go on.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet, Sum

from telemetry.models import Event

MOST_READ = 50_000  # events that are read in vain before the search is cut short
MOST_AT_ONCE = 15_000  # of them in one question; few of one tool lie side by side
MOST_RUNS = 24  # stretches of hours in one question
MOST_COMPONENTS = 20  # written out; more are most of an hour anyway
GROWS = 8  # how much more is read each time when too little was found
DAY, HOUR, MOMENT = timedelta(days=1), timedelta(hours=1), timedelta(microseconds=1)
Key = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class Counted:
    """Name the rows of counts, by day and by hour, that tell where to look."""

    days: QuerySet[Any]
    hours: QuerySet[Any]
    components: bool = False  # whether they name components, as an index of the events does


@dataclass(frozen=True, slots=True)
class Found:
    """Hold the latest events that fit, and from where a search that was cut short goes on."""

    events: list[Event]
    further: datetime | None = None


@dataclass(slots=True)
class _Hours:
    """Gather stretches of hours, the latest first, and how much was counted in them."""

    runs: list[tuple[datetime, datetime]] = field(default_factory=list)
    n: int = 0
    components: set[str] = field(default_factory=set)

    def add(self, hour: datetime, n: int, components: set[str]) -> None:
        """Add what was counted in an hour."""
        if not self.runs or hour + HOUR < self.runs[-1][0]:
            self.runs.append((hour, hour + HOUR))
        elif hour < self.runs[-1][0]:
            self.runs[-1] = (hour, self.runs[-1][1])
        self.n += n
        self.components |= components

    def condition(self) -> Q:
        """Narrow events to the hours; the bounds around all of them are for the planner."""
        first, last = self.runs[-1][0], self.runs[0][1]
        within = Q(timestamp__gte=first, timestamp__lt=last)
        if len(self.runs) > 1:
            some = Q()
            for start, end in self.runs:
                some |= Q(timestamp__gte=start, timestamp__lt=end)
            within &= some
        if self.components != {""} and len(self.components) <= MOST_COMPONENTS:
            within &= Q(component__in=sorted(self.components))
        return within


def latest(
    events: QuerySet[Event],
    counted: Counted,
    *,
    before: Key | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    kept_since: datetime,
    most: int,
) -> Found:
    """Return the latest events of a span behind a key, at most so many."""
    rest = behind(events, before)
    kept = _hour(kept_since)
    end = min((at for at in (until, before and before[0] + MOMENT) if at), default=None)
    hours = _hours(counted, _hour(max(kept, since or kept)), end)
    found: list[Event] = []
    read, size = 0, most
    while (step := _gathered(hours, size)).runs:
        found += ordered(rest.filter(step.condition()))[: most - len(found)]
        read += step.n
        if len(found) >= most:
            return Found(found)
        if read >= MOST_READ:
            return Found(found, step.runs[-1][0])
        size = min(size * GROWS, MOST_AT_ONCE, MOST_READ - read)
    if since is None or since < kept:  # what is held longer; there is little of it
        found += ordered(rest.filter(timestamp__lt=kept))[: most - len(found)]
    return Found(found)


def ordered(events: QuerySet[Event]) -> QuerySet[Event]:
    """Put the latest events first."""
    return events.order_by("-timestamp", "-pk")


def behind(events: QuerySet[Event], key: Key | None) -> QuerySet[Event]:
    """Narrow to what stands behind a key in that order."""
    if key is None:
        return events
    at, pk = key
    return events.filter(Q(timestamp__lt=at) | Q(timestamp=at, pk__lt=pk), timestamp__lte=at)


def _gathered(hours: Iterator[tuple[datetime, int, set[str]]], size: int) -> _Hours:
    """Take hours until so much was counted in them."""
    gathered = _Hours()
    for hour, n, components in hours:
        gathered.add(hour, n, components)
        if gathered.n >= size or len(gathered.runs) >= MOST_RUNS:
            break
    return gathered


def _hours(
    counted: Counted, first: datetime, end: datetime | None
) -> Iterator[tuple[datetime, int, set[str]]]:
    """Return the hours of a span in which something was counted, the latest first."""
    days = counted.days.filter(day__gte=first.replace(hour=0))
    hours = counted.hours.filter(hour__gte=first)
    if end is not None:
        days, hours = days.filter(day__lt=end), hours.filter(hour__lt=end)
    for day in days.order_by("-day").values_list("day", flat=True).distinct():
        of_day = hours.filter(hour__gte=day, hour__lt=day + DAY).order_by("-hour")
        names = ("hour", "component") if counted.components else ("hour",)
        found: dict[datetime, tuple[int, set[str]]] = {}
        for hour, *component, n in of_day.values_list(*names).annotate(counted=Sum("n")):
            before, components = found.get(hour, (0, set()))
            found[hour] = (before + n, components.union(component or {""}))
        for hour, (n, components) in found.items():
            yield hour, n, components


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
