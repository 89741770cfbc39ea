"""Do the sums of sessions say what the events say, and how are they made again from them?

A session knows no midnight, so they are gone through by name, some at a time, each part under the
target's lock and in a transaction of its own: it may die anywhere. A session that began before
events were deleted is left as it is: its sum outlives them, until its last event goes too.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Count, Max, Min, Model, Q, QuerySet

from targets.models import Target
from telemetry.models import Event, EventType, SessionAgent, SessionTotal
from telemetry.rollups import counting
from telemetry.rollups.upserts import Counts, add

CHUNK = 100_000  # events of one part
MOST_NAMED = 500  # sessions of one statement
Row = TypeVar("Row", bound=Model)
Values = tuple[Any, ...]
_SUMS = {  # in the order of the table's columns
    "counted": Count("pk"),
    "failed": Count("pk", filter=~Q(fingerprint="")),
    "corrected": Count("pk", filter=Q(event_type=EventType.USER_CORRECTION)),
    "first": Min("timestamp"),
    "last": Max("timestamp"),
}


def rebuild(target: Target, floor: datetime, *, check: bool) -> tuple[int, int]:
    """Make the sums again of what lies from the floor on; return events and differing rows."""
    counted = differing = 0
    for names in _parts(target):
        with transaction.atomic():
            Target.objects.select_for_update(no_key=True).get(pk=target.pk)
            events, unequal = _settle(target, names, floor, check=check)
        counted, differing = counted + events, differing + unequal
    return counted, differing


def forget(target: Target, before: datetime) -> int:
    """Delete the sums of sessions whose last event is gone; return how many those were."""
    gone = 0
    ended = SessionTotal.objects.filter(target=target, last_seen__lt=before).order_by("last_seen")
    while True:
        with transaction.atomic():
            Target.objects.select_for_update(no_key=True).get(pk=target.pk)
            names = list(ended.values_list("session_id", flat=True)[:MOST_NAMED])
            if not names:
                return gone
            for table in (SessionAgent, SessionTotal):
                table._default_manager.filter(target=target, session_id__in=names).delete()
            gone += len(names)


def _parts(target: Target) -> Iterator[Q]:
    """Divide a target's sessions by their names; the last part has no end."""
    names = Q()
    events = Event.objects.filter(target=target).order_by("session_id")
    while True:
        rest = events.filter(names).values_list("session_id", flat=True)
        bound = next(iter(rest[CHUNK : CHUNK + 1]), None)
        if bound is None:
            yield names
            return
        yield names & Q(session_id__lte=bound)
        names = Q(session_id__gt=bound)


def _settle(target: Target, names: Q, floor: datetime, *, check: bool) -> tuple[int, int]:
    """Compare a part with what it should hold, and mend it unless only asked."""
    totals = SessionTotal.objects.filter(names, target=target)
    older = set(totals.filter(first_seen__lt=floor).values_list("session_id", flat=True))
    events = Event.objects.filter(names, target=target, timestamp__gte=floor).order_by()
    summed = events.values_list("target_id", "session_id").annotate(**_SUMS)
    took_part = events.exclude(agent="").values_list("target_id", "session_id", "agent").distinct()
    agents = SessionAgent.objects.filter(names, target=target)
    wanted = _younger(summed, older)
    differing = _mend(counting.TOTALS, totals, wanted, older, check)
    differing += _mend(counting.AGENTS, agents, _younger(took_part, older), older, check)
    return sum(row[2] for row in wanted), differing


def _mend(
    counts: Counts, rows: QuerySet[Row], wanted: set[Values], older: set[str], check: bool
) -> int:
    there = _younger(rows.values_list(*counting.field_names(counts)), older)
    differing = {row[: len(counts.keys)] for row in there ^ wanted}
    if differing and not check:
        names = {key[1] for key in differing}
        stale = sorted(names & {row[1] for row in there})
        for start in range(0, len(stale), MOST_NAMED):
            rows.filter(session_id__in=stale[start : start + MOST_NAMED]).delete()
        add(counts, sorted(row for row in wanted if row[1] in names))
    return len(differing)


def _younger(rows: Iterable[Values], older: set[str]) -> set[Values]:
    return {row for row in rows if row[1] not in older}
