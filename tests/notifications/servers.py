"""Real servers on the loopback: a webhook of any kind, one shaped as Slack's, and mail."""

import base64
import contextlib
import json
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ports.signed import Signed, fault, read_secrets

SHARED = f"whsec_{base64.b64encode(b'shared by a test and us'.ljust(32)).decode()}"


@dataclass
class Hook:
    """Remember what was posted, and misbehave when told to."""

    mood: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    address: str = ""
    secret: str = SHARED  # with which whatever comes has to be signed; empty: with none
    turned_away: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Event = field(default_factory=threading.Event)

    def texts(self) -> str:
        """Return all words that were posted."""
        return "\n".join(str(one.get("text")) for one in self.got)


ANSWERS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "broken": (500, {}, b"<h1>Oops</h1>"),
    "busy": (429, {"Retry-After": "1800"}, b"rate_limited"),
    "gone": (404, {}, b"no_service"),
    "empty": (200, {}, b""),
    "accepted": (202, {}, b""),
}


class Posting(BaseHTTPRequestHandler):
    """Take what is posted, once its signature holds."""

    hook: Hook

    def do_POST(self) -> None:
        hook = self.hook
        body = self.rfile.read(int(self.headers["Content-Length"]))
        hook.paths.append(self.path)
        hook.arrived.set()
        if why := self._strange(body):
            hook.turned_away.append(why)
            self._send(401, {}, why.encode())
            return
        if hook.mood == "silent":
            hook.closing.wait(60)
            return
        if hook.mood == "takes and is silent":
            self._keep(body)
            hook.closing.wait(60)
            return
        if hook.mood == "hangs up":
            self.connection.close()
            return
        if hook.mood.startswith("moved "):
            self._send(307, {"Location": hook.mood[6:]}, b"")
            return
        if hook.mood.startswith("busy "):
            self._send(429, {"Retry-After": hook.mood[5:]}, b"rate_limited")
            return
        if hook.mood in ANSWERS and hook.mood not in ("empty", "accepted"):
            self._send(*ANSWERS[hook.mood])
            return
        self._send(*self._taken(body))

    def _strange(self, body: bytes) -> str:
        """Say why it is none of ours, as its receiver finds out."""
        if not self.hook.secret:
            return ""
        given = Signed.of({name.lower(): value for name, value in self.headers.items()})
        return fault(read_secrets(self.hook.secret), given, body, time.time())

    def do_GET(self) -> None:
        self.hook.paths.append(f"GET {self.path}")
        self._send(200, {}, b"")

    def _taken(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        self._keep(body)
        return ANSWERS.get(self.hook.mood, (200, {}, b"ok"))

    def _keep(self, body: bytes) -> None:
        self.hook.got.append(json.loads(body))
        self.hook.headers.append(dict(self.headers))

    def _send(self, status: int, headers: dict[str, str], text: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(text))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: what is of interest, the tests look at."""


class SlackPosting(Posting):
    """Answer as the documentation of Slack's incoming webhooks says; it verifies nothing."""

    def _strange(self, body: bytes) -> str:
        return ""

    def _taken(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if self.headers["Content-Type"] != "application/json":
            return 400, {}, b"invalid_payload"
        try:
            said = json.loads(body)
        except ValueError:
            return 400, {}, b"invalid_payload"
        if not isinstance(said, dict) or not str(said.get("text", "")).strip():
            return 400, {}, b"no_text"
        if len(said["text"]) > 40_000:
            return 400, {}, b"msg_too_long"
        self._keep(body)
        return 200, {}, b"ok"


@contextmanager
def serving(server: ThreadingHTTPServer | socketserver.ThreadingTCPServer) -> Iterator[None]:
    """Have a server answer beside us, and end it."""
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def webhook(*, slack: bool = False) -> Iterator[Hook]:
    """Serve on a free port of the loopback."""
    hook = Hook()
    kind = type("Handler", (SlackPosting if slack else Posting,), {"hook": hook})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    path = "services/T01/B01/verysecrettoken" if slack else "hook/verysecrettoken?key=one"
    hook.address = f"http://127.0.0.1:{server.server_port}/{path}"
    with serving(server):
        try:
            yield hook
        finally:
            hook.closing.set()


@dataclass
class Post:
    """Remember the mail that came."""

    mood: str = ""
    got: list[EmailMessage] = field(default_factory=list)
    to: list[list[str]] = field(default_factory=list)
    opened_by: list[str] = field(default_factory=list)
    verbs: list[tuple[str, bool]] = field(default_factory=list)  # each, and whether in cipher
    address: str = ""


class Mailing(socketserver.StreamRequestHandler):
    """Speak as much of RFC 5321 as a client needs."""

    post: Post

    def handle(self) -> None:
        self._say("220 mail.example.org ready")
        to: list[str] = []
        while line := self.rfile.readline():
            verb = line.split(b" ")[0].strip().upper().decode()
            if verb == "QUIT":
                self._say("221 bye")
                return
            if verb == "RCPT":
                to.append(line.decode().partition("<")[2].partition(">")[0])
            if verb == "DATA":
                self._take(to)
            else:
                self._say(self._answer(verb, line))

    def _answer(self, verb: str, line: bytes) -> str:
        if self.post.mood == "refuses" and verb == "RCPT":
            return "550 5.1.1 nobody here by that name"
        if self.post.mood == "busy" and verb == "MAIL":
            return "451 4.3.0 try again later"
        if verb == "EHLO":
            return "250-mail.example.org\r\n250-AUTH PLAIN\r\n250 8BITMIME"
        if verb == "AUTH":
            self.post.opened_by.append(line.decode().strip())
            return "235 welcome"
        return "250 fine"

    def _take(self, to: list[str]) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        found = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.post.got.append(found)
        self.post.to.append(to)
        if self.post.mood != "breaks off":
            self._say("250 taken")
        else:
            self.connection.shutdown(socket.SHUT_RDWR)

    def _say(self, line: str) -> None:
        with contextlib.suppress(OSError):  # it broke off
            self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def mail() -> Iterator[Post]:
    """Serve mail on a free port of the loopback."""
    post = Post()
    kind = type("Handler", (Mailing,), {"post": post})
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), kind)
    post.address = f"smtp://127.0.0.1:{server.server_address[1]}"
    with serving(server):
        yield post
