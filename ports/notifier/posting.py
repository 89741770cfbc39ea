"""How is something posted to an address of the web, to that address and no other?"""

import http.client
import re
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from ports.addresses import is_loopback
from ports.notifier import NotSent
from ports.notifier.deadlines import Late, hanging_up

SECONDS = 10.0
LONGEST = 4_096  # bytes of an answer that are read
_ADDRESS = re.compile(r"https?://[^/\s?#@\\]+(/[^\s?#@\\]*)?(\?[^\s#@\\]*)?")


@dataclass(frozen=True)
class Answer:
    """Hold what came back."""

    status: int
    text: str
    again_seconds: float


def allowed(given: str) -> str:
    """Return an address that may be posted to; raise ValueError, which does not repeat it."""
    if not (given.isascii() and _ADDRESS.fullmatch(given)):
        raise ValueError("write https://, a host, and a path or a query of ASCII signs")
    found = urlsplit(given)
    try:
        port = found.port
    except ValueError:
        raise ValueError("its port is no number up to 65535") from None
    if port == 0:
        raise ValueError("there is no port 0")
    if found.scheme == "http" and not is_loopback(given):
        raise ValueError("only this machine may be told without encryption: write https://")
    return given


def post(
    address: str, body: bytes, headers: Mapping[str, str], *, seconds: float = SECONDS
) -> Answer:
    """Post once and return the answer; raise NotSent when there is none. Follow nothing."""
    place, late, sent = urlsplit(allowed(address)), Late(), False
    connection = _connection(place.scheme, place.hostname or "", place.port, seconds)
    try:
        with hanging_up(lambda: connection.sock, seconds, late):
            connection.connect()
            path = f"{place.path or '/'}{'?' if place.query else ''}{place.query}"
            connection.request("POST", path, body, dict(headers))
            sent = True
            answer = connection.getresponse()
            text = answer.read(LONGEST).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        raise NotSent(_words(error, late, seconds), unsure=sent) from error
    finally:
        connection.close()
    return Answer(answer.status, text, _pause(answer.getheader("Retry-After", ""), time.time()))


def refused(answer: Answer) -> NotSent:
    """Say what an answer that is no success means."""
    if 300 <= answer.status < 400:
        return NotSent(f"it answered {answer.status}, a redirect, and no other place is told")
    said = " ".join(answer.text.split())[:200]
    words = f"it answered {answer.status}{f': {said}' if said else ''}"
    return NotSent(words, again_seconds=answer.again_seconds)


def _connection(
    scheme: str, host: str, port: int | None, seconds: float
) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    return kind(host, port, timeout=seconds)


def _words(error: Exception, late: Late, seconds: float) -> str:
    if late or isinstance(error, TimeoutError):
        return f"it did not answer within {seconds:g} seconds"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate does not hold: {error.verify_message}"
    told = error.strerror if isinstance(error, OSError) else str(error)
    return f"it did not answer: {told or type(error).__name__}"


def _pause(given: str, now: float) -> float:
    """Return how many seconds it asks for, or until when; nothing where it makes no sense."""
    if given.isascii() and given.isdigit() and len(given) < 7:
        return float(given)
    try:
        return max(0.0, parsedate_to_datetime(given).timestamp() - now)
    except (ValueError, OverflowError):
        return 0.0
