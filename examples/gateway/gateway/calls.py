"""How is a tool called? Pacing, tries and pauses between them, and one outcome in the logs."""

import itertools
import random
import threading
import time
import traceback
from dataclasses import dataclass
from typing import Any

from gateway import auth, outgoing
from gateway.journal import Journal
from gateway.outgoing import CallFailed
from gateway.pacing import Clock, Pacer
from gateway.settings import Settings, Tool


@dataclass(frozen=True)
class Upstream:
    """Say where the tools live and what they want to see as a credential."""

    host: str
    port: int
    credentials: dict[str, str]


@dataclass(frozen=True)
class Call:
    """Hold who asks for what."""

    agent: str
    tool: str
    session: str
    action: str
    payload: dict[str, Any]


class Caller:
    """Call tools under the settings in force."""

    def __init__(
        self, settings: Settings, upstream: Upstream, journal: Journal, clock: Clock
    ) -> None:
        self.settings = settings
        self.upstream = upstream
        self.journal = journal
        self.clock = clock
        self._numbers = itertools.count(1)
        self._boot = f"{time.time_ns() // 1_000_000:x}"[-7:]
        self._pacers: dict[str, Pacer] = {}
        self._lock = threading.Lock()

    def call(self, call: Call) -> dict[str, Any]:
        """Call a tool, log the outcome once, return the answer or raise why there is none."""
        number = f"c-{self._boot}-{next(self._numbers):05d}"
        start = self.clock.now()
        try:
            auth.check(self.settings, call.agent, call.tool)
            answer = self._tries(self.settings.tools[call.tool], call, number)
        except auth.NotAllowed as error:
            self._report(call, number, start, CallFailed("forbidden", str(error)))
            raise
        except CallFailed as error:
            self._report(call, number, start, error)
            raise
        self._report(call, number, start, None)
        return answer

    def send(self, name: str, path: str, session: str, timeout_ms: int) -> dict[str, Any]:
        """Make a single try for a task."""
        return self._try(name, path, session, timeout_ms, {"task": name})

    def _tries(self, tool: Tool, call: Call, number: str) -> dict[str, Any]:
        for left in range(tool.retries, -1, -1):
            try:
                self._wait_for_turn(tool, number)
                return self._try(
                    tool.name, tool.upstream, call.session, tool.timeout_ms, call.payload
                )
            except CallFailed as error:
                if not left:
                    raise
                self.journal.line(
                    "WARN", "gateway.tools", "Trying again", call=number, tool=tool.name,
                    left=left, reason=error.code, pause_ms=tool.backoff_ms,
                )  # fmt: skip
                self.clock.wait(tool.backoff_ms)
        raise AssertionError("a tool is tried at least once")

    def _wait_for_turn(self, tool: Tool, number: str) -> None:
        with self._lock:
            pacer = self._pacers.get(tool.name)
            if pacer is None or pacer.calls_per_second != tool.max_calls_per_second:
                pacer = self._pacers[tool.name] = Pacer(tool.max_calls_per_second)
        pause = pacer.turn(self.clock.now())
        if pause > 0:
            self.journal.line(
                "DEBUG", "gateway.pacing", "waiting for a turn",
                tool=tool.name, call=number, pause_ms=round(pause),
            )  # fmt: skip
        self.clock.wait(pause)

    def _try(
        self, name: str, path: str, session: str, timeout_ms: int, payload: dict[str, Any]
    ) -> dict[str, Any]:
        auth.check_host(self.settings, self.upstream.host)
        credential = self.upstream.credentials.get(name, "")
        request = outgoing.Request(
            self.upstream.host, self.upstream.port, path, session, credential,
            timeout_ms, self.clock.seconds(timeout_ms),
        )  # fmt: skip
        try:
            return outgoing.send(request, payload)
        except CallFailed as error:
            if credential and random.random() < 0.25:
                raise CallFailed(error.code, f"{error} (sent {_dump(request)})") from error
            raise

    def _report(self, call: Call, number: str, start: float, error: CallFailed | None) -> None:
        if error is not None and random.random() < 0.3:
            self.journal.trace("".join(traceback.format_exception(error)))
        fields: dict[str, Any] = {"agent": call.agent, "session": call.session}
        took = round(self.clock.now() - start)
        kind = self.settings.tools[call.tool].kind if call.tool in self.settings.tools else "http"
        if kind == "store":
            entry = {"action": f"{call.tool}.{call.action}", "success": error is None, **fields}
            wrong = {"error_code": error.code, "error": str(error)} if error else {}
            self.journal.audited(**entry, id=number, latency_ms=took, **wrong)
            return
        fields |= {"call": number, "success": error is None, "latency_ms": took}
        if error is not None:
            fields |= {"error_code": error.code, "error": str(error)}
        level = "ERROR" if error else "INFO"
        if kind == "extension":
            self.journal.container_line(
                level, "gateway.extensions", "Extension called", extension=call.tool, **fields
            )
        else:
            self.journal.line(level, "gateway.tools", "Tool execution", tool=call.tool, **fields)


def _dump(request: outgoing.Request) -> str:
    """Write down what was sent. Handy when debugging, and careless: the credential is in it."""
    if "://" in request.credential:
        return f"{request.path} with {request.credential}"
    return f"POST {request.path} Authorization: Bearer {request.credential}"
