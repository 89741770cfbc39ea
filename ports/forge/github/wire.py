"""How is GitHub asked once, so that no answer is waited for longer than is allowed?"""

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from ports.forge import TemporaryError

LONGEST = 32 * 1024 * 1024  # bytes: a page of 100 pull requests with long texts is below 10 MB


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the headers with names in lower case, and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire(Protocol):
    """Sends one request."""

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """Return the answer, whatever its status; raise TemporaryError when there is none."""


class HttpWire:
    """Sends requests over HTTP, each within a limit that holds for the whole of it."""

    def __init__(self, seconds: float = 20.0) -> None:
        self._seconds = seconds

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """Return the answer, whatever its status; raise TemporaryError when there is none."""
        import httpx2  # a page that asks nothing of GitHub does not pay for it

        late = threading.Event()
        try:
            with (
                self._deadline(late) as trace,
                httpx2.Client(timeout=self._seconds, verify=_trusted()) as client,
            ):
                request = client.build_request(
                    method, url, headers=dict(headers), content=body, extensions={"trace": trace}
                )
                # A redirect is not followed: the token would go along to wherever it leads.
                answer = client.send(request, stream=True, follow_redirects=False)
                return Answer(answer.status_code, _lower(answer.headers), _whole(answer))
        except (httpx2.HTTPError, httpx2.StreamError, OSError) as error:
            if late.is_set() or isinstance(error, httpx2.TimeoutException):
                words = f"GitHub did not answer within {self._seconds:g} seconds"
            else:  # the words of the library may hold what was sent: its name is enough
                words = f"GitHub could not be reached, or broke off: {type(error).__name__}"
            raise TemporaryError(words) from error

    @contextmanager
    def _deadline(self, late: threading.Event) -> Iterator[Any]:
        """Hang up when the time is over: the time-out of the library is one for each read."""
        streams: list[Any] = []

        def trace(name: str, told: Mapping[str, Any]) -> None:
            if name.endswith(("connect_tcp.complete", "start_tls.complete")):
                streams.append(told["return_value"])

        def hang_up() -> None:
            late.set()
            for stream in streams:
                _shut(stream)

        timer = threading.Timer(self._seconds, hang_up)
        timer.daemon = True
        timer.start()
        try:
            yield trace
        finally:
            timer.cancel()


@cache
def _trusted() -> ssl.SSLContext:
    """Read the certificates that are trusted once: that takes longer than a request."""
    return ssl.create_default_context()


def _whole(answer: Any) -> bytes:
    parts, length = [], 0
    try:
        for part in answer.iter_bytes():
            length += len(part)
            if length > LONGEST:
                raise TemporaryError(f"GitHub answered with more than {LONGEST} bytes")
            parts.append(part)
    finally:
        answer.close()
    return b"".join(parts)


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _shut(stream: Any) -> None:
    try:
        stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
    except (OSError, AttributeError):  # it had just ended by itself
        return
