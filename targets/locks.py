"""Who may work on a clone right now, when one at a time is needed?"""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
        fcntl.flock(stream, fcntl.LOCK_EX)
        depths[path] = 1
        try:
            yield
        finally:
            depths[path] = 0
