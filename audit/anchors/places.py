"""Where is the log published, and what may a place say about it?

The rooms above know git, files and witnesses; they offer their places here, as followers
subscribe, since this room stands below them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

LONGEST_WORDS = 1_000  # characters of what a place or git said
ANOTHER = "another"  # a root that is known to differ, where nobody tells which it is


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Hold what somebody outside states of the tree; no root where only the size is known."""

    origin: str
    size: int
    root: str = ""
    note: str = ""
    reference: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Held:
    """Hold everything that a place states, what there is not ours, and what cannot be read."""

    claims: tuple[Claim, ...] = ()
    foreign: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Published:
    """Say where a checkpoint is now, what else was found of ours, and what had been lost."""

    reference: str
    note: str
    found: tuple[Claim, ...] = ()
    put_back: str = ""


class NotReached(Exception):
    """The place did not answer or did not take it; it is tried again."""


class Conflict(Exception):
    """The place holds what does not fit the log; nothing there was touched."""


def plain(words: str) -> str:
    """Make what a place, git or an author's name said fit for a terminal and for the log."""
    return "".join(sign if sign.isprintable() else " " for sign in words)[:LONGEST_WORDS]


class Place(Protocol):
    """Keep checkpoints where this database's owner alone cannot change them."""

    @property
    def kind(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    def held(self) -> Held:
        """Read what the place states; what cannot be read is a doubt, never an error."""
        ...

    def publish(self, newest: Claim, last: Claim | None, now: datetime) -> Published:
        """Put the newest checkpoint there behind the last one; raise NotReached or Conflict."""
        ...


Source = Callable[[], Iterable[Place]]
_sources: list[Source] = []


def offer(source: Source) -> None:
    """Let the log be published wherever this source names."""
    if source not in _sources:
        _sources.append(source)


def offered() -> list[Place]:
    """Return every place where the log is to be published now."""
    return [place for source in _sources for place in source()]
