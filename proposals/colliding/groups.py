"""What can several open proposals have in common? Pure."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    """Say what it is, the gravest first."""

    LINES = "lines"
    FILE = "file"
    STEP = "step"

    @property
    def words(self) -> str:
        """Say it to people."""
        return _WORDS[self]

    @property
    def order(self) -> int:
        """Return its place among the kinds, the gravest at 0."""
        return list(Kind).index(self)


_WORDS = {
    Kind.LINES: "the same lines",
    Kind.FILE: "the same file",
    Kind.STEP: "the same deploy step",
}


@dataclass(frozen=True)
class Group:
    """Hold what several open proposals of one target have in common."""

    kind: Kind
    target: str
    name: str  # of the file or the step
    where: str  # which lines
    members: tuple[UUID, ...]

    @property
    def title(self) -> str:
        """Name it on one line."""
        return f"{self.name}, {self.where}" if self.where else self.name
