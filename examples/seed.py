"""Where does the example's repository come from? Plants its origin and its deployed checkout."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

CONTENT = Path(__file__).resolve().parent / "gateway"
BRANCH = "main"
WHO = "Gateway team"
ADDRESS = "gateway@example.org"
WHEN = "2026-01-05T09:00:00+00:00"
ENVIRONMENT = {  # the same commit everywhere, whatever the user's git is set to
    "GIT_AUTHOR_NAME": WHO,
    "GIT_AUTHOR_EMAIL": ADDRESS,
    "GIT_AUTHOR_DATE": WHEN,
    "GIT_COMMITTER_NAME": WHO,
    "GIT_COMMITTER_EMAIL": ADDRESS,
    "GIT_COMMITTER_DATE": WHEN,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
}
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "var")


class CannotPlant(RuntimeError):
    """Tell what stands in the way."""


def plant(origin: Path, deployed: Path) -> str:
    """Create the bare origin and the deployed checkout if missing; return main's commit."""
    _make(origin, _fill_origin, _is_origin)
    _make(deployed, lambda new: _clone(origin, new), lambda old: (old / ".git").is_dir())
    return _git(origin, "rev-parse", f"refs/heads/{BRANCH}")


def _make(path: Path, fill: Callable[[Path], None], is_there: Callable[[Path], bool]) -> None:
    """Fill a folder beside its place and move it in, so that a crash leaves nothing half made."""
    path = path.absolute()
    if is_there(path):
        return
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise CannotPlant(f"{path} exists and is something else; move it away")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".planting-", dir=path.parent) as folder:
        new = Path(folder) / path.name
        fill(new)
        new.replace(path)


def _is_origin(path: Path) -> bool:
    return path.is_dir() and _run(path, "rev-parse", "--verify", "-q", BRANCH).returncode == 0


def _fill_origin(new: Path) -> None:
    work = new.with_name("work")
    shutil.copytree(CONTENT, work, ignore=LEFT_OUT)
    _git(work, "init", "-q", f"--initial-branch={BRANCH}")
    _git(work, "add", "--all")
    _git(work, "commit", "-q", "-m", "The agent gateway as it runs today")
    _git(work, "clone", "-q", "--bare", "--no-hardlinks", str(work), str(new))
    _git(new, "remote", "remove", "origin")


def _clone(origin: Path, new: Path) -> None:
    _git(new.parent, "clone", "-q", "--branch", BRANCH, str(origin.absolute()), str(new))


def _git(folder: Path, *arguments: str) -> str:
    run = _run(folder, *arguments)
    if run.returncode:
        raise CannotPlant(f"git {arguments[0]} failed in {folder}: {run.stderr.strip()}")
    return run.stdout.strip()


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(
        ["git", "-c", "core.autocrlf=false", *arguments],
        cwd=folder,
        env={**kept, **ENVIRONMENT},
        capture_output=True,
        text=True,
        check=False,
    )


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python3 examples/seed.py ORIGIN.git CHECKOUT")
    print(plant(Path(sys.argv[1]), Path(sys.argv[2])))
