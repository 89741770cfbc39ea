"""How does the stand-in listen, play its script and keep what it was asked?"""

import contextlib
import json
import os
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ports.agentcore.standin import calls
from ports.agentcore.standin.answers import Account
from ports.agentcore.standin.calls import Call
from ports.llm.standin import authored, catalogue, checks, routes
from ports.llm.standin.routes import Refused, Route
from ports.llm.standin.steps import Step, error_body, failure

LOOPBACK = "127.0.0.1"
LARGEST_REQUEST = 32_000_000  # bytes, as the real service has it
KEPT_REQUESTS = 1000
SILENCE_SECONDS = 60
BEFORE_A_RESET = 0.05  # what was sent before gets through

Answering = Callable[[Mapping[str, Any]], Step]


@dataclass(frozen=True)
class Asked:
    """Keep one request: never the key, only how it was shown."""

    at: float
    path: str
    scheme: str
    body: Mapping[str, Any]
    status: int


def authored_step(sent: Mapping[str, Any]) -> Step:
    """Answer as each role expects it, without a language model."""
    return Step(text=authored.answer(sent))


def ended_step(sent: Mapping[str, Any]) -> Step:
    """Say that the script has no more answers."""
    return failure(500, message="the script has ended")


@dataclass
class StandIn:
    """Hold the script, where it is served, and what was asked.

    `heard` is called for each request, in the thread that answers it.
    """

    steps: deque[Step]
    counting: deque[Step]
    services: deque[Step] = field(default_factory=deque)
    account: Account = field(default_factory=Account)
    otherwise: Answering = ended_step
    address: str = ""
    asked: deque[Asked] = field(default_factory=lambda: deque(maxlen=KEPT_REQUESTS))
    received: int = 0
    heard: Callable[[Asked], None] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def requests(self) -> list[Mapping[str, Any]]:
        """Return the bodies that were sent, in order."""
        return [one.body for one in self.asked]

    def number(self) -> int:
        """Give the next request its number."""
        with self._lock:
            self.received += 1
            return self.received

    def keep(self, asked: Asked) -> None:
        """Remember a request, and tell of it."""
        self.asked.append(asked)
        if self.heard:
            self.heard(asked)

    def step(self, route: Route) -> Step:
        """Choose what becomes of a question that the real service would take."""
        steps = self.counting if route.counting else self.steps
        with self._lock:
            step = steps.popleft() if steps else Step(authored=True)
        if not step.authored:
            return step
        said = routes.counted(route) if route.counting else self.otherwise(route.sent)
        return replace(said, delay=step.delay, pause=step.pause)

    def served(self, call: Call, sent: Mapping[str, Any]) -> Step:
        """Choose what becomes of a call of AgentCore that the real service would take."""
        with self._lock:
            step = self.services.popleft() if self.services else Step(authored=True)
        if not step.authored:
            return step
        said = routes.of_agentcore(self.account.answer(call.name, sent), call)
        return replace(said, delay=step.delay, pause=step.pause)


@contextmanager
def serving(
    steps: Iterable[Step] = (),
    *,
    counting: Iterable[Step] = (),
    services: Iterable[Step] = (),
    account: Account | None = None,
    otherwise: Answering = ended_step,
    heard: Callable[[Asked], None] | None = None,
    port: int = 0,
) -> Iterator[StandIn]:
    """Serve on loopback until the block ends; port 0 takes a free one.

    Raises OSError when the port is taken.
    """
    checks.judges()  # the first request does not wait for the SDK,
    calls.known()  # nor for the descriptions of AWS
    played = StandIn(
        *(deque(steps), deque(counting), deque(services), account or Account(), otherwise),
        heard=heard,
    )
    server = _Server((LOOPBACK, port), _player(played))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    played.address = f"http://{LOOPBACK}:{server.server_address[1]}"
    try:
        yield played
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128  # many may ask at once


def _player(played: StandIn) -> type[BaseHTTPRequestHandler]:
    class Player(_Player):
        stand_in = played

    return Player


class _Player(BaseHTTPRequestHandler):
    stand_in: StandIn
    protocol_version = "HTTP/1.1"
    server_version = "selfimprove-stand-in"
    timeout = SILENCE_SECONDS

    def do_GET(self) -> None:
        """Answer the list of models, or one of AgentCore's."""
        if call := calls.find("GET", self.path):
            self._serve(call)
            return
        prefix = "/v1/models/"
        if self.path.partition("?")[0] == "/v1/models":
            found: Mapping[str, Any] | None = catalogue.listing()
        else:
            names = {f"{prefix}{one.id}": one for one in catalogue.MODELS}
            known = names.get(self.path)
            found = catalogue.describe(known) if known else None
        step = (
            Step(body=json.dumps(found).encode()) if found else failure(404, message="Not found")
        )
        self._answer(step, self.stand_in.number(), {})

    def do_POST(self) -> None:
        """Check the request as the real service would, then play the next step."""
        if call := calls.find("POST", self.path):
            self._serve(call)
            return
        number = self.stand_in.number()
        raw = self._body(number)
        if raw is None:
            return
        path = self.path.partition("?")[0]
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            route = routes.read(path, headers, raw)
            step = routes.written(self.stand_in.step(route), route, number)
            self._answer(step, number, route.sent)
        except Refused as refused:
            self._answer(routes.refusal(refused, aws=routes.is_aws(path)), number, _shown(raw))

    def do_PUT(self) -> None:
        """Answer the calls of AgentCore that open and end a session."""
        if call := calls.find("PUT", self.path):
            self._serve(call)
        else:
            self._answer(failure(404, message="Not found"), self.stand_in.number(), {})

    def _serve(self, call: Call) -> None:
        """Check a call by the service's description, then play the next step."""
        number = self.stand_in.number()
        raw = self._body(number)
        if raw is None:
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            routes.let_in(headers, aws=True)
            sent = calls.read(call, headers, raw)
        except (Refused, calls.NotTaken) as refused:
            self._answer(routes.refusal(refused, aws=True), number, _shown(raw))
        else:
            self._answer(self.stand_in.served(call, sent), number, calls.shortened(sent))

    def _body(self, number: int) -> bytes | None:
        """Return what was sent; refuse it here where it is too much, or of no known length."""
        nothing = "0" if self.command == "GET" else ""
        length = self.headers.get("content-length", nothing)
        if not length.isdecimal() or int(length) > LARGEST_REQUEST:
            self._answer(failure(413, message="Request exceeds the maximum size"), number, {})
            return None
        return self.rfile.read(int(length))

    def _answer(self, step: Step, number: int, sent: Mapping[str, Any]) -> None:
        scheme = self.headers.get("authorization", "").partition(" ")[0]
        scheme = scheme or ("x-api-key" if self.headers.get("x-api-key") else "")
        kept = Asked(time.monotonic(), self.path, scheme, sent, step.status)
        self.stand_in.keep(kept)
        self.close_connection = True
        time.sleep(step.delay)
        with contextlib.suppress(OSError):  # whoever asked has gone
            if step.events or step.body is not None:
                self._send(step, number)
            elif not step.end:
                self._send(Step(status=500, body=error_body("api_error", "an empty step")), number)
            if step.end == "RESET":
                self._reset()

    def _send(self, step: Step, number: int) -> None:
        kind = "text/event-stream; charset=utf-8" if step.events else "application/json"
        length = step.length
        if length is None and not step.events and not step.end:
            length = len(step.body or b"")
        headers = {
            "content-type": kind,
            "request-id": f"req_standin_{number:06d}",
            "x-amzn-requestid": f"req_standin_{number:06d}",
            "connection": "close",
            **({} if length is None else {"content-length": str(length)}),
            **step.headers,
        }
        self.send_response(step.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        in_chunks = headers.get("transfer-encoding") == "chunked"
        for part in step.events or (step.body or b"",):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part) if in_chunks else part)
            time.sleep(step.pause)
        if in_chunks and not step.end:
            self.wfile.write(b"0\r\n\r\n")

    def _reset(self) -> None:
        time.sleep(BEFORE_A_RESET)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())  # closed as it is, without a farewell

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: the log of requests is kept, and the command prints it."""


def _shown(raw: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
