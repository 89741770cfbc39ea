"""How do several processors share the work of looking at a million entries?"""

import contextlib
import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from audit.checks.stretch import Judge, Judged, Stretch
from audit.keys import known
from audit.notes import Key

WORTH_IT = 50_000  # entries; for fewer a process takes longer to start than to work
MOST = 8  # processes
AHEAD = 2  # stretches that wait for one process, so that it has always something to do


class Unfinished(RuntimeError):
    """A process ended before it had looked at everything: nothing may be called verified."""


@dataclass(frozen=True)
class Terms:
    """Say by which keys entries are judged, and what of them is looked at."""

    pinned: tuple[str, ...] = ()
    signatures: bool = True
    searched: bytes = b""  # what the sums over the index of words are keyed with

    def judge(self) -> Judge:
        """Return who judges by them."""
        pinned = [Key.parse(text) for text in self.pinned]
        return Judge(
            lambda: known.trusted(pinned), signatures=self.signatures, searched=self.searched
        )


class Process:
    """Have one process of its own do a piece of work after the other."""

    def __init__(self, module: str, *first: object) -> None:
        """Start it, and tell it where the database and the keys are."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.give(str(connection.settings_dict["NAME"]), settings.DATA_DIR, *first)

    def give(self, *work: object) -> None:
        """Hand something to it."""
        pipe = self.process.stdin
        try:
            for one in work:
                pickle.dump(one, pipe)  # type: ignore[arg-type]
            if pipe:
                pipe.flush()
        except BrokenPipeError as error:
            raise self._gone() from error

    def answer(self) -> object:
        """Wait for its next answer."""
        try:
            return pickle.load(self.process.stdout)  # type: ignore[arg-type]  # noqa: S301 - ours
        except (EOFError, pickle.UnpicklingError) as error:
            raise self._gone() from error

    def close(self) -> None:
        """End it, whatever it is at."""
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        self.process.wait()

    def _gone(self) -> Unfinished:
        code = self.process.wait()
        return Unfinished(f"a process that looked at entries ended with {code}: try again")


@contextmanager
def judging(size: int, terms: Terms, processes: int | None = None) -> Iterator["Judging"]:
    """Judge stretches here, or in processes where that many entries are worth it."""
    count = min(MOST, os.cpu_count() or 1) if processes is None else processes
    if size < WORTH_IT or count < 2:
        yield Judging(terms, [])
        return
    with contextlib.ExitStack() as stack:
        module = "audit.checks.process"
        yield Judging(
            terms, [stack.enter_context(closing(Process(module, terms))) for _ in range(count)]
        )


class Judging:
    """Judge stretches, here or in processes, and answer in their order."""

    def __init__(self, terms: Terms, processes: Sequence[Process]) -> None:
        """Take who does the work: nobody but us, or processes."""
        self.processes = processes
        self.own = terms.judge()

    def judged(self, stretches: Iterable[Stretch]) -> Iterator[Judged]:
        """Yield what was found about each stretch."""
        if not self.processes:
            yield from map(self.own.judge, stretches)
            return
        waiting: deque[Process] = deque()
        for turn, stretch in enumerate(stretches):
            process = self.processes[turn % len(self.processes)]
            if len(waiting) == AHEAD * len(self.processes):
                yield _answered(waiting.popleft())
            process.give(stretch)
            waiting.append(process)
        while waiting:
            yield _answered(waiting.popleft())


def _answered(process: Process) -> Judged:
    found = process.answer()
    if not isinstance(found, Judged):
        raise Unfinished("a process that looked at entries said something else: try again")
    return found
