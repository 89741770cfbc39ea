"""Which lines were added to some files since the last look, through rotation and truncation?"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import IO

from ports.telemetry_source import Batch, Cursor, Record
from ports.telemetry_source.places import Found, files_of, hindrances, shortened
from ports.telemetry_source.positions import (
    BROKEN,
    HEAD,
    Position,
    dump,
    head_of,
    load,
    located,
    opened,
    rested,
)
from ports.telemetry_source.wide import PLAIN, Encoding, Lines, encoding_of

CHUNK = 65_536
MAX_LINE = 65_536


@dataclass(slots=True)
class _Read:
    """What one read has gathered so far, over all files."""

    left: int
    max_line: int
    records: list[Record] = field(default_factory=list)
    skipped: int = 0
    problems: list[str] = field(default_factory=list)
    more: bool = False
    behind: int = 0


def tail(location: str, cursor: Cursor, limit_bytes: int, max_line: int = MAX_LINE) -> Batch:
    """Read on in every file of the location, oldest first, until the limit."""
    known = load(cursor)
    read = _Read(limit_bytes, max_line, problems=list(hindrances(location)))
    positions: list[Position] = []
    files = files_of(location)
    for file, position in located(files, known):
        try:
            position = rested(file, _advanced(file, position, read))
        except PermissionError as error:
            read.problems.append(f"{file.path}: {error.strerror}; let our user read it")
        except OSError as error:
            read.problems.append(f"{file.path}: {error.strerror}")
        positions.append(position)
        read.behind += _behind(file, position)
    return Batch(
        tuple(read.records),
        dump(positions, known),
        read.skipped,
        shortened(read.problems),
        read.more,
        places=len(files),
        behind=read.behind,
    )


def _behind(file: Found, position: Position) -> int:
    """Return how much of a file is not read yet; of an archive its packed size until its end."""
    if file.compressed:
        return 0 if position.done else file.size
    return max(0, file.size - position.offset)


def _advanced(file: Found, position: Position, read: _Read) -> Position:
    """Read one file from its position and return the new one."""
    if position.done or (not file.compressed and file.size <= position.offset):
        return position
    if read.left <= 0:
        read.more = True
        return position
    with opened(file) as stream:
        try:
            encoding = encoding_of(stream.readline(HEAD))
            stream.seek(position.offset)
            position, ended = _lines(stream, position, read, encoding, final=file.compressed)
        except BROKEN:
            read.skipped += 1
            read.problems.append(f"{file.path}: the compressed file is broken from here on")
            ended = True
    known = min(HEAD, position.offset)
    if position.head_length < known:
        position = replace(position, head=head_of(file, known), head_length=known)
    return replace(position, done=file.compressed and ended)


def _lines(
    stream: IO[bytes], position: Position, read: _Read, encoding: Encoding, *, final: bool
) -> tuple[Position, bool]:
    """Take whole lines; say whether the end was reached. An unfinished line waits for its rest."""
    start, skipping = position.offset, position.skipping
    for line, complete in _pieces(encoding.lines(stream), read, encoding.newline):
        whole = complete or (final and len(line) <= read.max_line)
        if not whole and len(line) <= read.max_line:
            break
        if not skipping:
            _take(line, start, position.origin, read, encoding)
        start += len(line)
        skipping = not whole
    ended = read.left > 0
    read.more = read.more or not ended
    return replace(position, offset=start, skipping=skipping), ended


def _pieces(stream: Lines, read: _Read, newline: bytes) -> Iterator[tuple[bytes, bool]]:
    """Yield lines with their end, and pieces of lines that are too long to wait for their end."""
    while read.left > 0:
        line = stream.readline(read.max_line + len(newline))
        if not line:
            return
        read.left -= len(line)
        yield line, line.endswith(newline)


def _take(line: bytes, start: int, origin: str, read: _Read, encoding: Encoding = PLAIN) -> None:
    read.skipped += len(line.rstrip(b"\r\n\0")) > read.max_line
    text = encoding.text_of(line[: read.max_line], first=start == 0)
    if text.strip():
        read.records.append(Record(text, origin, start))
