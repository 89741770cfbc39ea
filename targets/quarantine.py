"""Where do git objects live while it is not yet known whether they may stay?"""

import contextlib
import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ports.git import Git, Output

FOLDER = "quarantine"
ABANDONED_AFTER_SECONDS = 3600
# No git run of ours lives that long: its timeout ends it before.
LOCK_ABANDONED_AFTER_SECONDS = 900


@dataclass(frozen=True)
class Quarantine:
    """A private index and a private object store that reads through to the clone's own."""

    git: Git
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """Return what points git at the private index and objects."""
        return {
            "GIT_INDEX_FILE": str(self.folder / "index"),
            "GIT_OBJECT_DIRECTORY": str(self.folder / "objects"),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(self.git.git_dir / "objects"),
        }

    def run(
        self,
        *arguments: str,
        stdin: bytes | None = None,
        accept: tuple[int, ...] = (0,),
        environment: Mapping[str, str] | None = None,
    ) -> Output:
        """Run git inside the quarantine."""
        inside = {**self.environment, **(environment or {})}
        return self.git.run(*arguments, stdin=stdin, accept=accept, environment=inside)

    def text(self, *arguments: str) -> str:
        """Run git inside the quarantine and return its output as text."""
        return self.run(*arguments).text

    def release(self) -> None:
        """Move the quarantined objects into the clone's own store.

        Objects are named by their content and nothing refers to them yet, so a half-finished
        release changes no answer that git gives; the next one completes it.
        """
        for source in sorted((self.folder / "objects").glob("??/*")):
            target = self.git.git_dir / "objects" / source.parent.name / source.name
            if not target.exists():
                target.parent.mkdir(exist_ok=True)
                source.replace(target)


@contextmanager
def quarantine(git: Git) -> Iterator[Quarantine]:
    """Open a quarantine that leaves nothing behind unless it is released."""
    folder = git.git_dir / FOLDER / f"{os.getpid()}-{uuid.uuid4().hex}"
    (folder / "objects").mkdir(parents=True)
    try:
        yield Quarantine(git=git, folder=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(git_dir: Path) -> int:
    """Remove what killed workers left in a clone and return how many things that were.

    A folder in quarantine only takes room; a lock file of git's would block its ref for ever.
    """
    folders = _older(git_dir.glob(f"{FOLDER}/*"), ABANDONED_AFTER_SECONDS)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    candidates = [*git_dir.glob("*.lock"), *(git_dir / "refs").rglob("*.lock")]
    locks = _older(candidates, LOCK_ABANDONED_AFTER_SECONDS)
    for lock in locks:
        lock.unlink(missing_ok=True)
    return len(folders) + len(locks)


def _older(places: Iterable[Path], seconds: float) -> list[Path]:
    limit = time.time() - seconds
    found = []
    for place in places:
        with contextlib.suppress(FileNotFoundError):  # its owner was quicker
            if place.stat().st_mtime < limit:
                found.append(place)
    return found
