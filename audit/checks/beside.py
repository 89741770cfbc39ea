"""How are a million signatures checked in the time that one processor needs for the rest?"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO

from audit.notes import Key

ROOT = Path(__file__).resolve().parent.parent.parent
WORTH_IT = 20_000  # entries; for fewer a process takes longer to start than to work
MOST = 4  # processes
BLOCK = 500  # lines that go to one of them at a time
_SIGNATURE = re.compile(r"[A-Za-z0-9+/]{86}==")


class Unfinished(RuntimeError):
    """A process ended before it had checked everything: nothing may be called verified."""


class Beside:
    """Hand signatures out to processes, and collect the names of those that are wrong."""

    def __init__(self, processes: int) -> None:
        """Say how many processes share the work."""
        self.stack = ExitStack()
        self.workers = [self._start() for _ in range(processes)]
        self.lines: list[str] = []
        self.turn = 0
        self.asked = 0

    def __enter__(self) -> "Beside":
        """Let all processes end with this block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every process, whatever it is at."""
        for process, _ in self.workers:
            process.kill()
            process.wait()
        self.stack.close()

    def take(self, name: str, key: Key, leaf_hash: str, signature: str) -> bool:
        """Take one signature to check; False when it is none, and no process could read it."""
        if not _SIGNATURE.fullmatch(signature):
            return False
        self.lines.append(f"{name}\t{key}\t{leaf_hash}\t{signature}\n")
        if len(self.lines) >= BLOCK:
            self._hand_out()
        return True

    def wrong(self) -> Iterator[str]:
        """Return the names of the wrong ones, once everything has been taken."""
        self._hand_out()
        checked = 0
        for process, answers in self.workers:
            if process.stdin:
                process.stdin.close()
            code = process.wait()
            answers.seek(0)
            *names, last = answers.read().splitlines() or [""]
            if code or not re.fullmatch(r"\d+ checked", last):
                raise Unfinished(f"a process that checked signatures ended with {code}: try again")
            checked += int(last.split()[0])
            yield from names
        if checked != self.asked:
            raise Unfinished(f"{self.asked - checked} signatures were not checked: try again")

    def _start(self) -> tuple["subprocess.Popen[str]", IO[str]]:
        # Into a file: a pipe that nobody reads yet would stop the process when it is full.
        answers = self.stack.enter_context(tempfile.TemporaryFile("w+"))  # noqa: SIM115
        process = subprocess.Popen(
            [sys.executable, "-m", "audit.keys.many"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=answers,
            text=True,
        )
        self.stack.callback(process.stdin.close if process.stdin else process.kill)
        return process, answers

    def _hand_out(self) -> None:
        process, _ = self.workers[self.turn % len(self.workers)]
        try:
            if process.stdin:
                process.stdin.write("".join(self.lines))
        except BrokenPipeError as error:
            raise Unfinished("a process that checks signatures is gone: try again") from error
        self.asked += len(self.lines)
        self.turn += 1
        self.lines = []


@contextmanager
def beside(size: int) -> Iterator[Beside | None]:
    """Start processes where that many entries are worth it; None where they are not."""
    processes = min(MOST, (os.cpu_count() or 1) - 1)
    if size < WORTH_IT or processes < 1:
        yield None
        return
    with Beside(processes) as crowd:
        yield crowd
