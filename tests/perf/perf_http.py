"""How many events a second are stored over HTTP, beside Django's bulk insert without any of it?

One client sends batches one after the other, then three at once, on SQLite and PostgreSQL. All
that the door does is in it: token, reading, sanitizer, fingerprint, counts, receipt. With
`--killed` the server is killed five times in the middle instead; what was acknowledged must be
there once.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.perf import databases
from tests.perf.event_lines import line

if TYPE_CHECKING:
    from tests.telemetry.doors.live import Live

BATCHES, SIZE = 200, 500
KILLED = "--killed"


def say(words: str) -> None:
    """Print a line of the report."""
    sys.stdout.write(f"{words}\n")


def bodies(first: int) -> list[bytes]:
    """Write batches of events that nobody has sent yet."""
    at = datetime.now(UTC) - timedelta(minutes=5)
    starts = range(first, first + BATCHES * SIZE, SIZE)
    return [b"\n".join(line(n, at) for n in range(start, start + SIZE)) for start in starts]


def deliver(live: "Live", body: bytes) -> float:
    """Send a batch until it is taken; return the seconds from the first try."""
    start = time.monotonic()
    while live.post("/api/events", body) != 200:
        time.sleep(0.02)
    return time.monotonic() - start


def bare(target_slug: str) -> float:
    """Return rows a second of Django's bulk insert of the same events, ready in memory."""
    from django.db import transaction
    from django.utils import timezone

    from targets.models import Target
    from telemetry.events import schemas
    from telemetry.events.rows import Cleaner, row_of
    from telemetry.models import Event
    from telemetry.sanitizer import Policy

    now = timezone.now()
    target = Target.objects.create(slug=target_slug, name="P", origin="/nowhere", created_at=now)
    cleaner = Cleaner(Policy())
    batches = []
    for body in bodies(0):
        rows = [
            row_of(event, target_id=target.pk, uid=f"{event.id}", cleaner=cleaner)
            for event in schemas.from_lines(body)
        ]
        names = rows[0].__struct_fields__
        batches.append([Event(**{name: getattr(row, name) for name in names}) for row in rows])
    start = time.perf_counter()
    for batch in batches:
        with transaction.atomic():
            Event.objects.bulk_create(batch, ignore_conflicts=True)
    return BATCHES * SIZE / (time.perf_counter() - start)


def over_http(live: "Live", clients: int, first: int) -> tuple[float, list[float]]:
    """Return events a second and how long each batch took."""
    ready = bodies(first)
    start = time.monotonic()
    with ThreadPoolExecutor(clients) as pool:
        took = list(pool.map(lambda body: deliver(live, body), ready))
    return BATCHES * SIZE / (time.monotonic() - start), sorted(took)


def killed(live: "Live") -> None:
    """Kill the server five times while three clients send; say what is there."""
    took: list[float] = []
    done = threading.Event()
    killer = threading.Thread(target=_kill, args=(live, took, done))
    killer.start()
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda body: took.append(deliver(live, body)), bodies(0)))
    done.set()
    killer.join()
    stored, names, calls = _counted()
    wanted = sum(n % 5 > 0 for n in range(BATCHES * SIZE))
    say(f"  killed five times: {stored} of {BATCHES * SIZE} stored, {names} names, "
        f"{calls} of {wanted} calls counted")  # fmt: skip
    if (stored, names, calls) != (BATCHES * SIZE, BATCHES * SIZE, wanted):
        raise SystemExit("acknowledged is not stored")


def _counted() -> tuple[int, int, int]:
    from django.db.models import Count, Sum

    from telemetry.models import Event, MinuteCount

    stored = Event.objects.aggregate(rows=Count("pk"), names=Count("uid", distinct=True))
    calls = MinuteCount.objects.aggregate(calls=Sum("calls"))["calls"]
    return stored["rows"], stored["names"], calls


def _kill(live: "Live", took: Sequence[float], done: threading.Event) -> None:
    for kill in range(1, 6):
        while len(took) < kill * BATCHES // 6 and not done.is_set():
            time.sleep(0.01)
        for leader in live.house.leaders("granian"):
            for process in [*leader.children(recursive=True), leader]:
                os.kill(process.pid, signal.SIGKILL)
        while live.house.status("/healthz") != 200 and not done.is_set():
            time.sleep(0.05)
        time.sleep(15)  # the supervisor gives up on a child that dies five times in a minute


def measure(*, kill: bool) -> None:
    """Measure on the database of this process."""
    databases.prepare()
    from tests.telemetry.doors.live import serving

    peer = 0.0 if kill else max(bare("one"), bare("two"))
    say(f"{databases.database_name()}, {SIZE} events in a batch")
    folder = Path(os.environ["SELFIMPROVE_DATA_DIR"])  # its keys signed the migration
    with serving(folder, os.environ["DATABASE_URL"]) as live:
        if kill:
            killed(live)
            return
        say(f"  {'bulk_create(ignore_conflicts)':32}{peer:10,.0f} events/s")
        over_http(live, 1, BATCHES * SIZE)  # warm
        for clients, first in ((1, 2), (3, 3)):
            rate, took = over_http(live, clients, first * BATCHES * SIZE)
            half, most = took[len(took) // 2], took[int(len(took) * 0.95)]
            say(f"  {f'over HTTP, {clients} at once':32}{rate:10,.0f} events/s"
                f" {rate / peer:6.2f} x   p50 {half * 1000:.0f} ms, p95 {most * 1000:.0f} ms"
                )  # fmt: skip


if __name__ == "__main__":
    if databases.database_name():
        try:
            measure(kill=KILLED in sys.argv)
        except subprocess.TimeoutExpired as error:
            raise SystemExit(str(error)) from error
    else:
        sys.exit(databases.run_on_each(__file__, sys.argv[1:]))
