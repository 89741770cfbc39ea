"""What is said on a forge about a pull request, and what can we say there?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ports.forge import Opinion


@dataclass(frozen=True)
class Spot:
    """Name a line of a pull request's diff: `L` is the side before, `R` the side after."""

    path: str
    side: str
    line: int


@dataclass(frozen=True)
class Uttered:
    """One comment or review as it is on the forge now."""

    name: str  # of the comment there, and of nothing else in that repository
    author: str
    text: str
    at: str
    edited: str = ""
    opinion: Opinion = Opinion.SAID
    spot: Spot | None = None  # where it was said; of a reply, where its thread is
    is_current: bool = True  # the line is still part of the diff
    line_text: str = ""
    root: str = ""  # the first comment of the thread that it answers in
    is_ours: bool = False  # said with the credential that opened the pull request


@dataclass(frozen=True)
class Strand:
    """Say how a thread there stands."""

    key: str  # what resolving it asks for
    is_resolved: bool
    resolved_by: str = ""


@dataclass(frozen=True)
class Heard:
    """Everything that is said there, oldest first, and how the threads stand by their root."""

    uttered: tuple[Uttered, ...] = ()
    strands: Mapping[str, Strand] = field(default_factory=dict)


class Conversation(Protocol):
    """A forge where people talk about lines; whoever writes looks first what is there."""

    def hear(self, number: int) -> Heard:
        """Return all that is said of a pull request now."""

    def speak(
        self, number: int, text: str, *, commit: str = "", spot: Spot | None = None, root: str = ""
    ) -> str:
        """Comment on a line, in a thread or on the whole; return the comment's name there."""

    def change(self, name: str, text: str) -> None:
        """Put another text in the place of a comment of ours."""

    def withdraw(self, name: str) -> None:
        """Delete a comment of ours; one that is gone already is fine."""

    def settle(self, strand: Strand, *, resolved: bool) -> None:
        """Resolve a thread, or open it again."""
