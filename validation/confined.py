"""How does a command of a target run beside us without our secrets, without end, without remains?

For now in a process tree of its own with limits, a clean environment and a copy of the files.
It is no sandbox: the command can still read what this user can read, and use the network.
"""

import contextlib
import json
import os
import secrets
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import psutil

from validation import supervise

KEPT = 32 * 1024  # of the output, from its start and again from its end
GRACE = 15.0
MEGABYTE = 1024 * 1024
MARK = "SELFIMPROVE_CONFINED"


@dataclass(frozen=True)
class Bounds:
    """Bound one run."""

    seconds: float
    memory: int = 4096 * MEGABYTE  # of each process
    file: int = 256 * MEGABYTE  # of each file
    processes: int = 200


@dataclass(frozen=True)
class Ran:
    """Say how a command ended."""

    ended: str  # done, timed out, too many processes, not started, lost
    code: int | None
    output: str
    left: int = 0  # processes that were still there when the command had ended
    why: str = ""


@dataclass
class _Kept:
    """Keep the start and the end of an output of any length."""

    head: bytearray = field(default_factory=bytearray)
    tail: bytearray = field(default_factory=bytearray)
    dropped: int = 0

    def add(self, piece: bytes) -> None:
        room = KEPT - len(self.head)
        self.head += piece[:room] if room > 0 else b""
        self.tail += piece[max(room, 0) :]
        if len(self.tail) > KEPT:
            self.dropped += len(self.tail) - KEPT
            del self.tail[: len(self.tail) - KEPT]

    def text(self) -> str:
        cut = f"\n… {self.dropped} bytes left out …\n".encode() if self.dropped else b""
        return bytes(self.head + cut + self.tail).decode("utf-8", "replace")


def run(command: Sequence[str], *, folder: Path, home: Path, bounds: Bounds) -> Ran:
    """Run a command in a folder and return how it ended; nothing of it runs on afterwards."""
    token = secrets.token_hex(16)
    reading, writing = os.pipe()
    spec = _spec(command, folder, _environment(home, token), bounds)
    with os.fdopen(reading, "rb") as report:
        try:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", supervise.__file__, json.dumps(spec), str(writing)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(writing,),
                start_new_session=True,
                env={"PATH": os.defpath},
            )
        finally:
            os.close(writing)
        output = _drained(process, time.monotonic() + bounds.seconds + GRACE)
        _end(process)
        answer = _answer(report)
    if answer is None:
        _end_all_with(token)
        return Ran("lost", None, output, why="its supervisor was ended before it could report")
    return Ran(answer["ended"], answer["code"], output, answer.get("left", 0), answer["why"])


def _spec(
    command: Sequence[str], folder: Path, environment: dict[str, str], bounds: Bounds
) -> dict[str, object]:
    own = sum(1 for process in psutil.process_iter(["uids"]) if _is_ours(process))
    return {
        "command": list(command),
        "folder": str(folder),
        "environment": environment,
        "seconds": bounds.seconds,
        "processes": bounds.processes,
        "limits": {
            "RLIMIT_CPU": int(bounds.seconds) + 5,
            "RLIMIT_AS": bounds.memory,
            "RLIMIT_FSIZE": bounds.file,
            "RLIMIT_CORE": 0,
            # Counted for the whole user and not at all for root; the supervisor counts as well.
            "RLIMIT_NPROC": own + bounds.processes,
        },
    }


def _environment(home: Path, token: str) -> dict[str, str]:
    """Return everything that the command sees of ours: nothing but a way to find programs."""
    return {
        "PATH": f"{sys.base_prefix}/bin:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        MARK: token,
    }


def _drained(process: "subprocess.Popen[bytes]", deadline: float) -> str:
    """Read until the supervisor is gone; not until the pipe closes, which others may hold open."""
    kept = _Kept()
    pipe = process.stdout
    assert pipe is not None  # noqa: S101 - Popen was asked for it
    os.set_blocking(pipe.fileno(), False)
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while time.monotonic() < deadline:
            gone = process.poll() is not None
            if selector.select(timeout=0.05):
                piece = _piece(pipe)
                if piece:
                    kept.add(piece)
                    continue
            if gone:
                break
    pipe.close()
    return kept.text()


def _piece(pipe: IO[bytes]) -> bytes:
    try:
        return os.read(pipe.fileno(), 65_536)
    except BlockingIOError:
        return b""


def _end(process: "subprocess.Popen[bytes]") -> None:
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


def _answer(report: IO[bytes]) -> dict[str, Any] | None:
    os.set_blocking(report.fileno(), False)
    try:
        found: dict[str, Any] = json.loads(report.read() or b"")
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
