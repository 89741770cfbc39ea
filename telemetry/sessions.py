"""Which sessions were there, and what happened in one, in order?"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from targets.models import Target
from telemetry.models import Event, EventType, SessionAgent, SessionTotal

MOST_EVENTS = 500
MOST_WRITTEN_OUT = 500
Key = tuple[datetime, int, str]
GAP = timedelta(seconds=30)
_UNITS = ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s"))
_MARKS = {
    EventType.USER_CORRECTION: "warn",
    EventType.FEEDBACK: "accent",
    EventType.ESCALATION: "bad",
    EventType.TASK_FAILURE: "bad",
}


@dataclass(frozen=True, slots=True)
class Step:
    """Hold one event of a session with the silence before it."""

    event: Event
    tone: str
    gap: str


def latest(
    totals: QuerySet[SessionTotal], *, before: Key | None, most: int
) -> Sequence[SessionTotal]:
    """Return the sessions that went on last, from behind a key on."""
    if before is not None:
        last, target_id, session_id = before
        totals = totals.filter(
            Q(last_seen__lt=last)
            | Q(last_seen=last, target_id__lt=target_id)
            | Q(last_seen=last, target_id=target_id, session_id__lt=session_id),
            last_seen__lte=last,
        )
    return list(totals.order_by("-last_seen", "-target_id", "-session_id")[:most])


def of_agent(totals: QuerySet[SessionTotal], agent: str) -> QuerySet[SessionTotal]:
    """Narrow to the sessions in which an agent took part."""
    took_part = SessionAgent.objects.filter(agent=agent)
    here = took_part.filter(target_id=OuterRef("target_id"), session_id=OuterRef("session_id"))
    few = _few(took_part.values_list("target_id", "session_id"))
    return totals.filter(Exists(here), few)


def beginning_with(totals: QuerySet[SessionTotal], words: str) -> QuerySet[SessionTotal]:
    """Narrow to the sessions whose names begin with these words."""
    begins = Q(session_id__startswith=words)
    if connection.vendor == "sqlite":  # by code points and so by the key; LIKE heeds neither
        begins = Q(session_id__gte=words, session_id__lt=words + chr(sys.maxunicode))
    everywhere = SessionTotal.objects.filter(begins, target__in=Target.objects.values("pk"))
    return totals.filter(begins, _few(everywhere.values_list("target_id", "session_id")))


def _few(keys: QuerySet[Any, tuple[int, str]]) -> Q:
    """Write few sessions out, which are found by their names; many are met on the way from now."""
    found = list(keys[: MOST_WRITTEN_OUT + 1])
    if len(found) > MOST_WRITTEN_OUT:
        return Q()
    return Q(
        target_id__in={target_id for target_id, _ in found},
        session_id__in={session_id for _, session_id in found},
    )


def events_of(session_id: str) -> int:
    """Count the events of all sessions of that name."""
    everywhere = SessionTotal.objects.filter(target__in=Target.objects.values("pk"))
    return everywhere.filter(session_id=session_id).aggregate(n=Sum("events"))["n"] or 0


def timeline(target: Target, session_id: str) -> Sequence[Step]:
    """Return a session's events in the order in which they happened, at most so many."""
    events = Event.objects.filter(target=target, session_id=session_id)
    return list(_steps(events.order_by("timestamp", "pk")[:MOST_EVENTS]))


def _steps(events: QuerySet[Event]) -> Iterator[Step]:
    before: datetime | None = None
    for event in events:
        silence = event.timestamp - before if before else timedelta()
        yield Step(event, _tone(event), span(silence) if silence >= GAP else "")
        before = event.timestamp


def _tone(event: Event) -> str:
    if event.fingerprint:
        return "bad"
    if event.event_type == EventType.FEEDBACK:
        return "good" if event.rating == "thumbs_up" else "warn"
    return _MARKS.get(EventType(event.event_type), "good" if event.success else "quiet")


def span(length: timedelta) -> str:
    """Say a length of time in its two largest units."""
    seconds = int(length.total_seconds())
    for size, name, smaller, less in _UNITS:
        if seconds >= size:
            rest = seconds % size // smaller
            return (
                f"{seconds // size} {name} {rest} {less}" if rest else f"{seconds // size} {name}"
            )
    return f"{seconds} s"
