"""How web, worker and clock run under one roof: started, watched, restarted, and ended cleanly."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

PR_SET_PDEATHSIG = 1  # linux/prctl.h
_libc = ctypes.CDLL(None, use_errno=True)
RESTARTS_PER_MINUTE = 5
TURN_SECONDS = 0.2
SESSION_SECONDS = 1.0  # what was killed is gone after that, or waits for its parent to notice


class TooManyRestarts(RuntimeError):
    """A child keeps dying; starting it again would only hide why."""


@dataclass
class Child:
    """Name one process and how it is started."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ends_everything: bool = False  # its exit code becomes ours
    once: bool = False  # it may end well without being started again
    on_restart: Callable[[], None] = lambda: None
    process: subprocess.Popen[str] | None = None
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=RESTARTS_PER_MINUTE))
    start_at: float = 0.0


class Supervisor:
    """Keep children running until a signal, and leave no process behind."""

    def __init__(
        self,
        children: Sequence[Child],
        *,
        say: Callable[[str], object],
        grace_seconds: float = 15.0,
        backoff_seconds: float = 0.5,
        unhealthy: Callable[[], str] = lambda: "",
        line: Callable[[str, str], str] = lambda name, text: f"{name:>7} | {text}",
    ) -> None:
        """Take the children in the order in which they are stopped."""
        self.children = list(children)
        self.say = say
        self.grace_seconds = grace_seconds
        self.backoff_seconds = backoff_seconds  # doubled with every death
        self.unhealthy = unhealthy  # names a child whose session must be killed, or ""
        self.line = line  # how what a child says is passed on
        self.signals = 0
        self.exit_code: int | None = None

    def run(self) -> int:
        """Return the exit code once everything has ended; raise TooManyRestarts."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        try:
            while not self.signals and self.exit_code is None:
                self._turn()
                time.sleep(TURN_SECONDS)
        finally:
            self._stop()
        return self.exit_code or 0

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.signals += 1

    def _turn(self) -> None:
        for child in list(self.children):
            if child.process is None and time.monotonic() >= child.start_at:
                self._start(child)
            elif child.process is not None and child.process.poll() is not None:
                self._on_exit(child)
        if sick := self.unhealthy():
            self._kill_session(next(child for child in self.children if child.name == sick))

    def _start(self, child: Child) -> None:
        child.process = subprocess.Popen(
            child.argv,
            env={**os.environ, **child.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # a signal to our group must not reach the queue's children
            preexec_fn=die_with_parent,
        )
        threading.Thread(target=self._relay, args=(child,), daemon=True).start()

    def _relay(self, child: Child) -> None:
        process = child.process
        if process is None or process.stdout is None:
            return
        for line in process.stdout:
            # Nobody may read us any more; a child that is not read would stop at a full pipe.
            with contextlib.suppress(OSError):
                self._tell(child, line.rstrip())

    def _tell(self, child: Child, text: str) -> None:
        self.say(self.line(child.name, text))

    def _on_exit(self, child: Child) -> None:
        code = child.process.returncode if child.process else 0
        self._kill_session(child)
        if child.ends_everything:
            self.exit_code = code
            return
        if child.once and code == 0:
            self.children.remove(child)
            return
        now = time.monotonic()
        child.deaths.append(now)
        if len(child.deaths) == RESTARTS_PER_MINUTE and now - child.deaths[0] < 60:
            raise TooManyRestarts(
                f"{child.name} ended {RESTARTS_PER_MINUTE} times within a minute (last exit code"
                f" {code}); its lines above say why"
            )
        with contextlib.suppress(OSError):
            self._tell(child, f"ended with {code}; starting it again")
        child.on_restart()
        child.start_at = now + min(self.backoff_seconds * 2 ** len(child.deaths), 8)
        child.process = None

    def _stop(self) -> None:
        # Only the leaders get the signal: the queue hangs when its whole group is told at once.
        asked = self.signals
        for child in self.children:
            if child.process is not None and child.process.poll() is None:
                child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + self.grace_seconds
        while time.monotonic() < deadline and self.signals <= max(asked, 1):
            if all(
                child.process is None or child.process.poll() is not None
                for child in self.children
            ):
                break
            time.sleep(0.05)
        for child in self.children:
            self._kill_session(child)

    def _kill_session(self, child: Child) -> None:
        if child.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.process.pid, signal.SIGKILL)  # the leader's pid names its session
        child.process.wait()
        deadline = time.monotonic() + SESSION_SECONDS
        with contextlib.suppress(ProcessLookupError):
            while time.monotonic() < deadline:
                os.killpg(child.process.pid, 0)
                time.sleep(0.02)


def manage(*words: str) -> list[str]:
    """Return the argument list of one of our own commands."""
    return [sys.executable, "manage.py", *words]


def die_with_parent() -> None:
    """Ask the system for SIGTERM when the parent is gone; called in the child before it starts."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
