"""How fast are events stored, once each and counted, beside Django's own bulk insert?

`perf_storing.py [EVENTS [BATCH]]` prints rows per second on SQLite and PostgreSQL, same run.
"""

import random
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.perf import databases

if TYPE_CHECKING:
    from targets.models import Target
    from telemetry.events.rows import Row

EVENTS, BATCH = 100_000, 10_000
ROUNDS = 3
PEER = "bulk_create"
Write = Callable[[Sequence[Any]], None]


def made(target_id: int, count: int, rng: random.Random, now: datetime) -> list["Row"]:
    """Make events as a busy system has them: one in eight fails, in one of 2 000 ways."""
    from telemetry.events.rows import Row

    rows = []
    for number in range(count):
        failed = rng.random() < 0.13
        kind = rng.randrange(2_000)
        rows.append(
            Row(
                target_id=target_id,
                uid=uuid.UUID(int=rng.getrandbits(128)).hex,
                event_type="tool_call",
                timestamp=now - timedelta(milliseconds=10 * (count - number)),
                session_id=f"s-{rng.randrange(5_000)}",
                agent=f"agent-{rng.randrange(8)}",
                component=f"tool-{kind % 40}",
                success=not failed,
                error_code="timeout" if failed else "",
                error_message=f"upstream {kind} did not answer within 400 ms" if failed else "",
                latency_ms=rng.expovariate(0.01),
                fingerprint=f"{kind:016x}" if failed else "",
            )
        )
    return rows


def measure(events: int, batch: int) -> None:
    """Store rows in turn by each, and print the table."""
    databases.prepare()
    from django.utils import timezone

    from targets.models import Target
    from telemetry.models import Event
    from telemetry.storing import days

    target = Target.objects.create(
        slug="perf", name="Perf", origin="/nowhere", created_at=timezone.now()
    )
    if (
        days.apart()
    ):  # as the daily task does; else the first writer's rows move in the second's time
        days.ensure_window(timezone.now(), timezone.now() - timedelta(days=2))
    writers = _writers(target)
    best: dict[str, float] = {}
    rng = random.Random(4)  # noqa: S311  # the same rows in every run
    last: list[Row] = []
    for _ in range(ROUNDS):
        for name, write in writers.items():
            last = made(target.pk, events, rng, datetime.now(UTC))
            taken: Sequence[Any] = last if name != PEER else [Event(**asdict(row)) for row in last]
            best[name] = max(best.get(name, 0.0), events / _seconds(write, taken, batch))
    before = Event.objects.count()
    best["replayed"] = events / _seconds(writers["counted too"], last, batch)
    assert Event.objects.count() == before
    _print(best, events, batch)


def _writers(target: "Target") -> dict[str, Write]:
    from telemetry.models import Event
    from telemetry.storing import rows

    def django_(part: Sequence[Any]) -> None:
        Event.objects.bulk_create(part, batch_size=len(part), ignore_conflicts=True)

    def bare(part: Sequence[Any]) -> None:
        rows.write(target.pk, part)

    def counted(part: Sequence[Any]) -> None:
        rows.insert(target, part)

    return {PEER: django_, "stored": bare, "counted too": counted}


def _seconds(write: Write, made_rows: Sequence[Any], batch: int) -> float:
    from django.db import transaction

    began = time.perf_counter()
    for start in range(0, len(made_rows), batch):
        with transaction.atomic():
            write(made_rows[start : start + batch])
    return time.perf_counter() - began


def _print(best: dict[str, float], events: int, batch: int) -> None:
    peer = best[PEER]
    write = sys.stdout.write
    write(
        f"\n{databases.database_name()}: {events} events, {batch} in a batch, best of {ROUNDS}\n"
    )
    for name, label in (
        (PEER, "bulk_create(ignore_conflicts)"),
        ("stored", "ours, stored once each"),
        ("counted too", "ours, with all counts kept beside"),
        ("replayed", "ours, the same events again"),
    ):
        write(f"  {label:36}{best[name]:10.0f} rows/s {best[name] / peer:6.2f} x\n")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:3]]
    count, size = [*given, *(EVENTS, BATCH)[len(given) :]]
    if databases.database_name():
        measure(count, size)
    else:
        sys.exit(databases.run_on_each(__file__, sys.argv[1:]))
