"""What does a tool's upstream look like to a test? A small real one on the loopback."""

import json
import tempfile
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

from gateway.calls import Caller, Upstream
from gateway.journal import Journal
from gateway.pacing import Clock
from gateway.settings import Agent, Settings, Task, Tool

Reply = tuple[int, float]


class FakeUpstream:
    """Answer the n-th try with the n-th reply (status, seconds), the last one forever."""

    def __init__(self, *replies: Reply) -> None:
        self.tries = 0
        upstream = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                status, pause = replies[min(upstream.tries, len(replies) - 1)]
                upstream.tries += 1
                time.sleep(pause)
                if status == 0:
                    return
                content = json.dumps({"error": "no"} if status != 200 else {"ok": True}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]

    def __enter__(self) -> "FakeUpstream":
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.server.shutdown()
        self.server.server_close()


def settings(**changes: Any) -> Settings:
    """Build settings with one tool, one task and one agent."""
    fields = {"timeout_ms": 2000, "retries": 0, "backoff_ms": 0, "max_calls_per_second": 50}
    tool = Tool("search", "http", "/search", **(fields | changes))
    task = Task("digest", "/digest", 1000, 2000, changes.get("retries", 0), 0)
    agent = Agent("planner", "plans", 1, 0, {"search": 1})
    return Settings({"search": tool}, {"digest": task}, {"planner": agent}, ("127.0.0.1",))


def with_caller(
    replies: tuple[Reply, ...], changes: dict[str, Any], use: Callable[[Caller, Path], None]
) -> int:
    """Run `use` with a caller whose upstream gives these replies; count its tries."""
    with FakeUpstream(*replies) as upstream, tempfile.TemporaryDirectory() as folder:
        where = Upstream("127.0.0.1", upstream.server.server_port, {})
        journal = Journal(Path(folder))
        use(Caller(settings(**changes), where, journal, Clock()), Path(folder))
        journal.close()
        return upstream.tries
