"""Is what was acknowledged stored, once, when the server is killed in the middle of it?"""

import json
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.selfimprove.running import wait_until
from tests.telemetry.doors.live import Live, serving

pytestmark = pytest.mark.slow
BATCHES, SIZE, KILLS = 60, 50, 3


def batch(number: int) -> bytes:
    at = datetime.now(UTC) - timedelta(minutes=5)
    first = number * SIZE
    return b"\n".join(
        json.dumps({
            "event_type": "tool_call", "timestamp": at.isoformat(), "session_id": f"n-{n}",
            "id": f"c-{n}", "agent": "planner", "tool": f"tool_{n % 5}", "success": n % 3 > 0,
            "latency_ms": n,
        }).encode() for n in range(first, first + SIZE)
    )  # fmt: skip


def deliver(live: Live, number: int, acknowledged: set[int], deadline: float) -> None:
    """Send a batch until it is acknowledged, as an exporter that retries does."""
    body = batch(number)
    while time.monotonic() < deadline:
        status = live.post("/api/events", body)
        if status == 200:
            acknowledged.add(number)
            return
        assert status in (0, 429, 503), status
        time.sleep(0.05)


def kill_now_and_then(live: Live, acknowledged: set[int], stop: threading.Event) -> None:
    """Kill the web server whenever another part of the batches has been acknowledged."""
    for kill in range(1, KILLS + 1):
        while len(acknowledged) < kill * BATCHES // (KILLS + 1) and not stop.is_set():
            time.sleep(0.01)
        for leader in live.house.leaders("granian"):
            for process in [*leader.children(recursive=True), leader]:
                os.kill(process.pid, signal.SIGKILL)
        wait_until(lambda: live.house.status("/healthz") == 200, "it again", live.house, 240)


def test_acknowledged_means_stored_and_nothing_is_doubled(tmp_path: Path) -> None:
    acknowledged: set[int] = set()
    stop = threading.Event()
    with serving(tmp_path / "live") as live:
        killer = threading.Thread(target=kill_now_and_then, args=(live, acknowledged, stop))
        killer.start()
        deadline = time.monotonic() + 240
        with ThreadPoolExecutor(3) as clients:
            list(clients.map(lambda n: deliver(live, n, acknowledged, deadline), range(BATCHES)))
        stop.set()
        killer.join()
        assert acknowledged == set(range(BATCHES))
        assert live.house.said().count("starting it again") == KILLS
        found = live.rows("select count(*), count(distinct session_id) from telemetry_event")
        assert found == [(BATCHES * SIZE, BATCHES * SIZE)]
        counted = live.rows("select sum(calls), sum(failures) from telemetry_minutecount")
        failures = sum(n % 3 == 0 for n in range(BATCHES * SIZE))
        assert counted == [(BATCHES * SIZE, failures)]
