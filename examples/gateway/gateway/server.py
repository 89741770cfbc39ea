"""What can be asked of the gateway over HTTP?"""

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

from gateway import settings as settings_file
from gateway.auth import NotAllowed
from gateway.calls import Call, Caller
from gateway.outgoing import CallFailed

STATUS = {"timeout": 504, "rate_limited": 429}
PEOPLE_FIELDS = {
    "feedback": ("rating",),
    "user_correction": ("correction_type",),
    "escalation": ("reason_category",),
}
Answer = tuple[int, dict[str, Any]]


class GatewayServer(ThreadingHTTPServer):
    """Listen on the loopback and answer with the settings in force."""

    daemon_threads = False  # closing waits for the calls that still run
    request_queue_size = 64

    def __init__(
        self, port: int, caller: Caller, config: Path, restart: Callable[[], bool]
    ) -> None:
        super().__init__(("127.0.0.1", port), Door)
        self.caller = caller
        self.config = config
        self.restart = restart
        self.loaded_at = time.time()

    def reload(self) -> Answer:
        """Read the settings again; bad ones are refused and the old ones stay in force."""
        try:
            self.caller.settings = settings_file.load(self.config)
        except settings_file.BadSettings as error:
            self.caller.journal.line("ERROR", "gateway", "Settings refused", error=str(error))
            return 422, {"ok": False, "error": str(error)}
        self.loaded_at = time.time()
        self.caller.journal.line("INFO", "gateway", "Settings loaded")
        return 200, {"ok": True, "restarting": self.restart()}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Note a broken connection; callers may leave before their answer."""
        self.caller.journal.line("WARN", "gateway.http", "caller left before the answer")


class Door(BaseHTTPRequestHandler):
    """Answer one request."""

    server_version = "gateway"
    timeout = 5

    @property
    def gateway(self) -> GatewayServer:
        """Tell whose door this is."""
        return cast(GatewayServer, self.server)

    def do_GET(self) -> None:
        """Answer questions."""
        if self.path == "/healthz":
            age = round(time.time() - self.gateway.loaded_at, 1)
            self._answer(200, {"ok": True, "pid": os.getpid(), "settings_age_seconds": age})
        elif self.path == "/agents":
            agents = self.gateway.caller.settings.agents
            self._answer(200, {name: asdict(agent) for name, agent in agents.items()})
        else:
            self._answer(404, {"ok": False, "error": "no such page"})

    def do_POST(self) -> None:
        """Do what is asked."""
        try:
            body = json.loads(
                self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}"
            )
        except ValueError:
            self._answer(400, {"ok": False, "error": "the body is not JSON"})
            return
        if self.path == "/reload":
            self._answer(*self.gateway.reload())
        elif self.path == "/people":
            self._answer(*self._person(body))
        elif self.path.startswith("/tools/"):
            self._answer(*self._tool(self.path.removeprefix("/tools/"), body))
        else:
            self._answer(404, {"ok": False, "error": "no such page"})

    def _tool(self, name: str, body: dict[str, Any]) -> Answer:
        if name not in self.gateway.caller.settings.tools:
            return 404, {"ok": False, "error_code": "unknown_tool", "error": f"no tool {name}"}
        agent, session = str(body.get("agent", "")), str(body.get("session", ""))
        call = Call(agent, name, session, str(body.get("action", "use")), body.get("input") or {})
        try:
            return 200, {"ok": True, "answer": self.gateway.caller.call(call)}
        except NotAllowed as error:
            return 403, {"ok": False, "error_code": "forbidden", "error": str(error)}
        except CallFailed as error:
            answer = {"ok": False, "error_code": error.code, "error": str(error)}
            return STATUS.get(error.code, 502), answer

    def _person(self, body: dict[str, Any]) -> Answer:
        wanted = PEOPLE_FIELDS.get(str(body.get("event_type")))
        if wanted is None:
            return 400, {"ok": False, "error": "event_type is not one that people cause"}
        names = ("event_type", "agent", "session_id", *wanted, "comment")
        self.gateway.caller.journal.audited(**{n: body[n] for n in names if n in body})
        return 200, {"ok": True}

    def _answer(self, status: int, answer: dict[str, Any]) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the access log to one call in ten; the rest says nothing new."""
        if hash(args) % 10 == 0:
            self.gateway.caller.journal.line("DEBUG", "gateway.http", format % args)
