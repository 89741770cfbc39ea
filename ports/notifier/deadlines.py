"""How does a conversation end at a moment, also when the other side trickles?"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

AGAIN_SECONDS = 0.5  # it may have connected, or changed to a cipher, just when the time was up

Connected = Callable[[], socket.socket | None]


class Late:
    """Say whether the time was up."""

    def __init__(self) -> None:
        self._past = threading.Event()

    def __bool__(self) -> bool:
        return self._past.is_set()

    def hang_up(self, connected: Connected) -> None:
        """End the conversation, whatever is being waited for."""
        self._past.set()
        found = connected()
        if found is None:
            return
        try:
            found.shutdown(socket.SHUT_RDWR)
        except OSError:  # it had just ended by itself, or goes on by another one
            return


@contextmanager
def hanging_up(connected: Connected, seconds: float, late: Late) -> Iterator[None]:
    """Hang up after so many seconds: a time-out of a socket is one per read.

    The socket is asked for when the time is up: a cipher that begins later brings another one.
    """
    ended = threading.Event()

    def watch() -> None:
        pause = seconds
        while not ended.wait(pause):
            late.hang_up(connected)
            pause = AGAIN_SECONDS

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        ended.set()
