"""How does a copy of the log reach a folder or a download, whole or not at all?"""

import os
import shutil
import tarfile
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from audit import log
from audit.events import Event
from audit.log import Actor
from audit.models import Entry
from audit.offline.copies import VERIFIER, Copy, NotCopied, Tree
from audit.offline.tiles import File

MOST_TO_SEND = 200_000  # entries; a larger copy would hold a web thread for minutes
_BLOCK = 512  # bytes, by which tar counts

Progress = Callable[[int, int], None]


class NotSent(Exception):
    """No copy is sent now; the words say why and what to do."""


@dataclass(frozen=True)
class Written:
    """Say what was written where, and which entry tells of it."""

    folder: Path
    tree: Tree
    bytes: int
    entry: Entry


def write(
    folder: Path,
    *,
    payloads: bool,
    actor: Actor,
    at: datetime,
    progress: Progress | None = None,
) -> Written:
    """Write a copy of the log into a new folder, and record it; raise NotCopied.

    Until everything is there it lies beside the folder under another name, and whatever goes
    wrong takes it away again.
    """
    tree = Tree.newest()
    copy = Copy(tree, payloads=payloads)
    try:
        _require_free(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    except OSError as error:
        raise _failed(folder, error) from error
    try:
        written = _fill(unfinished, copy, progress)
        with transaction.atomic():  # first: a copy that nobody knows of would be worse than none
            entry = _record(copy, actor, at, way="folder")
        unfinished.replace(folder)
    except BaseException as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        if isinstance(error, OSError):
            raise _failed(folder, error) from error
        raise
    return Written(folder, tree, written, entry)


def send(*, actor: Actor, at: datetime) -> "Sending":
    """Return a copy as a tar stream, and record it; raise NotCopied and NotSent."""
    tree = Tree.newest()
    if tree.size > MOST_TO_SEND:
        raise NotSent(
            f"the log has {tree.size:,} entries; more than {MOST_TO_SEND:,} are not sent from a"
            " page: run `manage.py log-export FOLDER` on the server"
        )
    if not _one_at_a_time.acquire(blocking=False):
        raise NotSent("another copy is being sent right now: try again in a moment")
    try:
        copy = Copy(tree, payloads=False)
        with transaction.atomic():
            _record(copy, actor, at, way="download")
    except BaseException:
        _one_at_a_time.release()
        raise
    return Sending(f"selfimprove-log-{tree.size}", copy.files(), at)


_one_at_a_time = threading.Lock()


class Sending:
    """Hand out the pieces of a tar, and let the next copy be sent once this one has ended."""

    def __init__(self, name: str, files: Iterable[File], at: datetime) -> None:
        """Take the files, and the folder and time that they get."""
        self.name = name
        self._pieces = packed(name, files, at)
        self._open = True

    def __iter__(self) -> Iterator[bytes]:
        """Return itself: there is one reader."""
        return self

    def __next__(self) -> bytes:
        """Return the next piece."""
        return next(self._pieces)

    def close(self) -> None:
        """End it, whether all was read or not."""
        if self._open:
            self._open = False
            _one_at_a_time.release()


def packed(name: str, files: Iterable[File], at: datetime) -> Iterator[bytes]:
    """Pack files into a tar, piece by piece."""
    for file in files:
        told = tarfile.TarInfo(f"{name}/{file.path}")
        told.size, told.mtime = len(file.content), int(at.timestamp())
        told.mode = 0o755 if file.path == VERIFIER else 0o644
        yield told.tobuf(tarfile.USTAR_FORMAT) + file.content
        yield bytes(-len(file.content) % _BLOCK)
    yield bytes(2 * _BLOCK)


def _require_free(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise NotCopied(f"{folder} is there and no folder: choose another name")
    if folder.is_dir() and any(folder.iterdir()):
        raise NotCopied(f"{folder} is not empty: nothing in it was touched; choose another name")


def _fill(folder: Path, copy: Copy, progress: Progress | None) -> int:
    written, entries = 0, 0
    made = {folder}
    for file in copy.files():
        path = folder / file.path
        if path.parent not in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            made.add(path.parent)
        path.write_bytes(file.content)
        written, entries = written + len(file.content), entries + file.entries
        if progress and file.entries:
            progress(entries, copy.tree.size)
    (folder / VERIFIER).chmod(0o755)
    os.sync()  # once for all: a sync of each small file would take longer than the copy
    return written


def _record(copy: Copy, actor: Actor, at: datetime, *, way: str) -> Entry:
    return log.record(
        Event.LOG_EXPORTED,
        actor=actor,
        subject="log",
        at=at,
        facts={
            "size": copy.tree.size,
            "root": copy.tree.root,
            "sums": copy.digest,  # what is sent is recorded before it can be summed up
            "payloads": copy.payloads,
            "way": way,
        },
    )


def _failed(folder: Path, error: OSError) -> NotCopied:
    return NotCopied(
        f"{folder} was not written: {error.strerror or error}. Nothing of it is left;"
        " mend that and run it again"
    )
