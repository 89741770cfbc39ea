"""Where does something lie for a while, so that it goes even when whoever put it there is killed?

The kernel drops the lock on a folder with the process that holds it: one that nobody holds was
left behind, whatever its age and whoever's process number it is now.
"""

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "selfimprove-while-"
YOUNG_SECONDS = 60.0  # it may have been made, and not been locked yet


@contextmanager
def folder(what: str) -> Iterator[Path]:
    """Give a folder that is removed at the end; what cannot be removed then is swept later."""
    prefix = f"{PREFIX}{what}-"
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as top:
        lock = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield Path(top)
        finally:
            os.close(lock)


def sweep(top: Path | None = None) -> int:
    """Remove the folders of killed processes of this user; return how many."""
    places = Path(top or tempfile.gettempdir()).glob(f"{PREFIX}*")
    return sum(_swept(place) for place in sorted(places))


def _swept(place: Path) -> bool:
    with contextlib.suppress(OSError):  # its holder was quicker, or it is another user's
        seen = place.lstat()
        if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.geteuid():
            return False
        if time.time() - seen.st_mtime < YOUNG_SECONDS:
            return False
        lock = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(place)
        finally:
            os.close(lock)
    return not place.exists()


def _remove(place: Path) -> None:
    for inside, _, _ in os.walk(place):  # a tree may hold folders that even we may not write to
        Path(inside).chmod(0o700)
    shutil.rmtree(place)
