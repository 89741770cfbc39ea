"""How does a test call a generation off in the middle of its work, and see what is left of it?"""

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import connection

from generations.models import Generation, Outcome, Result
from generations.running import loop, opening
from ports.sandbox.watch import members
from tests.generations.scene import ADA, Clock

SECONDS = 2.0
BUSY = 5  # times as long on a machine that does other things
End = Callable[[Generation], object]


def by_nobody_in_particular(generation: Generation) -> None:
    """Call it off as every door does."""
    assert opening.cancel(generation, actor=ADA, at=generation.started_at)


class Caller:
    """Calls a generation off as soon as it is in the middle of a phase."""

    def __init__(self, phase: str, words: str, end: End, after: float = 0.5) -> None:
        self.phase, self.words, self.end, self.after = phase, words, end, after
        self.at = 0.0
        self._thread: threading.Thread | None = None

    def __call__(self, generation: Generation, words: str) -> None:
        here = generation.phase == self.phase and words.startswith(self.words)
        if here and self._thread is None:
            self._thread = threading.Thread(target=self._call, args=(generation.pk,))
            self._thread.start()

    def join(self) -> None:
        assert self._thread is not None, f"{self.phase} never said {self.words!r}"
        self._thread.join()

    def _call(self, number: int) -> None:
        time.sleep(self.after)
        try:
            generation = Generation.objects.select_related("target").get(pk=number)
            self.end(generation)
            self.at = time.monotonic()
        finally:
            connection.close()


@contextmanager
def nothing_left(folder: Path) -> Iterator[None]:
    """Make sure that no process, and no folder in the temporary place, outlives what is done."""
    before = {pid for pid in members(os.getpid()) if _runs(pid)}
    place = folder / "temporary"
    place.mkdir(exist_ok=True)
    usual, tempfile.tempdir = tempfile.tempdir, str(place)
    try:
        yield
    finally:
        tempfile.tempdir = usual
    assert {pid for pid in members(os.getpid()) if _runs(pid)} <= before
    assert list(place.iterdir()) == []


def called_off(
    generation: Generation, phase: str, words: str, *, end: End = by_nobody_in_particular
) -> float:
    """Drive until it was called off; return how long its end took."""
    caller, clock = Caller(phase, words, end), Clock(generation.started_at)
    ended = loop.drive(generation.pk, clock, told=caller)
    now = time.monotonic()
    caller.join()
    assert (ended.outcome, ended.phase) == (Outcome.CANCELLED, phase), ended.reason
    last = ended.runs.latest("id")
    assert (last.phase, last.result, last.message) == (phase, Result.STOPPED, ended.reason)
    assert (ended.activity, ended.lease_owner) == ("", "")
    took = now - caller.at
    print(f"{phase}, {words}: ended {took:.2f} s after it was called off")  # noqa: T201
    return took


def _runs(pid: int) -> bool:
    with suppress(OSError):
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    return False
