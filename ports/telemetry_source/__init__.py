"""Where do the lines that a target writes come from, and how far were they read?"""

from dataclasses import dataclass
from typing import Any, Protocol

Cursor = dict[str, Any]


class TemporaryError(Exception):
    """The source cannot be read now; the next try may succeed."""


class PermanentError(Exception):
    """The source cannot be read until someone changes something."""


@dataclass(frozen=True, slots=True)
class Record:
    """One line as it was written; origin and offset name its place for good."""

    text: str
    origin: str
    offset: int
    time: str = ""  # when the carrier took it, for lines that tell no time of their own


@dataclass(frozen=True, slots=True)
class Batch:
    """What one read gave: lines, where to go on, lines cut or dropped, files not readable.

    Places are the files or containers that were found; behind are the bytes not read yet, None
    where the outside cannot say.
    """

    records: tuple[Record, ...]
    cursor: Cursor
    skipped: int = 0
    problems: tuple[str, ...] = ()
    more: bool = False
    places: int = 0
    behind: int | None = None


class Source(Protocol):
    """Give the lines written since a cursor; an empty cursor means from the beginning."""

    def read(self, cursor: Cursor, limit_bytes: int) -> Batch:
        """Return at most about limit_bytes of new lines; a missing file is no error."""
        ...
