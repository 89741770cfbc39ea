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
        late = threading.Event()
        try:
            with self._connection(late) as connection:
                path = f"{self._address.path.rstrip('/')}/add-checkpoint"
                connection.request("POST", path, body, {"Content-Type": "text/plain"})
                answer = connection.getresponse()
                text = _whole(answer)
        except (OSError, http.client.HTTPException) as error:
            if late.is_set() or isinstance(error, TimeoutError):
                words = f"it did not answer within {self._seconds:g} seconds"
            else:
                words = f"it did not answer: {_words(error)}"
            raise TemporaryError(words) from error
        kind = answer.getheader("Content-Type", "").partition(";")[0].strip().lower()
        return Answer(answer.status, kind, text.decode("utf-8", "replace"))

    @contextmanager
    def _connection(self, late: threading.Event) -> Iterator[http.client.HTTPConnection]:
        secure = self._address.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(self._address.hostname or "", self._address.port, timeout=self._seconds)
        connection.connect()
        # The time-out is one per read: an answer that trickles in would never end without this.
        timer = threading.Timer(self._seconds, _hang_up, [connection.sock, late])
        timer.start()
        try:
            yield connection
        finally:
            timer.cancel()
            connection.close()


def _whole(answer: http.client.HTTPResponse) -> bytes:
    text = answer.read(LONGEST + 1)
    if len(text) > LONGEST:
        raise TemporaryError(f"it answered with more than {LONGEST} bytes")
    if answer.length:  # a read of so many bytes does not raise when the rest never comes
        raise http.client.IncompleteRead(text, answer.length)
    return text


def _hang_up(connected: socket.socket, late: threading.Event) -> None:
    late.set()
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:  # it had just ended by itself
        return


def _words(error: Exception) -> str:
    told = error.strerror if isinstance(error, OSError) else str(error)
    return told or type(error).__name__
