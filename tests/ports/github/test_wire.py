"""Is no answer waited for too long, and none read that is too large?"""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from ports.forge import TemporaryError
from ports.forge.github.wire import LONGEST, HttpWire

HEAD = b"HTTP/1.1 200 OK\r\n"


@contextmanager
def answering(act: Callable[[socket.socket], None]) -> Iterator[str]:
    """Let one connection be answered by an act; hang-ups are its own matter."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                try:
                    act(connection)
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        thread.join(30)


def trickling_headers(connection: socket.socket) -> None:
    connection.sendall(HEAD)
    for number in range(600):
        connection.sendall(f"X-{number}: 1\r\n".encode())
        time.sleep(0.05)


def silent(connection: socket.socket) -> None:
    while connection.recv(65_536):
        """Wait until the other side hangs up."""


def endless(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    part = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    for _ in range(LONGEST // 0x100000 + 2):
        connection.sendall(part)


def bomb(connection: socket.socket) -> None:
    packed = gzip.compress(b" " * (LONGEST + 1), 9)
    head = f"Content-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    connection.sendall(HEAD + head + packed)


def junk(connection: socket.socket) -> None:
    connection.sendall(b"\0\1\r\n\r\n")


@pytest.mark.parametrize(
    ("act", "seconds", "words"),
    [
        pytest.param(bomb, 60, "more than 33554432 bytes", id="bomb"),
        pytest.param(endless, 60, "more than 33554432 bytes", id="endless"),
        pytest.param(junk, 60, "could not be reached, or broke off", id="junk"),
        pytest.param(silent, 0.3, "within 0.3 seconds", id="silent"),
        pytest.param(trickling_headers, 0.3, "within 0.3 seconds", id="trickling headers"),
    ],
)
def test_an_answer_that_is_none(
    act: Callable[[socket.socket], None], seconds: float, words: str
) -> None:
    with answering(act) as address, pytest.raises(TemporaryError, match=words):
        HttpWire(seconds).send("GET", address, {}, None)


def test_a_host_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    for scheme in ("http", "https"):
        with pytest.raises(TemporaryError, match="could not be reached"):
            HttpWire(5).send("GET", f"{scheme}://127.0.0.1:{port}/", {}, None)
