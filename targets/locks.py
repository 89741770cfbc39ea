"""Who may work on a clone right now, when one at a time is needed?"""

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ports.stopping import LOOK_SECONDS, heed, is_stoppable

_held = threading.local()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file of a clone; wait for others, pass at once when this thread has it.

    The kernel drops the lock with its holder, so a killed worker blocks nobody.
    """
    depths: dict[Path, int] = _held.__dict__.setdefault("depths", {})
    if depths.get(path):
        depths[path] += 1
        try:
            yield
        finally:
            depths[path] -= 1
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as stream:
        _wait(stream)
        depths[path] = 1
        try:
            yield
        finally:
            depths[path] = 0


def _wait(stream: IO[str]) -> None:
    """Wait for the others, as long as nobody calls off what this thread does."""
    if not is_stoppable():
        fcntl.flock(stream, fcntl.LOCK_EX)
        return
    while True:
        heed()
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOOK_SECONDS / 2)
        else:
            return
