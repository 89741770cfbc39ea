"""How is a witness asked over HTTP, without ever waiting for it for long?"""

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from ports.witness import Answer, TemporaryError

SECONDS = 10.0
LONGEST = 65_536  # bytes of an answer: a few signature lines


class HttpWitness:
    """Post to the address that a witness takes submissions at."""

    def __init__(self, address: str, *, seconds: float = SECONDS) -> None:
        self._address = urlsplit(address)
        self._seconds = seconds

    def add_checkpoint(self, body: bytes) -> Answer:
        """Return the answer, whatever its status; raise TemporaryError when there is none."""
        try:
            with self._connection() as connection:
                path = f"{self._address.path.rstrip('/')}/add-checkpoint"
                connection.request("POST", path, body, {"Content-Type": "text/plain"})
                answer = connection.getresponse()
                text = answer.read(LONGEST + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise TemporaryError(self._words(error)) from error
        if len(text) > LONGEST:
            raise TemporaryError(f"it answered with more than {LONGEST} bytes")
        kind = answer.getheader("Content-Type", "").partition(";")[0].strip().lower()
        return Answer(answer.status, kind, text.decode("utf-8", "replace"))

    @contextmanager
    def _connection(self) -> Iterator[http.client.HTTPConnection]:
        secure = self._address.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(self._address.hostname or "", self._address.port, timeout=self._seconds)
        connection.connect()
        # The time-out is one per read: an answer that trickles in would never end without this.
        timer = threading.Timer(self._seconds, _hang_up, [connection.sock])
        timer.start()
        try:
            yield connection
        finally:
            timer.cancel()
            connection.close()

    def _words(self, error: Exception) -> str:
        if isinstance(error, TimeoutError):
            return f"it did not answer within {self._seconds:g} seconds"
        words = error.strerror if isinstance(error, OSError) else str(error)
        return f"it did not answer: {words or type(error).__name__}"


def _hang_up(connected: socket.socket) -> None:
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:  # it had just ended by itself
        return
