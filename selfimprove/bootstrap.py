"""How a bare machine becomes one that can run us: Python's standard library only."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NEEDED = (3, 11)
DEVELOPMENT = {"test"}  # commands that need more than the runtime


class CannotStart(SystemExit):
    """The machine lacks something; the message says what to do."""


# The annotations are quoted: an older Python must get as far as being told so.
def enter(argv: "list[str]") -> None:
    """Continue in our own environment, building it first when it is missing or outdated."""
    if shutil.which("git") is None:
        raise CannotStart("selfimprove needs git, and there is none on the PATH: install it.")
    if os.environ.get("SELFIMPROVE_NO_VENV") == "1":
        return
    if sys.version_info[:2] != NEEDED and Path(sys.prefix) != VENV:
        found = ".".join(str(part) for part in sys.version_info[:3])
        raise CannotStart(
            f"selfimprove needs Python 3.11; this is {found} ({sys.executable})."
            " Start it as: python3.11 manage.py …"
        )
    prepare("dev" if set(argv[1:2]) & DEVELOPMENT else "base")
    if Path(sys.prefix) != VENV:
        os.execv(PYTHON, [str(PYTHON), str(ROOT / "manage.py"), *argv[1:]])


def take_settings(argv: "list[str]") -> "list[str]":
    """Move `--set section.key=value` into the environment, where children find it too."""
    try:
        pairs: list[str] = list(json.loads(os.environ.get("SELFIMPROVE_SET", "[]")))
    except (ValueError, TypeError) as error:
        raise CannotStart(
            "SELFIMPROVE_SET must be a JSON list of section.key=value; unset it and use --set"
        ) from error
    rest: list[str] = []
    words = iter(argv)
    for word in words:
        if word == "--set":
            pairs.append(next(words, ""))
        elif word.startswith("--set="):
            pairs.append(word.removeprefix("--set="))
        else:
            rest.append(word)
    os.environ["SELFIMPROVE_SET"] = json.dumps(pairs)
    return rest


def prepare(kind: str) -> None:
    """Install the locked requirements once; a stamp tells when they have changed."""
    wanted = _digest(kind)
    if _stamp(kind) == wanted or (kind == "base" and _stamp("dev") == _digest("dev")):
        return
    try:
        with _lock():
            if _stamp(kind) != wanted:
                _install(kind)
                (VENV / f"stamp-{kind}").write_text(wanted)
    except OSError as error:
        raise CannotStart(
            f"{VENV} cannot be written ({error.strerror}). Run from a folder that you may write,"
            " or install the requirements yourself and set SELFIMPROVE_NO_VENV=1."
        ) from error


def _digest(kind: str) -> str:
    names = ["base.txt"] if kind == "base" else ["base.txt", "dev.txt"]
    content = b"".join((ROOT / "requirements" / name).read_bytes() for name in names)
    return hashlib.sha256(content + sys.version.encode()).hexdigest()


def _stamp(kind: str) -> str:
    path = VENV / f"stamp-{kind}"
    return path.read_text() if path.exists() and PYTHON.exists() else ""


class _lock:
    """Let one process at a time build the environment."""

    def __enter__(self) -> None:
        self.file = (ROOT / ".venv.lock").open("w")
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self.file.close()


def _install(kind: str) -> None:
    started = time.monotonic()
    print(f"Preparing the environment in {VENV} (once) …", file=sys.stderr, flush=True)
    if not PYTHON.exists():
        venv.create(VENV, with_pip=True)
    requirements = ROOT / "requirements" / f"{kind}.txt"
    done = subprocess.run(
        [
            *(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--require-hashes", "-r", requirements),
        ],
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise CannotStart(
            f"The requirements could not be installed:\n{done.stderr.strip()[-2000:]}\n"
            "Check the network or the package index that pip uses, then run the command again."
        )
    print(f"… ready after {time.monotonic() - started:.0f} s.", file=sys.stderr, flush=True)
