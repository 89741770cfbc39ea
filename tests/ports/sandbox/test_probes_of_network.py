"""Can a confined command speak with anything outside?"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.ports.sandbox.running import Runner


@contextmanager
def server(
    family: socket.AddressFamily, kind: int, address: str | tuple[str, int]
) -> Iterator[tuple[socket.socket, list[bytes]]]:
    """Serve on this machine and note whatever comes in."""
    heard: list[bytes] = []
    with socket.socket(family, kind) as listening:
        listening.bind(address)
        listening.settimeout(0.2)
        over = threading.Event()

        def listen() -> None:
            while not over.is_set():
                try:
                    heard.append(
                        listening.recv(99)
                        if kind == socket.SOCK_DGRAM
                        else str(listening.accept()).encode()
                    )
                except TimeoutError:
                    continue

        if kind == socket.SOCK_STREAM:
            listening.listen()
        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield listening, heard
        finally:
            over.set()
            thread.join()


def test_a_server_on_our_loopback_is_not_reached(confined: Runner) -> None:
    with server(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)) as (listening, heard):
        script = (
            "import socket\n"
            f"print(socket.socket().connect_ex(('127.0.0.1', {listening.getsockname()[1]})))"
        )
        assert confined.tells(script) != "0"
    assert heard == []


def test_no_packet_reaches_our_loopback(confined: Runner) -> None:
    with server(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)) as (listening, heard):
        script = (
            "import socket\nsocket.socket(type=socket.SOCK_DGRAM).sendto("
            f"b'out', ('127.0.0.1', {listening.getsockname()[1]}))\nprint('sent')"
        )
        assert confined.tells(script) == "sent"
    assert heard == []


def test_an_abstract_socket_is_not_reached(confined: Runner) -> None:
    name = "\0probe-of-a-sandbox"
    with server(socket.AF_UNIX, socket.SOCK_STREAM, name) as (_, heard):
        script = f"import socket; print(socket.socket(socket.AF_UNIX).connect_ex({name!r}))"
        assert confined.tells(script) != "0"
    assert heard == []


@pytest.mark.parametrize("kind", ["SOCK_DGRAM", "SOCK_STREAM"])
def test_there_is_no_way_to_any_other_machine(confined: Runner, kind: str) -> None:
    script = (
        "import os, socket\n"
        f"found = socket.socket(type=socket.{kind}).connect_ex(('192.0.2.1', 53))\n"
        "print(os.strerror(found), [name for _, name in socket.if_nameindex()])"
    )
    assert confined.tells(script) == "Network is unreachable ['lo']"


def test_no_name_is_looked_up(confined: Runner) -> None:
    script = (
        "import socket\ntry:\n    socket.getaddrinfo('example.org', 80)\n"
        "except OSError as error:\n    print('not found')"
    )
    assert confined.tells(script) == "not found"


def test_its_own_loopback_works(confined: Runner) -> None:
    script = (
        "import socket\nserver = socket.create_server(('127.0.0.1', 0))\n"
        "client = socket.create_connection(('localhost', server.getsockname()[1]))\n"
        "server.accept()[0].sendall(b'hello')\nprint(client.recv(9))\n"
        "a, b = socket.socketpair()\na.sendall(b'pair')\nprint(b.recv(9))"
    )
    assert confined.tells(script).split() == ["b'hello'", "b'pair'"]


@pytest.mark.parametrize(
    ("family", "kind"),
    [
        ("AF_ALG", "SOCK_SEQPACKET"),
        ("AF_INET", "SOCK_RAW"),
        ("AF_PACKET", "SOCK_RAW"),
        ("AF_VSOCK", "SOCK_STREAM"),
    ],
)
def test_sockets_that_reach_further_are_refused(confined: Runner, family: str, kind: str) -> None:
    script = (
        f"import socket\ntry:\n    socket.socket(socket.{family}, socket.{kind})\n"
        "except OSError as error:\n    print('refused')"
    )
    assert confined.tells(script) == "refused"


def test_runs_at_the_same_time_do_not_meet(confined: Runner) -> None:
    """Both bind one port and one abstract name, and write one file, each in its own world."""
    script = (
        "import os, socket, time\ns = socket.create_server(('127.0.0.1', 4711))\n"
        "a = socket.socket(socket.AF_UNIX)\na.bind('\\0same')\n"
        "open('/tmp/same', 'x').close()\ntime.sleep(0.3)\n"
        "print(len([n for n in os.listdir('/proc') if n.isdigit()]))"
    )
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(confined.tells(script))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["2", "2", "2"]
