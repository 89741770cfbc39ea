"""How is an address of a target asked, without being led elsewhere or kept waiting?"""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

from ports.addresses import is_loopback, private
from ports.deployer import PermanentError, TemporaryError

SECONDS = 10.0
LONGEST = 65_536  # bytes of an answer that are read; nobody needs more of it


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    text: str


@dataclass(frozen=True)
class Request:
    """One thing to ask."""

    method: str
    address: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


def check(address: str) -> str:
    """Return an address that may be asked; raise ValueError for one that may not be."""
    if not address:
        raise ValueError("there is no address")
    return private(address)


def ask(request: Request, *, seconds: float = SECONDS, allowed: Collection[str] = ()) -> Answer:
    """Ask once, and follow nothing; raise TemporaryError when no answer came.

    A name that leads to a private network is refused, except for the hosts that are allowed: what
    stands in a repository must not choose whom this machine talks to. PermanentError says so.
    """
    try:
        check(request.address)
    except ValueError as error:
        raise PermanentError(f"{request.address!r} is not asked: {error}") from error
    late = threading.Event()
    try:
        with _connection(request.address, seconds, allowed, late) as connection:
            path = urlsplit(request.address).path or "/"
            connection.request(request.method, path, request.body, dict(request.headers))
            answer = connection.getresponse()
            text = answer.read(LONGEST)
            if late.is_set():  # what was hung up on looks like an answer that ended early
                raise TimeoutError
    except (OSError, http.client.HTTPException) as error:
        if late.is_set() or isinstance(error, TimeoutError):
            raise TemporaryError(f"it did not answer within {seconds:g} seconds") from error
        raise TemporaryError(f"it did not answer: {_words(error)}") from error
    return Answer(answer.status, text.decode("utf-8", "replace"))


@contextmanager
def _connection(
    address: str, seconds: float, allowed: Collection[str], late: threading.Event
) -> Iterator[http.client.HTTPConnection]:
    parts = urlsplit(address)
    secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if secure else 80)
    connected = _connected(_places(address, host, port, allowed), seconds)
    # The time-out is one per read: an answer that trickles in would never end without this.
    held = [connected]
    timer = threading.Timer(seconds, _hang_up, [held, late])
    timer.daemon = True
    timer.start()
    connection = http.client.HTTPConnection(host, port, timeout=seconds)
    try:
        if secure:
            held[0] = wrapped = _trusted().wrap_socket(
                connected, server_hostname=host, do_handshake_on_connect=False
            )
            wrapped.do_handshake()
        connection.sock = held[0]
        yield connection
    finally:
        timer.cancel()
        connection.close()
        held[0].close()


def _places(
    address: str, host: str, port: int, allowed: Collection[str]
) -> Sequence[tuple[socket.AddressFamily, tuple[str, int]]]:
    """Resolve a name once: what was judged is what is connected to."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    places = [(family, (str(where[0]), port)) for family, _, _, _, where in found]
    if not is_loopback(address) and host not in allowed:
        for _, (place, _) in places:
            if not is_public(place):
                raise PermanentError(
                    f"{host} leads to {place}, which is not public: put {host} into"
                    " delivery.private_hosts if it is meant"
                )
    return places


def is_public(place: str) -> bool:
    """Tell whether an address is one of the open Internet."""
    found = ipaddress.ip_address(place.partition("%")[0])
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return (inner or found).is_global and not found.is_multicast


def _connected(
    places: Sequence[tuple[socket.AddressFamily, tuple[str, int]]], seconds: float
) -> socket.socket:
    trouble: OSError = OSError("its name leads nowhere")
    for _, place in places:
        try:
            return socket.create_connection(place, timeout=seconds)
        except OSError as error:
            trouble = error
    raise trouble


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


def _hang_up(held: list[socket.socket], late: threading.Event) -> None:
    late.set()
    try:
        held[0].shutdown(socket.SHUT_RDWR)
    except OSError:  # it had just ended by itself
        return


def _words(error: Exception) -> str:
    told = error.strerror if isinstance(error, OSError) else str(error)
    return told or type(error).__name__
