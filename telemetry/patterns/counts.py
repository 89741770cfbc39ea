"""How often do failures of patterns happen, in which hours, to whom?

The counts that are kept beside the events answer, and the events only for parts of an hour or for
one pattern's day: as quick for ten million events as for ten.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Count, Model, QuerySet, Sum

from telemetry.models import Event, Pattern, PatternAlias, PatternHour, PatternSession
from telemetry.patterns.weight import MOST_DAYS, Weighed, weigh
from telemetry.rollups import reading

HOURS = 24
DAY = timedelta(hours=HOURS)
MOST_AGENTS = 50
HOUR = timedelta(hours=1)
MOMENT = timedelta(microseconds=1)
_WHOM = (Count("session_id", distinct=True), Count("agent", distinct=True))
Row = TypeVar("Row", bound=Model)
Owners = Mapping[tuple[int, str], int]  # (target, fingerprint) → pattern


@dataclass(frozen=True, slots=True)
class Week:
    """Hold a pattern's last hours, and the whole days before them, oldest first."""

    hours: tuple[int, ...]
    days: tuple[int, ...]

    @property
    def today(self) -> int:
        """Return the count of the last 24 hours."""
        return sum(self.hours)

    @property
    def weighed(self) -> Weighed:
        """Hold the last 24 hours against the days before."""
        return weigh(self.today, self.days)


@dataclass(frozen=True, slots=True)
class Met:
    """Say whom a pattern's failures met since a moment."""

    count: int
    sessions: int
    agents: int


def owners_of(patterns: Iterable[Pattern]) -> Owners:
    """Return whose each fingerprint is; whoever counts in several ways asks once."""
    aliases = PatternAlias.objects.filter(pattern__in=list(patterns))
    return {(alias.target_id, alias.fingerprint): alias.pattern_id for alias in aliases}


def met(patterns: Sequence[Pattern], since: datetime, owners: Owners) -> Mapping[int, Met]:
    """Count each pattern's failures, sessions and agents since a moment."""
    often, whom = _often(owners, since), _whom(patterns, owners, since)
    return {each.pk: Met(often[each.pk], *whom.get(each.pk, (0, 0))) for each in patterns}


def sessions(patterns: Sequence[Pattern], owners: Owners) -> Mapping[int, int]:
    """Count the sessions that each pattern met, as far back as counts are kept."""
    whom = _whom(patterns, owners, None)
    return {each.pk: whom.get(each.pk, (0, 0))[0] for each in patterns}


def _whom(
    patterns: Sequence[Pattern], owners: Owners, since: datetime | None
) -> dict[int, tuple[int, int]]:
    """Count sessions and agents of each pattern.

    Sessions of two fingerprints cannot be summed: only patterns of several are asked for alone.
    """
    several = {pk for pk, n in Counter(owners.values()).items() if n > 1}
    single = {key: pk for key, pk in owners.items() if pk not in several}
    whom: dict[int, tuple[int, int]] = {}
    rows = _since(_named(PatternSession.objects.all(), single), since).order_by()
    for target, fingerprint, *counted in rows.values_list("target_id", "fingerprint").annotate(
        *_WHOM
    ):
        if (owner := single.get((target, fingerprint))) is not None:
            whom[owner] = (counted[0], counted[1])
    for pattern in patterns:
        if pattern.pk in several:
            alone = _since(reading.of_pattern(PatternSession.objects.all(), pattern), since)
            told = alone.aggregate(*_WHOM)
            whom[pattern.pk] = (told["session_id__count"], told["agent__count"])
    return whom


def _often(owners: Owners, since: datetime) -> Mapping[int, int]:
    """Count failures of each pattern: whole hours from their counts, the first from the events."""
    whole = _hour(since) + HOUR
    hours = _named(PatternHour.objects.all(), owners).filter(hour__gte=whole).order_by()
    part = _named(Event.objects.all(), owners)
    part = part.filter(timestamp__gt=since, timestamp__lt=whole).order_by()
    summed = hours.values_list("target_id", "fingerprint").annotate(Sum("n"))
    begun = part.values_list("target_id", "fingerprint").annotate(Count("pk"))
    return _owned(owners, summed) + _owned(owners, begun)


def _owned(owners: Owners, rows: Iterable[Any]) -> Counter[int]:
    found: Counter[int] = Counter()
    for target, fingerprint, n in rows:
        if (owner := owners.get((target, fingerprint))) is not None:
            found[owner] += n
    return found


def _named(rows: QuerySet[Row], owners: Iterable[tuple[int, str]]) -> QuerySet[Row]:
    keys = list(owners)
    return rows.filter(
        target__in={target for target, _ in keys},
        fingerprint__in={fingerprint for _, fingerprint in keys},
    )


def _since(rows: QuerySet[PatternSession], since: datetime | None) -> QuerySet[PatternSession]:
    """Narrow to the sessions that failed after a moment: exact, since nothing ends them."""
    return rows if since is None else rows.filter(last_seen__gt=since)


def between(pattern: Pattern, start: datetime, end: datetime) -> int:
    """Count a pattern's failures from after start up to end."""
    return reading.count(pattern, start + MOMENT, end + MOMENT)


def agents(pattern: Pattern) -> list[str]:
    """Name the agents that a pattern met, as far back as counts are kept."""
    named = reading.of_pattern(PatternSession.objects.all(), pattern).exclude(agent="")
    return list(named.order_by("agent").values_list("agent", flat=True).distinct()[:MOST_AGENTS])


def affected(pattern: Pattern, since: datetime, most: int = 10) -> list[tuple[str, int, int]]:
    """Return (agent, failures, sessions) since a moment, the most affected first.

    One pattern's events of a day are found by their index.
    """
    found = reading.of_pattern(Event.objects.all(), pattern).filter(timestamp__gt=since)
    rows = (
        found.order_by()
        .values("agent")
        .annotate(count=Count("pk"), sessions=Count("session_id", distinct=True))
    )
    listed = rows.order_by("-count", "agent")[:most]
    return [(row["agent"], row["count"], row["sessions"]) for row in listed]


def weeks(
    patterns: Iterable[Pattern], now: datetime, owners: Owners | None = None
) -> Mapping[int, Week]:
    """Return each pattern's last 24 hours by hour and up to seven days before, in two queries."""
    found = list(patterns)
    days = 1 + MOST_DAYS
    start = _hour(now) + timedelta(hours=1) - days * DAY
    hours = _by_hour(owners_of(found) if owners is None else owners, start)
    return {each.pk: _week(each, hours[each.pk], start) for each in found}


def _by_hour(owners: Owners, start: datetime) -> dict[int, dict[int, int]]:
    counted = _named(PatternHour.objects.all(), owners).filter(hour__gte=start)
    hours: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for target, fingerprint, hour, n in counted.values_list(
        "target_id", "fingerprint", "hour", "n"
    ):
        if (owner := owners.get((target, fingerprint))) is not None:
            hours[owner][int((hour - start) / HOUR)] += n
    return hours


def _week(pattern: Pattern, hours: Mapping[int, int], start: datetime) -> Week:
    """Cut the days to those that the pattern has lived from their first hour on."""
    whole = [sum(hours.get(d * HOURS + h, 0) for h in range(HOURS)) for d in range(MOST_DAYS)]
    unlived = max(0.0, (pattern.first_seen - start) / DAY)
    lived = whole[min(MOST_DAYS, -int(-unlived // 1)) :]
    first = MOST_DAYS * HOURS
    return Week(tuple(hours.get(first + h, 0) for h in range(HOURS)), tuple(lived))


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
