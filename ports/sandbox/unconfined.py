"""How does a command run where the operator allows it to run without a sandbox?

In a process tree of its own with limits, a clean environment and a copy of the files. The
command can read what this user can read, and use the network: level L0.
"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from ports import temporary
from ports.sandbox import (
    RESULTS,
    Bounds,
    Ending,
    Given,
    Heard,
    Job,
    Level,
    PermanentError,
    Ran,
    Standing,
    Stopped,
    supervise,
)
from ports.sandbox.streams import Ends, Process, Start, follow, pipe

GRACE = 15.0
WHY = "Code of targets runs without a sandbox, as the operator's configuration allows."
MARK = "SELFIMPROVE_UNCONFINED"


@dataclass(frozen=True)
class Unconfined:
    """Run beside us, on a copy; nothing of it runs on afterwards, and that is all."""

    def run(self, job: Job, *, heard: Heard | None = None, stopped: Stopped | None = None) -> Ran:
        """Run to the end."""
        if (job.tree / ".git").exists():
            raise PermanentError(f"{job.tree} has a .git: give a plain copy of the files")
        with _places(job) as places:
            return _Run(job, places, heard, stopped).told()

    def examine(self) -> Standing:
        """Say that nothing holds, and that the operator wants it so."""
        remedy = "Choose ports.sandbox.bubblewrap.Bubblewrap (sandbox.backend)."
        return Standing(Level.L0, enough=True, missing=WHY, remedy=remedy)


@dataclass(frozen=True)
class _Places:
    tree: Path
    home: Path
    given: Path

    @property
    def words(self) -> Path:
        """Say where the input lies until the command has it."""
        return self.home / ".words"


@contextlib.contextmanager
def _places(job: Job) -> Iterator[_Places]:
    """Give a copy of the files, an empty home and the given files, all gone afterwards."""
    with temporary.folder("run") as top:
        places = _Places(top / "files", top / "home", top / "given")
        shutil.copytree(job.tree, places.tree, symlinks=True)
        places.home.mkdir()
        places.given.mkdir()
        for name, content in job.given.items():
            (places.given / name).write_bytes(content)
            (places.given / name).chmod(0o444)
        if job.words:
            places.words.write_bytes(job.words)
        yield places


class _Run:
    """Follow one run under its supervisor."""

    def __init__(
        self, job: Job, places: _Places, heard: Heard | None, stopped: Stopped | None
    ) -> None:
        self.job, self.places, self.heard, self.stopped = job, places, heard, stopped
        self.output = Ends(job.bounds.output)
        self.results = Start(job.bounds.results)
        self.report = Start(64 * 1024)
        self.token = secrets.token_hex(16)
        self.began = time.monotonic()
        self.was_stopped = False

    def told(self) -> Ran:
        """Run, and say how it ended."""
        with pipe() as (report, telling), pipe() as (output, saying), pipe() as (found, writing):
            process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", supervise.__file__),
                    *(json.dumps(self._spec(writing.number)), str(telling.number)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=saying.number,
                stderr=subprocess.STDOUT,
                pass_fds=(telling.number, writing.number),
                start_new_session=True,
                env={"PATH": os.defpath},
            )
            for end in (telling, saying, writing):
                end.close()
            sinks = {report: self.report.add, output: self._say, found: self.results.add}
            try:
                follow(process, sinks, tick=self._is_over)
            finally:
                _end(process)
            follow(process, sinks, tick=lambda: False)
        return self._ran()

    def _ran(self) -> Ran:
        answer = _answer(bytes(self.report.kept))
        if answer is None:
            _end_all_with(self.token)
        ending, code, why = self._ending(answer)
        cut = self.job.results and self.results.cut
        over = (why,) if ending in (Ending.TIMED_OUT, Ending.TOO_MANY_PROCESSES) else ()
        return Ran(
            ended=ending,
            level=Level.L0,
            code=code,
            output=self.output.text(),
            results=bytes(self.results.kept) if self.job.results else b"",
            why=why,
            violations=(*over, *([f"more than {self.results.most} bytes of results"] * cut)),
            seconds=time.monotonic() - self.began,
            tree=str(self.places.tree),
            home=str(self.places.home),
        )

    def _ending(self, answer: dict[str, Any] | None) -> tuple[Ending, int | None, str]:
        if self.was_stopped:
            return Ending.STOPPED, None, "stopped on request"
        if answer is None:
            return Ending.LOST, None, "its supervisor was ended before it could report"
        code = answer["code"]
        if code is not None and code < 0:
            code = 128 - code
        return Ending(answer["ended"]), code, answer["why"]

    def _say(self, piece: bytes) -> None:
        self.output.add(piece)
        if self.heard:
            self.heard(piece)

    def _is_over(self) -> bool:
        self.was_stopped = bool(self.stopped and self.stopped())
        late = time.monotonic() - self.began > self.job.bounds.seconds + GRACE
        return self.was_stopped or late

    def _spec(self, results: int) -> dict[str, object]:
        bounds = self.job.bounds
        return {
            "command": [self._word(word) for word in self.job.command],
            "folder": str(self.places.tree),
            "environment": self._environment(results),
            "seconds": bounds.seconds,
            "processes": bounds.processes,
            "results": results if self.job.results else None,
            "words": str(self.places.words) if self.job.words else "",
            "limits": _limits(bounds),
        }

    def _word(self, word: str | Given) -> str:
        return str(self.places.given / word.name) if isinstance(word, Given) else word

    def _environment(self, results: int) -> dict[str, str]:
        """Return everything that the command is told of ours: a way to find programs."""
        return {
            "PATH": f"{sys.base_prefix}/bin:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.places.home),
            "TMPDIR": str(self.places.home),
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            **({RESULTS: str(results)} if self.job.results else {}),
            **self.job.environment,
            MARK: self.token,
        }


def _limits(bounds: Bounds) -> dict[str, int]:
    own = sum(1 for process in psutil.process_iter(["uids"]) if _is_ours(process))
    return {
        "RLIMIT_CPU": int(bounds.seconds) + 5,
        "RLIMIT_DATA": bounds.memory,
        "RLIMIT_FSIZE": min(bounds.file, bounds.disk),
        "RLIMIT_CORE": 0,
        # Counted for the whole user and not at all for root; the supervisor counts as well.
        "RLIMIT_NPROC": own + bounds.processes,
    }


def _end(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGCONT)  # the command may have stopped it
    try:
        process.wait(timeout=GRACE)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answer(report: bytes) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(report)
    except ValueError:
        return None
    return found


def _end_all_with(token: str) -> None:
    """End what a killed supervisor left behind, known by the mark in its environment."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(MARK) == token:
                process.kill()


def _is_ours(process: psutil.Process) -> bool:
    uids = process.info["uids"]
    return uids is not None and uids.real == os.getuid()
