"""What is kept of what a command says, and how is it followed until it is gone?"""

import contextlib
import os
import selectors
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

TICK = 0.05
CHUNK = 65_536
LAST_WORDS = 1.0  # seconds to read on after the end: a pipe holds little, a survivor says much

Process = subprocess.Popen[bytes]


@dataclass
class Ends:
    """Keep the start and the end of an output of any length."""

    most: int
    head: bytearray = field(default_factory=bytearray)
    tail: bytearray = field(default_factory=bytearray)
    dropped: int = 0

    def add(self, piece: bytes) -> None:
        """Take one more piece."""
        half = self.most // 2
        room = max(half - len(self.head), 0)
        self.head += piece[:room]
        self.tail += piece[room:]
        if len(self.tail) > half:
            self.dropped += len(self.tail) - half
            del self.tail[: len(self.tail) - half]

    def text(self) -> str:
        """Return what was kept, with a line where something was not."""
        cut = f"\n… {self.dropped} bytes left out …\n".encode() if self.dropped else b""
        return bytes(self.head + cut + self.tail).decode("utf-8", "replace")


@dataclass
class Start:
    """Keep the start of what is written, and know whether there was more."""

    most: int
    kept: bytearray = field(default_factory=bytearray)
    cut: bool = False

    def add(self, piece: bytes) -> None:
        """Take one more piece."""
        room = self.most - len(self.kept)
        self.kept += piece[: max(room, 0)]
        self.cut = self.cut or len(piece) > room


@contextlib.contextmanager
def pipe() -> Iterator[tuple[int, "WritingEnd"]]:
    """Give a pipe's reading end and its writing end, which is closed early by its own hand."""
    reading, writing = os.pipe()
    end = WritingEnd(writing)
    try:
        yield reading, end
    finally:
        os.close(reading)
        end.close()


@dataclass
class WritingEnd:
    """Close a descriptor once."""

    number: int
    closed: bool = False

    def close(self) -> None:
        """Close it, unless that has been done."""
        if not self.closed:
            self.closed = True
            os.close(self.number)


def follow(
    process: Process,
    sinks: Mapping[int, Callable[[bytes], object]],
    *,
    tick: Callable[[], bool],
) -> None:
    """Hand on what each descriptor gives until the process is gone, or until `tick` says to end.

    Its end counts, not that of its pipes: whatever it left behind may hold them for ever.
    """
    with selectors.DefaultSelector() as ready, _woken_by(process, ready):
        for descriptor in sinks:
            os.set_blocking(descriptor, False)
            ready.register(descriptor, selectors.EVENT_READ)
        asked = gone_at = 0.0
        while True:
            gone = process.poll() is not None
            now = time.monotonic()
            gone_at = gone_at or (now if gone else 0.0)
            heard = _hand_on(ready, sinks, 0 if gone else TICK)
            if gone and (not heard or now - gone_at > LAST_WORDS):
                return
            if not gone and now - asked >= TICK:
                asked = now
                if tick():
                    return


def _hand_on(
    ready: selectors.BaseSelector, sinks: Mapping[int, Callable[[bytes], object]], wait: float
) -> bool:
    heard = False
    for key, _ in ready.select(wait):
        if key.fd not in sinks:  # the process itself: it is asked for in the next round
            continue
        try:
            piece = os.read(key.fd, CHUNK)
        except BlockingIOError:
            continue
        if piece:
            heard = True
            sinks[key.fd](piece)
        else:
            ready.unregister(key.fd)
    return heard


@contextlib.contextmanager
def _woken_by(process: Process, ready: selectors.BaseSelector) -> Iterator[None]:
    """Let the process's end wake us at once where the system can tell it."""
    if not hasattr(os, "pidfd_open") or process.poll() is not None:
        yield
        return
    end = os.pidfd_open(process.pid)
    ready.register(end, selectors.EVENT_READ)
    try:
        yield
    finally:
        os.close(end)
