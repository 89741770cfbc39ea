"""How does a conversation end at a moment, also when the other side trickles?"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Late:
    """Say whether the time was up."""

    def __init__(self) -> None:
        self._past = threading.Event()

    def __bool__(self) -> bool:
        return self._past.is_set()

    def hang_up(self, connected: socket.socket) -> None:
        """End the conversation, whatever is being waited for."""
        self._past.set()
        try:
            connected.shutdown(socket.SHUT_RDWR)
        except OSError:  # it had just ended by itself
            return


@contextmanager
def hanging_up(connected: socket.socket, seconds: float, late: Late) -> Iterator[None]:
    """Hang up after so many seconds: a time-out of a socket is one per read."""
    timer = threading.Timer(seconds, late.hang_up, [connected])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
