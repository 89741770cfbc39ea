"""How the tests run scripts in a sandbox, as root and as a user, and look at the host."""

import ctypes
import functools
import os
import pickle
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from ports.sandbox import (
    Bounds,
    Ending,
    Given,
    Heard,
    Job,
    Portable,
    Ran,
    Sandbox,
    Standing,
    Stopped,
)
from ports.sandbox.away.agentcore import AgentCore
from ports.sandbox.bubblewrap import Bubblewrap
from ports.sandbox.refusing import Refusing
from ports.sandbox.unconfined import Unconfined

NOBODY = 65_534
IDENTITIES = ["nobody", "root"] if os.geteuid() == 0 else ["user"]
MEGABYTE = 1024 * 1024


def as_nobody(work: Callable[[], Any]) -> Any:
    """Do something in a process of its own that is an ordinary user; return or raise its end."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "wb") as told:
            told.write(pickle.dumps(_outcome_as_nobody(work)))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as heard:
        raw = heard.read()
    os.waitpid(child, 0)
    failed, outcome = pickle.loads(raw)  # noqa: S301 - written by our own child
    if failed:
        raise outcome
    return outcome


def _outcome_as_nobody(work: Callable[[], Any]) -> tuple[bool, Any]:
    try:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        tempfile.tempdir = "/var/tmp"
        ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # what setuid took: /proc/self is ours again
        return False, work()
    except Exception as error:  # noqa: BLE001 - handed on to the test
        return True, error


@functools.cache
def standing_here() -> Standing:
    """Try once whether a sandbox can be had, by root and by an ordinary user."""
    standing = Bubblewrap().examine()
    if standing.enough and "nobody" in IDENTITIES:
        standing = as_nobody(Bubblewrap().examine)
    return standing


def need_a_sandbox() -> None:
    """Skip where none can be had, but fail in CI, with what the doctor says."""
    standing = standing_here()
    if not standing.enough:
        words = f"{standing.missing} {standing.remedy}"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(words)


@dataclass(frozen=True)
class Runner:
    """Run Python in one sandbox, as one user, on a small tree."""

    who: str
    tree: Path
    sandbox: Sandbox = field(default_factory=Bubblewrap)

    def __call__(
        self, script: str, *, seconds: float = 30, words: bytes = b"", **bounds: int
    ) -> Ran:
        """Run a script."""
        limits = Bounds(seconds=seconds, **bounds)
        return self.command("python3", "-c", script, bounds=limits, words=words)

    def command(
        self,
        *command: str | Given,
        bounds: Bounds | None = None,
        heard: Heard | None = None,
        stopped: Stopped | None = None,
        **more: Any,
    ) -> Ran:
        """Run a command."""
        job = Job(command=command, tree=self.tree, bounds=bounds or Bounds(seconds=30), **more)
        return self._as_who(lambda: self.sandbox.run(job, heard=heard, stopped=stopped))

    def tells(self, script: str, **bounds: Any) -> str:
        """Run a script that must end well, and return what it printed."""
        ran = self(script, **bounds)
        assert (ran.ended, ran.code) == (Ending.DONE, 0), ran
        return ran.output.strip()

    def _as_who(self, work: Callable[[], Ran]) -> Ran:
        found: Ran = as_nobody(work) if self.who == "nobody" else work()
        return found


class Sent(AgentCore):
    """Send every job away: the scripts of the tests need nothing but a Python."""

    def run(self, job: Job, *, heard: Heard | None = None, stopped: Stopped | None = None) -> Ran:
        """Run it there."""
        return super().run(replace(job, portable=Portable()), heard=heard, stopped=stopped)


ADAPTERS: Mapping[str, type[Sandbox]] = {
    "bubblewrap": Bubblewrap,
    "refusing": Refusing,
    "unconfined": Unconfined,
}


def running(mark: str) -> list[int]:
    """Return the processes of this machine that have this word among their arguments."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = line.read_bytes().split(b"\0")
        except OSError:
            continue
        if mark.encode() in words:
            found.append(int(line.parent.name))
    return found


def becomes(condition: Callable[[], bool], patience: float = 30) -> bool:
    """Wait until something is so."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False
