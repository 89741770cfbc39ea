"""A GitHub on loopback: real requests, real git behind it, and troubles on demand."""

import json
import socket
import struct
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.ports.github.hub import Hub, Refused
from tests.ports.github.published import description
from tests.ports.github.talk_routes import ROUTES

TOKEN = "github_pat_" + "t0k3n" * 8
Reply = tuple[int, Any, dict[str, str]]


@dataclass
class Trouble:
    """What goes wrong with the next request that fits; `after`: once it has had its effect."""

    kind: str
    method: str = ""
    path: str = ""
    after: bool = False
    behind: str = ""  # not before a request of this method has come
    status: int = 502
    headers: dict[str, str] = field(default_factory=dict)
    content: Any = None

    def fits(self, method: str, path: str) -> bool:
        """Tell whether this request meets it."""
        return self.method in ("", method) and self.path in path


class GitHub(ThreadingHTTPServer):
    """Serve one repository, and note what was asked and what was not as described."""

    daemon_threads = True

    def __init__(self, hub: Hub) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.hub = hub
        self.tokens = {TOKEN}
        self.troubles: deque[Trouble] = deque()
        self.asked: list[tuple[str, str]] = []
        self.wrong: list[str] = []
        self.most_on_a_page = 100
        self.installation_tokens = 0
        self.token_lasts = "2099-01-01T00:00:00Z"
        self.changed: Callable[[Any], Any] = lambda content: content

    @property
    def address(self) -> str:
        """Return the root of the API."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> "GitHub":
        """Begin to serve."""
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.shutdown()
        self.server_close()

    def count(self, method: str, ending: str = "") -> int:
        """Count the requests of a kind that came."""
        return sum(one == method and path.endswith(ending) for one, path in self.asked)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up, as some tests make them; note a defect of ours."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            self.wrong.append(traceback.format_exc())


class _Talk(BaseHTTPRequestHandler):
    server: GitHub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        """Answer."""
        self._answer()

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = unquote(urlsplit(self.path).path)
        with self.server.hub.lock:
            self.server.asked.append((self.command, path))
            trouble = self._met(path)
            if trouble and not trouble.after:
                self._go_wrong(trouble)
                return
            if path != "/graphql":  # another door, which has its own description
                self.server.wrong += description.wrong_request(self.command, self.path, body)
            status, content, headers = self._reply(path, body)
        self.server.wrong += description.wrong_answer(self.command, self.path, status, content)
        if trouble:
            self._go_wrong(trouble)
            return
        told = json.dumps(self.server.changed(content)).encode()
        self._write(status, b"" if status == 204 else told, headers)

    def _met(self, path: str) -> Trouble | None:
        for trouble in self.server.troubles:
            came = not trouble.behind or self.server.count(trouble.behind)
            if came and trouble.fits(self.command, path):
                self.server.troubles.remove(trouble)
                return trouble
        return None

    def _reply(self, path: str, body: bytes) -> Reply:
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if path.endswith(("/installation", "/access_tokens")):
            if given.count(".") != 2:
                return 401, {"message": "A JSON web token could not be decoded"}, {}
        elif given not in self.server.tokens:
            return 401, {"message": "Bad credentials"}, {}
        query = dict(parse_qsl(urlsplit(self.path).query))
        for method, pattern, answer in ROUTES:
            if method == self.command and (hit := pattern.fullmatch(path)):
                wanted = json.loads(body) if body else {}
                try:
                    found = answer(self.server, *hit.groups(), wanted=wanted, query=query)
                except Refused as refused:
                    return refused.status, refused.content, {}
                status = {"POST": 201, "DELETE": 204}.get(method, 200)
                return self._paged(status, found, query)
        return 404, {"message": "Not Found"}, {}

    def _paged(self, status: int, content: Any, query: dict[str, str]) -> Reply:
        listing = content or {}
        inner = next((k for k in ("check_runs", "statuses") if k in listing), "")
        items = content[inner] if inner else content
        if not isinstance(items, list) or self.command != "GET":
            return status, content, {}
        size = min(int(query.get("per_page", 30)), self.server.most_on_a_page)
        page = int(query.get("page", 1))
        shown = items[(page - 1) * size : page * size]
        headers = {}
        if len(items) > page * size:
            address = f"{self.server.address}{urlsplit(self.path).path}"
            rest = "&".join(f"{k}={v}" for k, v in query.items() if k != "page")
            first, following = f"{address}?{rest}&page=1", f"{address}?{rest}&page={page + 1}"
            headers["Link"] = f'<{first}>; rel="first", <{following}>; rel="next"'
        return status, {**content, inner: shown} if inner else shown, headers

    def _go_wrong(self, trouble: Trouble) -> None:
        if trouble.kind == "status":
            content = {} if trouble.content is None else trouble.content
            self._write(trouble.status, json.dumps(content).encode(), trouble.headers)
        elif trouble.kind == "html":
            kind = {"Content-Type": "text/html", **trouble.headers}
            self._write(trouble.status, b"<html>Unicorn!</html>", kind)
        elif trouble.kind == "half":
            self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{"number": 1')
            self.close_connection = True
        elif trouble.kind == "slow":
            self._trickle()
        else:
            linger = struct.pack("ii", 1, 0)  # the kernel sends a reset instead of an end
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
            self.close_connection = True

    def _trickle(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
        try:
            for _ in range(200):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            self.close_connection = True

    def _write(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        kind = {"Content-Type": "application/json; charset=utf-8", **headers}
        for name, value in {**kind, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
