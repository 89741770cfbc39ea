"""What does a provider of the Messages API send, good answers and bad ones?"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Step:
    """Describe one response: its status, headers and raw body."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    stream: bool = True
    cut_connection: bool = False


@dataclass
class Provider:
    """Play a list of steps over loopback and remember each request."""

    steps: list[Step]
    address: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


def event(kind: str, **fields: object) -> bytes:
    """Encode one server-sent event."""
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def answer(text: str, *, stop_reason: str = "end_turn", end: bool = True) -> Step:
    """Describe a streamed answer; without `end` it breaks off in the middle."""
    message: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5-5",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 11, "output_tokens": 1, "cache_read_input_tokens": 7},
    }
    parts = [
        event("message_start", message=message),
        event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        event("ping"),
        event("content_block_delta", index=0, delta={"type": "text_delta", "text": text}),
    ]
    if end:
        parts += [
            event("content_block_stop", index=0),
            event(
                "message_delta",
                delta={"stop_reason": stop_reason, "stop_sequence": None},
                usage={"output_tokens": 5},
            ),
            event("message_stop"),
        ]
    return Step(body=b"".join(parts))


def failure(status: int, kind: str, *, code: str = "", **headers: str) -> Step:
    """Describe an error in the provider's own shape."""
    error: dict[str, Any] = {"type": kind, "message": "no"}
    if code:
        error["details"] = {"error_code": code}
    body = json.dumps({"type": "error", "error": error}).encode()
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Step(status=status, headers=sent, body=body, stream=False)


@contextmanager
def provider(*steps: Step) -> Iterator[Provider]:
    """Serve the steps on a free loopback port until the block ends."""
    played = Provider(steps=list(steps))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _player(played))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    played.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield played
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _player(played: Provider) -> type[BaseHTTPRequestHandler]:
    class Player(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            played.requests.append(json.loads(self.rfile.read(length)))
            played.authorizations.append(self.headers.get("authorization", ""))
            played.paths.append(self.path)
            self._send(played.steps[len(played.requests) - 1])

        def _send(self, step: Step) -> None:
            self.close_connection = True
            if step.cut_connection:
                return
            kind = "text/event-stream" if step.stream else "application/json"
            self.send_response(step.status)
            for name, value in {
                "content-type": kind,
                "request-id": "req_1",
                **step.headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(step.body)

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent: a test's output is its result."""

    return Player
