"""Which records does a file hold, without holding the file in memory?"""

import codecs
import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

LONGEST = 1_000_000  # bytes of a line of ours; theirs are longer
LARGEST = 64_000_000  # characters of one JSON value, or of one row
CHUNK = 1 << 18
LINES, JSON, CSV = "lines", "json", "csv"
BROKEN = (EOFError, gzip.BadGzipFile, zlib.error)


class Unreadable(Exception):
    """The file cannot be read to its end; nothing was imported."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its number in the file, and what it says or what is wrong with it."""

    number: int
    value: Any
    fault: str = ""


@dataclass(slots=True)
class Opened:
    """A file while it is read: its plain bytes, and how much of it was taken."""

    plain: IO[bytes]
    raw: IO[bytes]

    @property
    def taken(self) -> int:
        """Return how many bytes of the file have been read."""
        return self.raw.tell()


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Open a file, packed or not, behind its byte order mark."""
    with ExitStack() as stack:
        raw = stack.enter_context(path.open("rb"))
        plain: IO[bytes] = raw
        if raw.peek(2)[:2] == b"\x1f\x8b":
            plain = cast(IO[bytes], stack.enter_context(gzip.open(raw, "rb")))
        try:
            if cast(io.BufferedReader, plain).peek(3)[:3] == codecs.BOM_UTF8:
                plain.read(3)
            yield Opened(plain, raw)
        except BROKEN as error:
            raise Unreadable(f"the compressed file is broken: {error}") from error


def lines(file: IO[bytes], longest: int = LARGEST) -> Iterator[tuple[int, bytes]]:
    """Yield numbered lines, of a long one only its beginning."""
    number = 0
    while line := file.readline(longest + 1):
        number += 1
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = file.readline(CHUNK)
        if line.strip():
            yield number, line


def records(file: IO[bytes], kind: str) -> Iterator[Record]:
    """Yield the records of a file of JSON lines, of JSON values or of rows."""
    if kind == LINES:
        yield from _of_lines(file)
    elif kind == CSV:
        yield from _of_rows(file)
    else:
        yield from (Record(number, value) for number, value in enumerate(_Values(file), 1))


def _of_lines(file: IO[bytes]) -> Iterator[Record]:
    for number, line in lines(file):
        try:
            yield Record(number, json.loads(line))
        except (ValueError, RecursionError):
            long = len(line) > LARGEST
            yield Record(
                number, None, f"longer than {LARGEST} bytes" if long else "the JSON is broken"
            )


def _of_rows(file: IO[bytes]) -> Iterator[Record]:
    csv.field_size_limit(LARGEST)
    text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="")
    try:
        rows = csv.DictReader(text)
        for row in rows:
            yield Record(
                rows.line_num, {k: v for k, v in row.items() if k and v not in ("", None)}
            )
    except csv.Error as error:
        raise Unreadable(f"row {rows.line_num}: {error}") from error
    finally:
        text.detach()


class _Values:
    """Take one JSON value after the other; of an array its elements."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.text = ""
        self.at = 0
        self.passed = 0  # characters before the text
        self.ended = False

    def __iter__(self) -> Iterator[Any]:
        inside = self._next() == "["
        if inside:
            self.at += 1
        while True:
            sign = self._next()
            if not sign:
                if inside:
                    raise Unreadable(f"the array ends too early, at character {self._place()}")
                return
            if inside and sign == "]":
                inside = False
                self.at += 1
            elif sign == ",":
                self.at += 1
            else:
                yield self._value()

    def _next(self) -> str:
        """Skip blanks; return the next sign without taking it, nothing at the end."""
        while True:
            while self.at < len(self.text) and self.text[self.at].isspace():
                self.at += 1
            if self.at < len(self.text):
                return self.text[self.at]
            if not self._more(CHUNK):
                return ""

    def _value(self) -> Any:
        scanner = json.JSONDecoder()
        while True:
            try:
                value, end = scanner.raw_decode(self.text, self.at)
            except RecursionError:
                raise Unreadable(f"nested too deep at character {self._place()}") from None
            except ValueError as error:
                held = len(self.text) - self.at
                if held > LARGEST:
                    raise Unreadable(_too_large(self._place())) from None
                # As much again as is held: a large value is tried a few times, not at each chunk.
                if not self._more(max(CHUNK, held)):
                    raise Unreadable(_broken(error, self.passed)) from None
                continue
            if end == len(self.text) and self._more(CHUNK):
                continue  # a number may go on
            self.at = end
            return value

    def _more(self, size: int) -> bool:
        if self.ended:
            return False
        piece = self.file.read(size)
        self.ended = not piece
        self.passed += self.at
        self.text = self.text[self.at :] + self.decoder.decode(piece, final=self.ended)
        self.at = 0
        return bool(piece)

    def _place(self) -> int:
        return self.passed + self.at


def _too_large(place: int) -> str:
    return (
        f"the value at character {place} is larger than {LARGEST // 1_000_000} MB:"
        " export it as JSON lines, or split it"
    )


def _broken(error: ValueError, passed: int) -> str:
    at = passed + getattr(error, "pos", 0)
    return f"the JSON is broken at character {at}; the file may be cut off: export it again"
