"""Which files does a place on disk mean now, and what keeps it from ever giving a line?"""

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from glob import escape, glob, has_magic
from itertools import takewhile
from pathlib import Path

ROTATED = re.compile(r"(?:\.[0-9]{1,14}|-[0-9]{8,14}(?:-[0-9]+)?)(?:\.gz)?$|\.gz$")
MOST_TOLD = 5
_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """One file of a location as it is now."""

    path: Path
    device: int
    inode: int
    size: int
    modified: float
    changed: int = 0  # nanoseconds of the last change of any kind

    @property
    def compressed(self) -> bool:
        """Say whether the file has to be unpacked."""
        return self.path.suffix == ".gz"


def files_of(location: str) -> list[Found]:
    """Return the files of a path or glob with their rotated siblings, each once, oldest first."""
    pattern = escape(location) if os.path.lexists(location) else location
    names = set(glob(pattern))  # noqa: PTH207  # Path.glob takes no absolute pattern
    for ending in (".[0-9]*", "-[0-9]*", ".gz"):
        rotated = glob(pattern + ending)  # noqa: PTH207  # the same
        names.update(name for name in rotated if ROTATED.search(name))
    # While a file is being compressed both forms are there: the plain one counts.
    settled = {name for name in names if name.removesuffix(".gz") not in names - {name}}
    found = [file for name in sorted(settled) if (file := _found(Path(name)))]
    return sorted(_once(found), key=lambda file: (file.modified, file.path.name))


def _once(files: Iterable[Found]) -> Iterable[Found]:
    """Leave out further names of a file: links of either kind."""
    named: dict[tuple[int, int], Found] = {}
    for file in files:
        other = named.setdefault((file.device, file.inode), file)
        if other.path.is_symlink() and not file.path.is_symlink():
            named[file.device, file.inode] = file
    return named.values()


def _found(path: Path) -> Found | None:
    try:
        status = path.stat()
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None  # a pipe would block, a folder has no lines
    return Found(
        path, status.st_dev, status.st_ino, status.st_size, status.st_mtime, status.st_ctime_ns
    )


def hindrances(location: str) -> Iterator[str]:
    """Yield what keeps a place from ever giving a line, and what to do about it."""
    yield from _wrong_kind(location)
    # The folder of a glob is the last one before the first part with a sign of its own.
    parts = Path(location).parts[:-1]
    plain = list(takewhile(lambda part: not has_magic(part), parts))
    folder = Path(*plain)
    needed = os.X_OK | (os.R_OK if has_magic(location) else 0)
    with suppress(FileNotFoundError, NotADirectoryError):
        try:
            folder.stat()
            closed = not os.access(folder, needed)
        except PermissionError:
            closed = True
        except (FileNotFoundError, NotADirectoryError):
            raise
        except OSError as error:
            yield f"{folder}: {error.strerror}; mend it"
            return
        if closed:
            yield f"{folder}: Permission denied; let our user read it"


def _wrong_kind(location: str) -> Iterator[str]:
    """Yield a sentence when the place is there and is no file."""
    try:
        mode = Path(location).stat().st_mode
    except OSError as error:
        if error.errno == errno.ELOOP:
            yield f"{location} is a link that leads to itself: name the file it should lead to"
        return
    if stat.S_ISDIR(mode):
        yield f"{location} is a folder: name the files in it, as {location}/*.log"
    for is_kind, words in _KINDS:
        if is_kind(mode):
            yield f"{location} is {words}: only files are read; let its writer write a file"


def shortened(problems: list[str]) -> tuple[str, ...]:
    """Return problems as people read them: the first few, and how many more there are."""
    more = len(problems) - MOST_TOLD
    if more <= 0:
        return tuple(problems)
    return (*problems[:MOST_TOLD], f"and {more} more like these")
