"""What does a checkpoint say that somebody keeps outside?"""

import base64
import binascii
import re
from dataclasses import dataclass

LONGEST = 20_000  # characters: three lines and as many signatures as anybody adds
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")


class Unreadable(ValueError):
    """This is not the text of a checkpoint; the words say why."""


@dataclass(frozen=True)
class Stated:
    """Hold the three lines of a checkpoint; the root is in hex."""

    origin: str
    size: int
    root: str

    @property
    def line(self) -> str:
        """Return it on one line, as the trailer of a commit carries it."""
        root = base64.b64encode(bytes.fromhex(self.root)).decode()
        return f"{self.origin} {self.size} {root}"


def parse(note: str) -> Stated:
    """Read the text of a checkpoint, signed or not; raise Unreadable."""
    if len(note) > LONGEST:
        raise Unreadable(f"it has {len(note)} characters")
    lines = note.split("\n")
    if len(lines) < 4:
        raise Unreadable("it has fewer than three lines")
    return _stated(*lines[:3])


def parse_line(line: str) -> Stated:
    """Read what a trailer carries; raise Unreadable."""
    parts = line.rsplit(" ", 2)
    if len(parts) != 3:
        raise Unreadable("it does not name origin, size and root")
    return _stated(*parts)


def text_of(note: str) -> str:
    """Return what the signatures of a note cover."""
    return note.partition("\n\n")[0].rstrip("\n") + "\n"


def _stated(origin: str, size: str, root: str) -> Stated:
    if not origin or not origin.isprintable():
        raise Unreadable("it names no origin")
    if not _SIZE.fullmatch(size):
        raise Unreadable("it states no size")
    try:
        digest = base64.b64decode(root, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unreadable("it states no root") from error
    if len(digest) != 32 or base64.b64encode(digest).decode() != root:
        raise Unreadable("its root is not that of a tree")
    return Stated(origin, int(size), digest.hex())
