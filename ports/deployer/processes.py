"""How does a command of the target run, so that it ends in time and cannot flood us?"""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from ports.deployer import Outcome, StepResult, left_running
from ports.deployer.left_running import Note

KEPT_ENVIRONMENT = ("PATH", "HOME", "LANG")
LARGEST_OUTPUT = 64 * 1024
CHUNK = 65536
PULSE = 0.05
HEARD_SECONDS = 1.0
Hear = Callable[[str], None]


class Tail:
    """The end of an output, however long it was."""

    def __init__(self, limit: int = LARGEST_OUTPUT) -> None:
        self.limit = limit
        self.kept = b""
        self.dropped = 0

    def add(self, chunk: bytes) -> None:
        """Keep the chunk and as much before it as fits."""
        whole = self.kept + chunk
        self.kept = whole[-self.limit :]
        self.dropped += len(whole) - len(self.kept)

    def text(self) -> str:
        """Return what was kept, with a first line that says what was not."""
        text = self.kept.decode("utf-8", "replace").replace("\0", "\ufffd")
        return f"[{self.dropped} earlier bytes left out]\n{text}" if self.dropped else text


class Live:
    """Passes on what a command says while it runs, not more often than somebody looks."""

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._next = 0.0
        self._heard = 0

    def tell(self, tail: Tail) -> None:
        """Pass it on when there is something new and the last time is long enough ago."""
        length, now = tail.dropped + len(tail.kept), time.monotonic()
        if length == self._heard or now < self._next:
            return
        self._heard, self._next = length, now + HEARD_SECONDS
        self._hear(tail.text())


def run(
    name: str,
    command: tuple[str, ...],
    folder: Path,
    timeout: float,
    note: Note | None = None,
    hear: Hear = lambda text: None,
) -> StepResult:
    """Run one command in its own process group and return how it ended."""
    began = time.monotonic()
    try:
        process = subprocess.Popen(
            note.started(command, timeout) if note else command,
            cwd=folder,
            env={key: os.environ[key] for key in KEPT_ENVIRONMENT if key in os.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return _unstarted(name, command, str(error))
    tail = Tail()
    try:
        in_time = _follow(process, tail, began + timeout, Live(hear))
    finally:
        if process.poll() is None:
            _kill(process)
        began_at_all = note is None or note.clear()
    seconds = round(time.monotonic() - began, 3)
    if not in_time:
        return StepResult(name, command, Outcome.TIMED_OUT, None, seconds, tail.text())
    if not began_at_all:  # the command did nothing, so it cannot be at fault
        raise OSError(f"{name} was not started, as it could not be noted: {tail.text()}")
    if note and (why := left_running.unstarted(process.returncode, tail.text())):
        return _unstarted(name, command, why)
    outcome = Outcome.PASSED if process.returncode == 0 else Outcome.FAILED
    return StepResult(name, command, outcome, process.returncode, seconds, tail.text())


def _unstarted(name: str, command: tuple[str, ...], why: str) -> StepResult:
    return StepResult(name, command, Outcome.FAILED, output=f"it could not be started: {why}")


def _follow(process: "subprocess.Popen[bytes]", tail: Tail, deadline: float, live: Live) -> bool:
    """Read until the process ends; tell whether it did so before the deadline.

    Its end counts, not that of the pipe: a daemon it leaves behind may hold the pipe for ever.
    """
    stream = process.stdout
    if stream is None:
        raise RuntimeError("the step has no output pipe")
    os.set_blocking(stream.fileno(), False)
    with stream, selectors.DefaultSelector() as ready:
        ready.register(stream, selectors.EVENT_READ)
        while time.monotonic() < deadline:
            ended = process.poll() is not None
            open_still = _drain(stream.fileno(), tail, deadline)
            live.tell(tail)
            if ended:
                return True
            if open_still:
                ready.select(PULSE)
            else:
                time.sleep(PULSE / 5)
        return process.poll() is not None


def _drain(descriptor: int, tail: Tail, deadline: float) -> bool:
    """Take what is there now; tell whether more can come."""
    while time.monotonic() < deadline:
        try:
            chunk = os.read(descriptor, CHUNK)
        except BlockingIOError:
            return True
        if not chunk:
            return False
        tail.add(chunk)
    return True


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError):  # it ended by itself meanwhile
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
