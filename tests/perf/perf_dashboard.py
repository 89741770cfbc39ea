"""How long do the telemetry pages' questions take, from counts and from raw events?

`perf_dashboard.py [EVENTS]` makes events of 30 days (10 million unless told otherwise) on SQLite
and PostgreSQL, asks each question both ways, opens every page, and deletes a day.
"""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.perf import databases, page_questions
from tests.perf.fill import COLUMNS, FILL, KINDS, TOOLS, counts

if TYPE_CHECKING:
    from targets.models import Target
    from telemetry.models import Pattern

EVENTS = 10_000_000
DAYS = 30
LIMIT_MS = 150
Question = Callable[[], Any]


def measure(events: int) -> int:
    """Fill the database, ask, delete, and print; return 1 where a page's question is slow."""
    databases.prepare()
    from django.utils import timezone

    from targets.models import Target

    target = Target.objects.create(
        slug="perf", name="Perf", origin="/nowhere", created_at=timezone.now()
    )
    began = time.perf_counter()
    _fill(target, events)
    filled = time.perf_counter()
    _count(target)
    write = sys.stdout.write
    write(
        f"\n{databases.database_name()}: {events} events in {DAYS} days, written in"
        f" {filled - began:.0f} s, counted in {time.perf_counter() - filled:.0f} s\n"
    )
    slow = 0
    for name, (counted, raw) in _questions(target).items():
        ours, theirs = _best(counted), _best(raw) if raw else 0.0
        ratio = f"{theirs:9.1f} ms {theirs / ours:7.1f} x" if raw else ""
        mark = "" if ours <= LIMIT_MS else "  SLOW"
        slow += ours > LIMIT_MS
        write(f"  {name:44}{ours:9.1f} ms {ratio}{mark}\n")
    slow += page_questions.measure(target, hottest(1)[0].pk, LIMIT_MS)
    sys.stdout.flush()
    _delete_a_day(target)
    return int(slow > 0)


def _fill(target: "Target", events: int) -> None:
    from django.db import connection
    from django.utils import timezone

    from telemetry.models import Pattern, PatternAlias
    from telemetry.storing import days

    now = timezone.now()
    start = now - timedelta(days=DAYS)
    if days.apart():
        days.ensure_window(now, start)
    step = DAYS * 86_400 / events
    with connection.cursor() as cursor:
        for first in range(0, events, 500_000):
            cursor.execute(
                FILL[connection.vendor].format(
                    columns=COLUMNS,
                    target=target.pk,
                    tools=TOOLS,
                    kinds=KINDS,
                    step=step,
                    first=first,
                    last=min(first + 500_000, events) - 1,
                    start=f"{start:%Y-%m-%d %H:%M:%S}",
                )
            )
    patterns = Pattern.objects.bulk_create(
        Pattern(
            target=target,
            event_type="tool_call",
            component=f"tool-{n % TOOLS}",
            count=1,
            template=f"kind {n}",
            first_seen=start,
            last_seen=now,
        )
        for n in range(KINDS)
    )
    PatternAlias.objects.bulk_create(
        PatternAlias(target=target, fingerprint=f"{n:016x}", pattern=pattern)
        for n, pattern in enumerate(patterns)
    )


def _count(target: "Target") -> None:
    """Count what was filled in; sessions as an upgrade or a rebuild does."""
    from django.db import connection

    from telemetry.rollups import whole

    with connection.cursor() as cursor:
        for statement in counts(connection.vendor):
            cursor.execute(statement)
        cursor.execute("ANALYZE")
    whole.rebuild(target, datetime(2000, 1, 1, tzinfo=UTC), check=False)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def hottest(most: int) -> list["Pattern"]:
    """Return the patterns that occur most often, the first of them first."""
    from django.db.models import Sum

    from telemetry.models import Pattern, PatternDay

    often = PatternDay.objects.values_list("fingerprint").annotate(c=Sum("n")).order_by("-c")
    names = [fingerprint for fingerprint, _ in often[:most]]
    found = {
        each.aliases.get().fingerprint: each
        for each in Pattern.objects.filter(aliases__fingerprint__in=names)
    }
    return [found[name] for name in names]


def _questions(target: "Target") -> dict[str, tuple[Question, Question | None]]:
    """Return what pages ask: from counts, and the same from raw events."""
    from django.db.models import Count, F, Max, Min, Sum
    from django.db.models.functions import TruncHour
    from django.utils import timezone

    from telemetry import evidence, series, sessions
    from telemetry.models import Event, PatternDay, PatternHour, SessionTotal, ToolDay
    from telemetry.patterns import counts as of_patterns
    from telemetry.rollups import reading
    from telemetry.storing import busy

    now = timezone.now()
    day, week, month = (now - timedelta(days=n) for n in (1, 7, 30))
    hour = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=23)
    page = hottest(50)
    hot = page[0]
    events = Event.objects.filter(target=target)

    def top(table: Any, at: str, since: Any) -> Question:
        rows = table.objects.filter(target=target, **{f"{at}__gte": since})
        counted = rows.order_by().values("fingerprint").annotate(c=Sum("n")).order_by("-c")
        return lambda: list(counted[:20])

    def raw_top(since: Any) -> Question:
        rows = events.filter(timestamp__gte=since).exclude(fingerprint="")
        counted = rows.order_by().values("fingerprint").annotate(c=Count("pk")).order_by("-c")
        return lambda: list(counted[:20])

    def rates(rows: Any, n: Any, ok: Any) -> Question:
        found = rows.order_by().values("component").annotate(c=n, ok=ok)
        return lambda: list(found.all())

    sparks = events.filter(
        timestamp__gte=hour - 7 * timedelta(days=1),
        fingerprint__in=[each.aliases.get().fingerprint for each in page],
    )
    of_day = evidence.occurrences(hot, day, now)
    return {
        "50 patterns by the hour, 8 days": (
            lambda: of_patterns.weeks(page, now),
            lambda: list(
                sparks.annotate(h=TruncHour("timestamp"))
                .order_by()
                .values("fingerprint", "h")
                .annotate(c=Count("pk"))
            ),
        ),
        "top 20 patterns, 24 h": (top(PatternHour, "hour", hour), raw_top(hour)),
        "top 20 patterns, 30 days": (top(PatternDay, "day", month), raw_top(month)),
        "success rate per tool, 30 days": (
            rates(ToolDay.objects.filter(target=target, day__gte=month), Sum("n"), Sum("ok")),
            rates(events.filter(timestamp__gte=month), Count("pk"), Count("pk", filter=_ok())),
        ),
        "a target's failure rate, 7 days": (
            lambda: series.by_hours(target, week, now, 3),
            lambda: list(
                events.filter(timestamp__gte=week)
                .annotate(h=TruncHour("timestamp"))
                .order_by()
                .values("h")
                .annotate(c=Count("pk"), f=Count("pk", filter=~_ok()))
            ),
        ),
        "a pattern's day: count, sessions, agents": (
            lambda: reading.occurred(hot, day),
            lambda: of_day.aggregate(c=Count("pk"), s=Count(F("session_id"), distinct=True)),
        ),
        "a pattern's evidence, whole": (lambda: evidence.of(hot, day, now), None),
        "a pattern's sessions, ever": (
            lambda: of_patterns.sessions([hot], of_patterns.owners_of([hot])),
            lambda: evidence.occurrences(hot, month, now).values("session_id").distinct().count(),
        ),
        "all events ever": (reading.total, lambda: events.count()),
        "sessions of 24 hours, the first 50": (
            lambda: sessions.latest(
                SessionTotal.objects.filter(last_seen__gte=day), before=None, most=51
            ),
            lambda: list(
                events.filter(timestamp__gte=day)
                .order_by()
                .values("session_id")
                .annotate(c=Count("pk"), a=Min("timestamp"), b=Max("timestamp"))
                .order_by("-b", "session_id")[:51]
            ),
        ),
        "is grouping behind": (lambda: busy.ungrouped_at_least(target, 10**9, now), None),
    }


def _ok() -> Any:
    from django.db.models import Q

    return Q(success=True)


def _best(ask: Question, rounds: int = 3) -> float:
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - began) * 1000)
    return min(taken)


def _drop_a_day() -> None:
    from telemetry.storing import days

    oldest = days.known()[1]
    began = time.perf_counter()
    counted = sum(days.counts(oldest).values())
    middle = time.perf_counter()
    days.drop(oldest)
    sys.stdout.write(
        f"  a day of {counted} events: counted in {(middle - began) * 1000:.0f} ms,"
        f" dropped in {(time.perf_counter() - middle) * 1000:.0f} ms (the lock)\n"
    )


def _delete_a_day(target: "Target") -> None:
    """Let the oldest days go, and say how long the longest of the transactions was."""
    from django.db import connection
    from django.utils import timezone

    from audit.log import Actor
    from telemetry.archive import retention
    from telemetry.storing import days, keeping

    now = timezone.now()
    if days.apart():
        _drop_a_day()
        return
    keeping.set_days(target, DAYS - 1, actor=Actor.system("perf"), at=now)
    longest = 0.0

    def timed(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal longest
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            if sql.lstrip().upper().startswith("DELETE"):
                longest = max(longest, time.perf_counter() - began)

    began = time.perf_counter()
    with connection.execute_wrapper(timed):
        gone = retention.expire(target, now)
    sys.stdout.write(
        f"  {gone.rows} rows of a day deleted in {time.perf_counter() - began:.1f} s,"
        f" the longest lock {longest * 1000:.0f} ms\n"
    )


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    if databases.database_name():
        sys.exit(measure(wanted))
    sys.exit(databases.run_on_each(__file__, sys.argv[1:]))
