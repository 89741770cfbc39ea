"""What can the log key say about other keys, and how is it written?

Each statement is the text of a signed note. Nobody without the log key can make one, so it does
not matter who carries it, or which table or file it lies in.
"""

import re
from dataclasses import dataclass

from audit.notes import BadKey, BadNote, Key

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True)
class Endorsement:
    """A writer's key may sign entries."""

    origin: str
    writer: Key

    @property
    def about(self) -> str:
        """Name the key."""
        return self.writer.name

    def __str__(self) -> str:
        """Write the text that is signed."""
        return f"{self.origin}/writer\n{self.writer}\n"


@dataclass(frozen=True)
class Revocation:
    """What a writer's key signed is sealed up to this size, and nothing beyond it."""

    origin: str
    writer: Key
    size: int

    @property
    def about(self) -> str:
        """Name the key."""
        return self.writer.name

    def __str__(self) -> str:
        """Write the text that is signed."""
        return f"{self.origin}/writer-revoked\n{self.writer}\n{self.size}\n"


@dataclass(frozen=True)
class Succession:
    """Checkpoints beyond this size are signed by the new log key; both keys say so.

    Where its name is another one, the old key has signed larger trees that were lost.
    """

    origin: str
    old: Key
    new: Key
    size: int

    @property
    def about(self) -> str:
        """Name the log."""
        return self.origin

    def __str__(self) -> str:
        """Write the text that is signed."""
        return f"{self.origin}/log-key\n{self.old}\n{self.new}\n{self.size}\n"


Statement = Endorsement | Revocation | Succession


def parse(text: str) -> Statement:
    """Read a statement; raise BadNote when it is none."""
    head, *rest = text.removesuffix("\n").split("\n")
    origin, _, kind = head.rpartition("/")
    try:
        match kind, rest:
            case "writer", [writer]:
                return Endorsement(origin, Key.parse(writer))
            case "writer-revoked", [writer, size] if _SIZE.fullmatch(size):
                return Revocation(origin, Key.parse(writer), int(size))
            case "log-key", [old, new, size] if _SIZE.fullmatch(size):
                return Succession(origin, Key.parse(old), Key.parse(new), int(size))
    except BadKey as error:
        raise BadNote(f"the statement names no key: {error}") from error
    raise BadNote("the text states nothing about a key")
