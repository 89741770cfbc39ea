"""Is only that asked which may be, once, and never waited for longer than it may take?"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ports.deployer import PermanentError, TemporaryError
from ports.deployer.asked import Request, ask, check, is_public


@contextmanager
def saying(
    *parts: bytes, pause: float = 0.0, with_body: bool = False
) -> Iterator[tuple[str, list[bytes]]]:
    """Listen on loopback, read one request, say the parts."""
    heard: list[bytes] = []
    over = threading.Event()

    def serve() -> None:
        connected, _ = server.accept()
        with connected:
            heard.append(b"")
            end = b"}" if with_body else b"\r\n\r\n"
            while not heard[0].endswith(end) and (more := connected.recv(65536)):
                heard[0] += more
            try:
                for part in parts:
                    connected.sendall(part)
                    over.wait(pause)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/hook/", heard
        over.set()
        thread.join()


OK = b"HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\ntaken"


def test_what_is_sent_arrives_to_the_letter() -> None:
    with saying(OK, with_body=True) as (address, heard):
        answer = ask(Request("POST", address, {"webhook-id": "1"}, b'{"a":1}'))
    assert (answer.status, answer.text) == (202, "taken")
    assert heard[0].startswith(b"POST /hook/ HTTP/1.1\r\n")
    assert b"webhook-id: 1\r\n" in heard[0]
    assert heard[0].endswith(b'\r\n\r\n{"a":1}')


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    moved = b"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with saying(moved) as (address, _):
        assert ask(Request("GET", address)).status == 307


def test_no_more_of_an_answer_is_read_than_anybody_needs() -> None:
    vast = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n" + b"x" * 200_000
    with saying(vast) as (address, _):
        assert len(ask(Request("GET", address)).text) == 65_536


@pytest.mark.parametrize("parts", [(), (b"HTTP/1.1 200 OK\r\n", *(b"X: y\r\n",) * 40)])
def test_what_trickles_in_is_given_up(parts: tuple[bytes, ...]) -> None:
    late = pytest.raises(TemporaryError, match=r"within 0\.5 seconds|did not answer")
    with saying(*parts, pause=0.2) as (address, _), late:
        ask(Request("GET", address), seconds=0.5)


def test_what_is_no_http_is_no_answer() -> None:
    with saying(b"SSH-2.0-Greetings\r\n") as (address, _), pytest.raises(TemporaryError):
        ask(Request("GET", address))


def test_nobody_there_is_no_answer() -> None:
    with pytest.raises(TemporaryError, match="did not answer"):
        ask(Request("GET", "http://127.0.0.1:9/"))


def test_a_plain_server_does_not_pass_for_a_secure_one() -> None:
    with saying(OK) as (address, _), pytest.raises(TemporaryError, match="did not answer"):
        ask(Request("GET", address.replace("http:", "https:")), seconds=5)


@pytest.mark.parametrize(
    "address",
    [
        *("", "deploy.example.org", "ftp://deploy.example.org/", "http://deploy.example.org/"),
        *("https://user:secret@deploy.example.org/", "https://deploy.example.org/?token=1"),
        *("https://deploy.example.org:0/", "file:///etc/passwd", "https://a.example/ b"),
        "https://deploy.example.org\\@127.0.0.1/",
    ],
)
def test_other_addresses_are_not_asked(address: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        check(address)
    with pytest.raises(PermanentError, match="not asked"):
        ask(Request("GET", address))


@pytest.mark.parametrize("host", ["10.0.0.7", "192.168.1.1", "169.254.169.254", "[fd00::1]"])
def test_a_private_network_is_not_asked(host: str) -> None:
    with pytest.raises(PermanentError, match=r"not public.+delivery\.private_hosts"):
        ask(Request("GET", f"https://{host}/"))


def test_a_name_that_leads_to_this_machine_is_not_asked_unless_it_is_meant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with saying(b"no TLS here") as (address, _):
        port = int(address.split(":")[2].split("/")[0])
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        with pytest.raises(PermanentError, match=r"leads to 127\.0\.0\.1"):
            ask(Request("GET", f"https://deploy.example.org:{port}/"))
        asked = Request("GET", f"https://deploy.example.org:{port}/")
        with pytest.raises(TemporaryError):  # it was asked, and had no certificate to show
            ask(asked, seconds=2, allowed={"deploy.example.org"})


def test_one_private_place_among_public_ones_is_one_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    places = ["93.184.215.14", "10.0.0.1"]
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, 443)) for place in places]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(PermanentError, match=r"leads to 10\.0\.0\.1"):
        ask(Request("GET", "https://deploy.example.org/"))


@pytest.mark.parametrize(
    ("place", "public"),
    [
        *(("93.184.215.14", True), ("2606:4700::1111", True), ("::ffff:93.184.215.14", True)),
        *(("127.0.0.1", False), ("::1", False), ("0.0.0.7", False), ("100.64.0.1", False)),
        *(("::ffff:10.0.0.1", False), ("fe80::1%eth0", False), ("224.0.0.1", False)),
        ("2002:0a00:0001::", False),
    ],
)
def test_which_places_are_public(place: str, public: bool) -> None:
    assert is_public(place) is public
