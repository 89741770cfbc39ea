"""Is a tool installed, and what does it say of some files? None of them runs what it reads."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from ports.sandbox import Stopped
from ports.stopping import CalledOff

SECONDS = 120
LOOK_SECONDS = 0.25  # between two looks at whether somebody called it off


class NotRun(Exception):
    """Say why a tool could not be asked."""


def find(name: str) -> str:
    """Return where a tool is, beside our own Python first; raise NotRun where it is nowhere."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.is_file() else shutil.which(name)
    if found is None:
        raise NotRun(f"{name} is not installed: pip install -r requirements/fixers.txt")
    return found


def ask(
    name: str,
    arguments: Sequence[str],
    folder: Path,
    *,
    stdin: str | None = None,
    accept: Sequence[int] = (0, 1),
    stopped: Stopped = bool,
) -> str:
    """Run a tool in a folder, with nothing of our environment, and return what it says."""
    command = [find(name), *arguments]
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except OSError as error:
        raise NotRun(f"{name} cannot be started: {error.strerror}") from error
    with process:
        try:
            said, beside = _heard(process, name, (stdin or "").encode(), stopped)
        finally:
            process.kill()  # it has ended, unless something went wrong here
    if process.returncode not in accept:
        words = beside.decode("utf-8", "replace").strip().splitlines()
        raise NotRun(f"{name} ended with {process.returncode}: {' '.join(words[-1:])[:200]}")
    return said.decode("utf-8", "surrogateescape")


def _heard(
    process: subprocess.Popen[bytes], name: str, stdin: bytes, stopped: Stopped
) -> tuple[bytes, bytes]:
    """Wait for what it says, as long as nobody calls it off."""
    ends = time.monotonic() + SECONDS
    given: bytes | None = stdin
    while True:
        try:
            return process.communicate(given, timeout=LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            given = None  # it has it, or is still being handed it
        if stopped():
            raise CalledOff
        if time.monotonic() > ends:
            raise NotRun(f"{name} took longer than {SECONDS} s")
