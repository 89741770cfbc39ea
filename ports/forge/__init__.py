"""Where are changes reviewed and merged? The contract that every forge keeps."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class TemporaryError(Exception):
    """The forge could not do it now; the same call may succeed later."""


class PermanentError(Exception):
    """The forge will not do it, however often it is asked; the words say why."""


class State(StrEnum):
    """Say how far a pull request is."""

    OPEN = "OPEN"
    MERGED = "MERGED"
    CLOSED = "CLOSED"


@dataclass(frozen=True)
class PullRequest:
    """A branch that asks to be merged; `merge_commit` is empty until it is."""

    number: int
    branch: str
    base: str
    head: str
    title: str
    body: str
    state: State
    merge_commit: str = ""
    url: str = ""


class Forge(Protocol):
    """Opens, merges and closes pull requests; each call may be repeated without harm."""

    def find(self, branch: str) -> PullRequest | None:
        """Return the newest pull request of a branch, whatever its state."""

    def open(self, branch: str, base: str, title: str, body: str) -> PullRequest:
        """Open a pull request for a pushed branch, or return the one that is there."""

    def merge(self, number: int, expected_head: str, message: str, at: datetime) -> str:
        """Merge exactly this head and return the merge commit, the same one when repeated."""

    def close(self, number: int) -> None:
        """Close without merging."""

    def status(self, number: int) -> PullRequest:
        """Return the pull request as it is now."""
