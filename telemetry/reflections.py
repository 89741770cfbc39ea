"""What worked and what failed in a session: as its agent tells it, and as its events show?"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from django.db.models import Count, Max
from msgspec import Meta

from targets.models import Target
from telemetry.doors.models import Reflection
from telemetry.events.rows import Cleaner
from telemetry.events.schemas import UNKNOWN, Moment, Name
from telemetry.models import Event, EventType
from telemetry.policies import policy

QUIET = timedelta(hours=1)  # a session in which nothing happened for so long has ended
LOOKED_BACK = timedelta(days=2)
MOST_SESSIONS = 5_000  # a day's turn; the rest is looked at by the next
_CHUNK = 200


class Worked(msgspec.Struct, frozen=True):
    """Say how well a tool did."""

    tool: Name
    calls: Annotated[int, Meta(ge=1, le=10**9)]
    success_rate: Annotated[float, Meta(ge=0, le=1)]


class Failed(msgspec.Struct, frozen=True):
    """Say how a tool failed, and how often."""

    tool: Name
    failure_mode: Name
    count: Annotated[int, Meta(ge=1, le=10**9)]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a reflection as it arrives."""

    session_id: Name
    agent: Name
    at: Moment
    worked: Annotated[list[Worked], Meta(max_length=200)] = msgspec.field(default_factory=list)
    failed: Annotated[list[Failed], Meta(max_length=200)] = msgspec.field(default_factory=list)
    proposed_change: Annotated[str, Meta(max_length=20_000)] = ""
    id: Name | None = None


def store(target: Target, told: Iterable[Told], now: datetime, *, derived: bool = False) -> int:
    """Store reflections once each, sanitised; return how many are new."""
    cleaner = Cleaner(policy(target))
    made = (_row(target, each, cleaner, now, derived) for each in told)
    rows = {row.uid: row for row in made}
    known: set[str] = set()
    for start in range(0, len(rows), _CHUNK):
        uids = list(rows)[start : start + _CHUNK]
        there = Reflection.objects.filter(target=target, uid__in=uids)
        known.update(there.values_list("uid", flat=True))
    fresh = [row for uid, row in rows.items() if uid not in known]
    Reflection.objects.bulk_create(fresh, batch_size=_CHUNK, ignore_conflicts=True)
    return len(fresh)


def derive(target: Target, now: datetime) -> int:
    """Reflect on the sessions that have ended and were not reflected on yet."""
    return store(target, _sessions(target, _ended(target, now)), now, derived=True)


def _ended(target: Target, now: datetime) -> list[str]:
    done = Reflection.objects.filter(target=target, derived=True, at__gte=now - 2 * LOOKED_BACK)
    reflected = set(done.values_list("session_id", flat=True))
    events = Event.objects.filter(target=target, timestamp__gte=now - LOOKED_BACK)
    last = (
        events.exclude(session_id__in=["", UNKNOWN])
        .order_by()
        .values_list("session_id")
        .annotate(last=Max("timestamp"))
        .filter(last__lt=now - QUIET)
    )
    found = sorted((at, session) for session, at in last if session not in reflected)
    return [session for _, session in found[:MOST_SESSIONS]]


def _sessions(target: Target, sessions: Sequence[str]) -> list[Told]:
    found: list[Told] = []
    for start in range(0, len(sessions), _CHUNK):
        found += _reflected(target, sessions[start : start + _CHUNK])
    return found


def _reflected(target: Target, sessions: Sequence[str]) -> list[Told]:
    """Count the calls of each session by tool, and its failures by kind."""
    kinds = [EventType.TOOL_CALL, EventType.TASK_FAILURE]
    events = Event.objects.filter(target=target, session_id__in=sessions, event_type__in=kinds)
    fields = ("session_id", "agent", "component", "success", "error_code", "error_category")
    counted = events.order_by().values_list(*fields).annotate(n=Count("pk"), last=Max("timestamp"))
    by_session: dict[str, list[tuple[str, str, bool, str, int, datetime]]] = defaultdict(list)
    for session, agent, tool, success, code, category, count, last in counted:
        mode = code or category or "error"
        by_session[session].append((agent, tool, success is True, mode, count, last))
    return [_told(session, rows) for session, rows in by_session.items()]


def _told(session: str, rows: Sequence[tuple[str, str, bool, str, int, datetime]]) -> Told:
    calls: Counter[str] = Counter()
    good: Counter[str] = Counter()
    agents: Counter[str] = Counter()
    failed: Counter[tuple[str, str]] = Counter()
    for agent, tool, success, mode, count, _ in rows:
        agents[agent or UNKNOWN] += count
        calls[tool] += count
        if success:
            good[tool] += count
        else:
            failed[tool, mode] += count
    return Told(
        session_id=session,
        agent=agents.most_common(1)[0][0],
        at=max(row[5] for row in rows),
        worked=[Worked(t, calls[t], round(n / calls[t], 4)) for t, n in good.most_common(200)],
        failed=[Failed(tool, mode, n) for (tool, mode), n in failed.most_common(200)],
        id=f"derived\0{session}",
    )


def _row(target: Target, told: Told, cleaner: Cleaner, now: datetime, derived: bool) -> Reflection:
    clean = cleaner.clean
    key = f"{told.agent}\0{told.id}" if told.id else repr(told)
    return Reflection(
        target=target,
        uid=hashlib.sha256(f"{derived}\0{key}".encode("utf-8", "replace")).hexdigest()[:40],
        session_id=clean(told.session_id, 200),
        agent=clean(told.agent, 200),
        at=told.at.astimezone(UTC),
        derived=derived,
        worked=[{"tool": clean(w.tool, 200), "calls": w.calls, "success_rate": w.success_rate}
                for w in told.worked],
        failed=[{"tool": clean(f.tool, 200), "failure_mode": clean(f.failure_mode, 200),
                 "count": f.count} for f in told.failed],
        proposed_change=clean(told.proposed_change),
        received_at=now,
    )  # fmt: skip
