"""How are lines read whose characters take two bytes?"""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass
from typing import IO, Protocol

_LOOKED_AT = 64  # bytes behind the mark that have to look like two-byte characters


class Lines(Protocol):
    """What gives lines as a file does."""

    def readline(self, size: int, /) -> bytes:
        """Return a line with its end, or its first bytes, or nothing at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the lines of one file are written."""

    name: str
    mark: int  # bytes before the first character
    newline: bytes

    def text_of(self, line: bytes, *, first: bool) -> str:
        """Return what a line says, whatever is wrong with its bytes."""
        return line[self.mark if first else 0 :].decode(self.name, "replace").rstrip("\r\n")

    def lines(self, stream: IO[bytes]) -> Lines:
        """Return the stream itself, or what finds two-byte line ends in it."""
        return stream if len(self.newline) == 1 else _Wide(stream, self.newline)


PLAIN = Encoding("utf-8", 0, b"\n")
MARKED = Encoding("utf-8", 3, b"\n")
_WIDE = {
    BOM_UTF16_LE: Encoding("utf-16-le", 2, b"\n\0"),
    BOM_UTF16_BE: Encoding("utf-16-be", 2, b"\0\n"),
}


def encoding_of(head: bytes) -> Encoding:
    """Say how a file is written, by its first bytes; in doubt it is UTF-8."""
    if head.startswith(b"\xef\xbb\xbf"):
        return MARKED
    found = _WIDE.get(head[:2])
    if found is None:
        return PLAIN
    units = head[2 : 2 + _LOOKED_AT]
    high = units[found.newline.index(0) :: 2]
    # The mark alone may be chance; the characters of a log's beginning are mostly ASCII.
    return found if high and high.count(0) * 2 > len(high) else PLAIN


@dataclass(slots=True)
class _Wide:
    """Read whole characters of two bytes each, from an even place on."""

    stream: IO[bytes]
    newline: bytes

    def readline(self, size: int, /) -> bytes:
        """Return a line with its end, or its first bytes."""
        size -= size % 2
        line = b""
        while len(line) < size:
            piece = self.stream.readline(size - len(line))
            if not piece:
                return line
            line += piece
            if len(line) % 2:  # the other half of a character
                line += self.stream.read(1)
            if line.endswith(self.newline):
                return line
        return line
