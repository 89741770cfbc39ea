"""Whose turn is it to write to the one file that all processes and threads share?

SQLite has one writer and wakes those that wait by chance, so that some wait for seconds while
others pass. A lock on a file beside it makes them a line: the system wakes them in order, and
frees the place of whoever dies. It orders and nothing else: SQLite's own lock holds all the same,
so a turn may end early, or be done without, and no write is ever at risk.
"""

import fcntl
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import structlog

# Longer than this nobody stands in front of all others: a transaction that takes its time, or
# waits for something that itself waits in this line, goes on without its turn. The next ones then
# wait as SQLite has them wait, and are told in the end that the database is locked.
LONGEST = 2.0
LOOK_SECONDS = 0.5
NAMED = 10.0  # seconds of a transaction that somebody should look for: nobody else could write

log = structlog.get_logger("selfimprove.sqlite")


@dataclass(eq=False)
class _Place:
    """Hold the lock, since when and on what."""

    file: int
    path: Path
    since: float


_held: dict[_Place, None] = {}  # whoever pops a place frees it, so that it is freed once
_watching = threading.Lock()
_watcher: threading.Thread | None = None


class Turn:
    """Be one connection's place in the line, time after time."""

    def __init__(self, path: Path | None) -> None:
        """Wait in line at this file; without one, as in memory, there is nobody to wait for."""
        self.path = path
        self._place: _Place | None = None

    @property
    def held(self) -> bool:
        """Say whether it is this connection's turn."""
        return self._place in _held

    def take(self) -> None:
        """Wait until everybody who came before has had their turn."""
        if self.path is None or self.held:
            return
        file = _locked(self.path)
        if file is not None:
            self._place = _Place(file, self.path, time.monotonic())
            _held[self._place] = None
            _watch()

    def leave(self) -> None:
        """Let the next one write."""
        place, self._place = self._place, None
        if place is None:
            return
        _free(place)
        if (spent := time.monotonic() - place.since) > NAMED:
            log.warning("a long transaction", database=str(place.path), seconds=round(spent, 1))


def _locked(path: Path) -> int | None:
    """Open and lock a file; None where that cannot be, and SQLite alone says who may write."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError:  # a folder that takes no file: nothing in it is written, and SQLite says so
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX)  # waits: who polls is overtaken by chance again
    except OSError:  # a file system that knows no such lock
        os.close(file)
        return None
    except BaseException:
        os.close(file)
        raise
    return file


def _free(place: _Place) -> None:
    """Give a place up, unless that has been done."""
    try:
        del _held[place]
    except KeyError:
        return
    fcntl.flock(place.file, fcntl.LOCK_UN)  # a child that was forked meanwhile has it open too
    os.close(place.file)


def _watch() -> None:
    """Have somebody look after long turns in this process."""
    global _watcher
    if _watcher is None:
        with _watching:
            if _watcher is None:
                _watcher = threading.Thread(target=_look_after, name="turns", daemon=True)
                _watcher.start()


def _look_after() -> None:
    while True:
        time.sleep(LOOK_SECONDS)
        for place in list(_held):
            if time.monotonic() - place.since > LONGEST:
                _free(place)


def _forget() -> None:
    """Have nothing to do, in a child, with the turns of its parent; closing frees none of them."""
    global _watcher, _watching
    _watcher, _watching = None, threading.Lock()
    for place in list(_held):
        del _held[place]
        os.close(place.file)


os.register_at_fork(after_in_child=_forget)
