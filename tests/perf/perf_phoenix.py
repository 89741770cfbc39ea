"""How many OTLP spans a second are sanitised and stored, beside arize-phoenix on the same payload?

`perf_phoenix.py [SPANS]` installs the peer into a folder of its own, which takes minutes; with
PHOENIX_PYTHON=/path/to/python an environment that has it is used. Both store in SQLite. The peer
acknowledges before it has stored, so that the clock runs until its database holds every span.
"""

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "selfimprove.settings")
    import django

    django.setup()

from selfimprove.demo.example import free_port
from tests.selfimprove.running import NO_PROXY
from tests.telemetry.doors import otel
from tests.telemetry.doors.live import serving

PEER = "arize-phoenix==20.26.1"
SPANS, SIZE, OF_TRACE = 10_000, 500, 10
PATIENCE = 600
HEADERS = {"Content-Type": otel.PROTOBUF}


def say(words: str) -> None:
    """Print a line of the report."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def body(first: int) -> bytes:
    """Write a batch of tool calls as agents send them; one in eight failed."""
    long = "x" * 300
    spans: list[dict[str, Any]] = []
    for n in range(first, first + SIZE):
        failed: dict[str, Any] = {}
        if n % 8 == 0:
            thrown = {
                "exception.type": "TimeoutError",
                "exception.message": f"no answer within {n} ms from db-{n % 9}.internal",
            }
            failed = {"notes": [("exception", thrown)], "status": otel.failed()}
        named = {
            "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": f"tool_{n % 40}",
            "gen_ai.conversation.id": f"s-{n // 20}", "openinference.span.kind": "TOOL",
            "gen_ai.tool.call.arguments": long, "gen_ai.tool.call.result": long,
        }  # fmt: skip
        made = otel.span(f"execute_tool tool_{n % 40}", spanId=f"{n + 1:016x}", a=named, **failed)
        spans.append(made | {"traceId": f"{n // OF_TRACE + 1:032x}"})
    return otel.encoded(otel.traces(*spans), otel.PROTOBUF)


def send(url: str, payload: bytes, headers: dict[str, str]) -> None:
    """Post a batch until it is taken."""
    while True:
        request = urllib.request.Request(url, payload, headers)  # noqa: S310  # loopback
        try:
            with NO_PROXY.open(request, timeout=60):
                return
        except OSError:
            time.sleep(0.1)


def rate(url: str, database: Path, table: str, count: int, headers: dict[str, str]) -> float:
    """Return the spans a second from the first that is sent to the last that is stored."""
    send(url, body(10**7), headers)  # warm
    _wait_for(SIZE, database, table)
    batches = [body(first) for first in range(0, count, SIZE)]
    start = time.monotonic()
    for payload in batches:
        send(url, payload, headers)
    _wait_for(SIZE + count, database, table)
    return count / (time.monotonic() - start)


def _wait_for(wanted: int, database: Path, table: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while (stored := _count(database, table)) < wanted:
        if time.monotonic() > deadline:
            raise SystemExit(f"{stored} of {wanted} spans are there after {PATIENCE} s")
        time.sleep(0.05)


def _count(database: Path, table: str) -> int:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=60)) as opened:
        return int(opened.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608


@contextmanager
def phoenix(python: str, folder: Path) -> Iterator[str]:
    """Serve the peer with its own defaults; yield its address."""
    port = free_port()
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("DJANGO", "PYTHON"))},
        "PHOENIX_WORKING_DIR": str(folder), "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_PORT": str(port), "PHOENIX_GRPC_PORT": str(free_port()),
        "PHOENIX_TELEMETRY_ENABLED": "false",
    }  # fmt: skip
    command = [python, "-m", "phoenix.server.main", "serve"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
    try:
        _wait(f"http://127.0.0.1:{port}/healthz", process, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with NO_PROXY.open(url, timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"arize-phoenix did not start:\n{log.read_text()[-3000:]}")


def python_of_peer(folder: Path) -> str:
    """Return a Python that has the peer; nothing where it cannot be installed."""
    if given := os.environ.get("PHOENIX_PYTHON"):
        return given
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PEER]
    return python if subprocess.run(install, check=False).returncode == 0 else ""


def main() -> None:
    """Measure both, one after the other."""
    count = int(sys.argv[1]) if sys.argv[1:] else SPANS
    with tempfile.TemporaryDirectory(prefix="perf-phoenix-") as place:
        python = python_of_peer(Path(place) / "peer")
        if not python:
            say("arize-phoenix: not run, it cannot be installed here")
            return
        folder = Path(place) / "phoenix"
        folder.mkdir()
        with phoenix(python, folder) as address:
            theirs = rate(f"{address}/v1/traces", folder / "phoenix.db", "spans", count, HEADERS)
        with serving(Path(place) / "ours") as live:
            headers = HEADERS | {"Authorization": f"Bearer {live.secret}"}
            ours = rate(f"{live.address}/v1/traces", live.data / "db.sqlite3", "telemetry_event",
                        count, headers)  # fmt: skip
    say(f"{count} OTLP spans over HTTP to SQLite, {SIZE} in a batch, one client")
    say(f"  {PEER:24}{theirs:10,.0f} spans/s")
    say(f"  {'ours, sanitised':24}{ours:10,.0f} spans/s {ours / theirs:6.2f} x")


if __name__ == "__main__":
    main()
