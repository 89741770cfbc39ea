"""Is a tool installed, and what does it say of some files? None of them runs what it reads."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

SECONDS = 120


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
) -> str:
    """Run a tool in a folder, with nothing of our environment, and return what it says."""
    command = [find(name), *arguments]
    try:
        ran = subprocess.run(
            command,
            cwd=folder,
            input=(stdin or "").encode(),
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"},
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NotRun(f"{name} took longer than {SECONDS} s") from error
    except OSError as error:
        raise NotRun(f"{name} cannot be started: {error.strerror}") from error
    if ran.returncode not in accept:
        words = ran.stderr.decode("utf-8", "replace").strip().splitlines()
        raise NotRun(f"{name} ended with {ran.returncode}: {' '.join(words[-1:])[:200]}")
    return ran.stdout.decode("utf-8", "surrogateescape")
