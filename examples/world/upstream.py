"""How do the upstreams behave? One slow, two limited, one dropping first tries, the rest well."""

import json
import random
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from .fakes import Secrets

Answer = tuple[int, dict[str, Any]]
NO_ANSWER: Answer = (0, {})
PATHS = ("/search", "/ledger", "/mail", "/digest", "/calendar", "/memory", "/cache", "/token")


@dataclass
class Limit:
    """Allow some calls per second, with a small reserve; who exceeds it is shut out a while."""

    per_second: float
    reserve: float
    shut_out_seconds: float = 0.0
    left: float = 0.0
    seen: float = 0.0
    shut_until: float = 0.0

    def allows(self, now: float) -> bool:
        """Take one call out of the allowance, if there is one."""
        if now < self.shut_until:
            return False
        self.left = min(self.reserve, self.left + (now - self.seen) * self.per_second)
        self.seen = now
        if self.left < 1:
            self.shut_until = now + self.shut_out_seconds
            return False
        self.left -= 1
        return True


class Upstreams(ThreadingHTTPServer):
    """Listen on the loopback as all upstreams at once, one path each."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, secrets: Secrets, seed: int, scale: float) -> None:
        super().__init__(("127.0.0.1", 0), Door)
        self.secrets = secrets
        self.scale = scale
        self.random = random.Random(seed)
        self.limits = {
            "/ledger": Limit(per_second=5, reserve=3, shut_out_seconds=2),
            "/mail": Limit(per_second=1.5, reserve=2),
        }
        self.dropped: set[str] = set()
        self.lock = threading.Lock()

    def decide(self, path: str, session: str) -> tuple[float, Answer]:
        """Say how many milliseconds a call takes and how it ends."""
        with self.lock:
            if path in self.limits:
                return self._limited(path)
            if path == "/search":
                return self._search()
            if path == "/digest":
                return self._digest(session)
            return self._well()

    def _search(self) -> tuple[float, Answer]:
        if self.random.random() < 0.2:
            return self.random.uniform(110, 260), (200, {"results": 10, "cached": True})
        return self.random.uniform(450, 620), (200, {"results": 10, "cached": False})

    def _limited(self, path: str) -> tuple[float, Answer]:
        limit = self.limits[path]
        if limit.allows(time.monotonic() * self.scale):
            return self.random.uniform(50, 110), (200, {"accepted": True})
        who = {"/ledger": f"key {self.secrets.cloud_key}", "/mail": f"<{self.secrets.email}>"}[
            path
        ]
        text = f"rate limit of {limit.per_second:g} calls per second exceeded"
        if self.random.random() < 0.3:
            text += f" for {who} from {self.secrets.address}:51413"
        return self.random.uniform(8, 20), (429, {"error": text})

    def _digest(self, session: str) -> tuple[float, Answer]:
        if session not in self.dropped and self.random.random() < 0.5:
            self.dropped.add(session)
            return self.random.uniform(20, 60), NO_ANSWER
        return self.random.uniform(150, 300), (200, {"mailed": 1})

    def _well(self) -> tuple[float, Answer]:
        if self.random.random() < 0.01:
            error = f"backend {self.secrets.address} said: try again later"
            return self.random.uniform(30, 90), (503, {"error": error})
        return self.random.uniform(30, 90), (200, {"done": True})

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when a caller gave up waiting: that is the story."""


class Door(BaseHTTPRequestHandler):
    """Answer one call."""

    def do_POST(self) -> None:
        """Wait as long as the upstream would, then answer."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        upstreams = cast(Upstreams, self.server)
        if self.path not in PATHS:
            self._answer(404, {"error": "no such upstream"})
            return
        took, (status, answer) = upstreams.decide(self.path, self.headers.get("X-Session", ""))
        time.sleep(took / 1000 / upstreams.scale)
        if status:
            self._answer(status, answer)

    def _answer(self, status: int, answer: dict[str, Any]) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        if status == 429:
            self.send_header("Retry-After", "2")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: the gateway's logs are the ones that count."""
