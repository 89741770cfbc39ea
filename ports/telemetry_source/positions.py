"""Which file on disk is the one we read before, whatever it is called now?"""

import errno
import gzip
import hashlib
import os
import stat
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import IO, cast

from ports.telemetry_source import Cursor
from ports.telemetry_source.places import ROTATED, Found

HEAD = 1024
TELLING = 32  # bytes without which a beginning tells nothing
REMEMBERED = 64  # states of files that are not there now: being compressed, or gone
SETTLED_NS = 10_000_000_000  # a file unchanged for so long cannot change within its clock's tick
BROKEN = (EOFError, gzip.BadGzipFile, zlib.error)


@dataclass(frozen=True, slots=True)
class Position:
    """How far one file was read, and what it is known by."""

    origin: str
    device: int
    inode: int
    offset: int = 0
    head: str = ""
    head_length: int = 0
    skipping: bool = False  # in the middle of a line that was too long
    done: bool = False  # compressed and read to its end
    changed: int = 0  # the file's last change when it had rested for a while, else 0


class Replaced(OSError):
    """Another file has taken the name of the one that was found."""


@contextmanager
def opened(found: Found) -> Iterator[IO[bytes]]:
    """Open a file for its plain bytes; a pipe that took its name meanwhile is not waited for."""
    descriptor = os.open(found.path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        same = (status.st_dev, status.st_ino) == (found.device, found.inode)
        if not same or not stat.S_ISREG(status.st_mode):
            raise Replaced(errno.ESTALE, "replaced at this moment; it is read next time")
        if found.compressed:
            with gzip.open(file, "rb") as unpacked:
                yield cast(IO[bytes], unpacked)
        else:
            yield file


def load(cursor: Cursor) -> list[Position]:
    """Read positions out of a stored cursor, one of an older or newer release too."""
    names = {field.name for field in fields(Position)}
    return [
        Position(**{name: value for name, value in entry.items() if name in names})
        for entry in cursor.get("files", [])
    ]


def dump(current: list[Position], known: list[Position]) -> Cursor:
    """Write positions into a cursor; those of files not there now are kept for a while."""
    origins = {position.origin for position in current}
    absent = [position for position in known if position.origin not in origins]
    return {"files": [asdict(p) for p in [*absent[-REMEMBERED:], *current]]}


def located(files: list[Found], known: list[Position]) -> list[tuple[Found, Position]]:
    """Pair each file with its position: by inode first, then by content, else from the start."""
    pairs: dict[Path, Position] = {}
    left = _paired_by_inode(files, known, pairs)
    _pair_by_content([file for file in files if file.path not in pairs], left, pairs)
    originals: dict[str, list[Position]] = {}
    for position in pairs.values():
        originals.setdefault(position.origin.rpartition("#")[0], []).append(position)
    return [
        (file, pairs.get(file.path) or _fresh(file))
        for file in files
        if file.path in pairs or not _is_copy(file, originals)
    ]


def _paired_by_inode(
    files: list[Found], known: list[Position], pairs: dict[Path, Position]
) -> list[Position]:
    """Pair what kept its inode; return the positions that are left over."""
    by_inode: dict[tuple[int, int], list[Position]] = {}
    for position in known:
        by_inode.setdefault((position.device, position.inode), []).append(position)
    taken: set[str] = set()
    for file in files:
        for position in by_inode.get((file.device, file.inode), ()):
            if position.origin not in taken and _same_file(file, position):
                taken.add(position.origin)
                pairs[file.path] = position
                break
    return [position for position in known if position.origin not in taken]


def _pair_by_content(
    files: Iterable[Found], left: list[Position], pairs: dict[Path, Position]
) -> None:
    """Pair files whose beginning we read under another inode: copied, compressed, mounted anew."""
    by_head: dict[int, dict[str, list[Position]]] = {}
    for position in left:
        if position.head_length >= TELLING:
            heads = by_head.setdefault(position.head_length, {})
            heads.setdefault(position.head, []).append(position)
    for file in files:
        for length, heads in by_head.items():
            candidates = heads.get(head_of(file, length), [])
            match = next((p for p in candidates if _long_enough(file, p)), None)
            if match:
                candidates.remove(match)
                pairs[file.path] = replace(match, device=file.device, inode=file.inode, changed=0)
                break


def _is_copy(file: Found, originals: dict[str, list[Position]]) -> bool:
    """Say whether a rotation is copying: the original, not truncated yet, still counts."""
    name = ROTATED.sub("", _written(file.path))
    return any(
        position.head_length >= TELLING and head_of(file, position.head_length) == position.head
        for position in originals.get(name, ())
    )


def _same_file(file: Found, position: Position) -> bool:
    """Say whether the file is the one with this inode, only longer, not written anew."""
    if position.changed and position.changed == file.changed:
        return True  # nobody has touched it since: thousands of resting files stay unopened
    if not position.head_length:
        return position.done and not position.changed  # an archive broken from its start
    return _long_enough(file, position) and head_of(file, position.head_length) == position.head


def _long_enough(file: Found, position: Position) -> bool:
    return file.compressed or file.size >= position.offset


def rested(file: Found, position: Position) -> Position:
    """Remember the last change of a file that has not changed for a while."""
    still = file.changed if time.time_ns() - file.changed > SETTLED_NS else 0
    return position if position.changed == still else replace(position, changed=still)


def head_of(file: Found, length: int) -> str:
    """Hash the first bytes; an unreadable file has no head."""
    try:
        with opened(file) as stream:
            return hashlib.blake2b(stream.read(length), digest_size=16).hexdigest()
    except (OSError, *BROKEN):
        return ""


def _fresh(file: Found) -> Position:
    """Name a new file: its first bytes tell it from an older one with the same inode."""
    name = f"{file.device}:{file.inode}:{head_of(file, HEAD)}"
    identity = hashlib.blake2b(name.encode(), digest_size=8).hexdigest()
    return Position(f"{_written(file.path)}#{identity}", file.device, file.inode)


def _written(path: Path) -> str:
    """Write a path, links followed, so that every database takes it: a name may be any bytes."""
    return os.fsencode(os.path.realpath(path)).decode("utf-8", "backslashreplace")
