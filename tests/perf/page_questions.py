"""What does each page ask the database, how long does its longest question take, what scans?

The pages are opened through Django's own client, a person signed in, and each question is timed
alone; afterwards the database is asked for its plan of each.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from django.test import Client

    from targets.models import Target

ROUNDS = 3
SMALL = 1_000  # rows of a table that may be read from end to end


@dataclass
class Asked:
    """Hold the questions of one page, and how long the page took."""

    milliseconds: float = 0.0
    questions: list[tuple[str, Any]] = field(default_factory=list)


def measure(target: "Target", pattern: int, limit_ms: float) -> int:
    """Open every page, print its times, and return how many have a slow question or a scan."""
    client = _signed_in()
    bad = 0
    write = sys.stdout.write
    write(f"  {'page':54}{'questions':>10}{'longest':>11}{'page':>11}\n")
    for name, address in _pages(target, pattern).items():
        rounds = [_open(client, address) for _ in range(ROUNDS)]
        page = min(one.milliseconds for one in rounds)
        longest, worst = _longest(rounds[-1])
        scans = _scans(rounds[-1])
        slow = longest > limit_ms
        bad += slow or bool(scans)
        write(
            f"  {name:54}{len(rounds[-1].questions):10}{longest:8.1f} ms{page:8.1f} ms"
            f"{'  SLOW' if slow else ''}{f'  {len(scans)} SCANS' if scans else ''}\n"
        )
        for question in [*([worst] if slow else []), *scans[:1]]:
            write(f"    {question[:900]}\n")
        sys.stdout.flush()
    return bad


def _pages(target: "Target", pattern: int) -> dict[str, str]:
    """Name the pages: dashboards, lists with each filter alone, and details."""
    from telemetry.models import Event

    event = Event.objects.order_by("-pk")[0].pk
    tail = f"/telemetry/events/tail/?after={target.pk}.{event - 40}"
    return {
        "home": "/",
        "dashboard": "/dashboard/",
        "dashboard, 90 days": "/dashboard/?days=90",
        "targets": "/targets/",
        "target": f"/targets/{target.slug}/",
        "patterns": "/telemetry/",
        **{f"patterns: {tab}": f"/telemetry/?tab={tab}" for tab in ("attention", "new", "muted")},
        "patterns: words": "/telemetry/?q=kind+7",
        "pattern": f"/telemetry/patterns/{pattern}/",
        "pattern, 7 days": f"/telemetry/patterns/{pattern}/?span=week",
        "events": "/telemetry/events/",
        "events: live": "/telemetry/events/?live=1",
        "events: one look of the tail": tail,
        **_of_events(pattern, event),
        "event": f"/telemetry/events/{event}/",
        **_of_sessions(),
        "session": f"/telemetry/sessions/{target.slug}/?id=s-77",
        "reflections": "/telemetry/reflections/",
        "error reports": "/telemetry/error-reports/",
        "connect": f"/telemetry/connect/{target.slug}/",
        "settings": "/settings/",
    }


def _of_events(pattern: int, event: int) -> dict[str, str]:
    filters = {
        "target": "target=perf",
        "type": "type=tool_call",
        "a type without events": "type=escalation",
        "tool": "component=tool-7",
        "agent": "agent=agent-3",
        "an agent without events": "agent=nobody",
        "session": "session=s-77",
        "a session without events": "session=none",
        "failed": "outcome=failed",
        "worked": "outcome=worked",
        "words": "q=within+8",
        "words that nobody wrote": "q=nothing+like+it",
        "last hour": "span=1h",
        "last 7 days": "span=7d",
        "own times": _own(),
        "own times, failed": f"{_own()}&outcome=failed",
        "pattern": f"pattern={pattern}",
        "far back": f"before={_far_back()}~{event}",
        "tool, agent and words": "component=tool-3&agent=agent-3&q=1",
    }
    return {f"events: {name}": f"/telemetry/events/?{query}" for name, query in filters.items()}


def _of_sessions() -> dict[str, str]:
    filters = {
        "last 24 hours": "",
        "last 7 days": "span=7d",
        "target": "target=perf",
        "agent": "agent=agent-3",
        "an agent without sessions": "agent=nobody",
        "failed": "outcome=failed",
        "begins with, few": "session=s-77",
        "begins with, all": "session=s",
        "begins with, none": "session=x",
        "own times": _own(),
        "far back": f"span=7d&before={_far_back()}~1~s",
    }
    return {f"sessions: {name}": f"/telemetry/sessions/?{q}" for name, q in filters.items()}


def _own() -> str:
    since, until = (datetime.now(UTC) - timedelta(days=days) for days in (12, 11))
    return f"since={since:%Y-%m-%dT%H:%M}&until={until:%Y-%m-%dT%H:%M}"


def _far_back() -> str:
    return quote((datetime.now(UTC) - timedelta(days=20)).isoformat())


def _signed_in() -> "Client":
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import Client

    person = User.objects.create_superuser("perf")
    client = Client(headers={"host": settings.ALLOWED_HOSTS[0]})
    client.force_login(person)
    return client


def _open(client: "Client", address: str) -> Asked:
    with _noted() as asked:
        began = time.perf_counter()
        response = client.get(address)
        asked.milliseconds = (time.perf_counter() - began) * 1000
    if response.status_code not in {200, 204}:
        raise AssertionError(f"{address}: {response.status_code}")
    return asked


@contextmanager
def _noted() -> Iterator[Asked]:
    from django.db import connection

    asked = Asked()

    def noted(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().upper().startswith("SELECT"):
            asked.questions.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(noted):
        yield asked


def _longest(asked: Asked) -> tuple[float, str]:
    """Ask each question again, alone and to its last row, and return the slowest with its time."""
    from django.db import connection

    found = (0.0, "")
    with connection.cursor() as cursor:
        for sql, params in asked.questions:
            taken = []
            for _ in range(ROUNDS):
                began = time.perf_counter()
                cursor.execute(sql, params)
                cursor.fetchall()
                taken.append((time.perf_counter() - began) * 1000)
            found = max(found, (min(taken), sql))
    return found


def _scans(asked: Asked) -> list[str]:
    """Say which large tables of events are read from end to end, by the database's own plans."""
    from django.db import connection

    postgres = connection.vendor == "postgresql"
    explain = "EXPLAIN " if postgres else "EXPLAIN QUERY PLAN "
    large = _large() if postgres else {"telemetry_event"}
    found: dict[str, None] = {}
    with connection.cursor() as cursor:
        for sql, params in asked.questions:
            cursor.execute(explain + sql, params)
            for row in cursor.fetchall():
                words = str(row[-1]).replace("->", "").split()
                whole = words[:2] == ["Seq", "Scan"] if postgres else words[:1] == ["SCAN"]
                name = words[3] if postgres and whole else words[1]
                if whole and name in large and (postgres or " LIMIT " not in sql):
                    found[f"{name} whole: {sql}"] = None
    return list(found)


def _large() -> set[str]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname LIKE 'telemetry_event%%'"
            " AND relkind = 'r' AND reltuples > %s",
            [SMALL],
        )
        return {name for (name,) in cursor.fetchall()}
