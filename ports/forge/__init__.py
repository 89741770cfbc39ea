"""Where are changes reviewed and merged? The contract that every forge keeps."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class TemporaryError(Exception):
    """The forge could not do it now; the same call may succeed later."""


class Busy(TemporaryError):
    """The forge wants to be left alone for so many seconds, and says so."""

    def __init__(self, words: str, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(words)


class PermanentError(Exception):
    """The forge will not do it, however often it is asked; the words say why."""


class Denied(PermanentError):
    """The forge does not let us: our right, its address or its repository is at fault."""


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


class Opinion(StrEnum):
    """Say what somebody on the forge thinks of a pull request."""

    APPROVED = "APPROVED"
    CHANGES_ASKED = "CHANGES_ASKED"
    SAID = "SAID"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True)
class Remark:
    """A review or comment of the forge; `path` and `line` tell where, if it is about a line."""

    author: str
    opinion: Opinion
    text: str
    at: str
    counts: bool = False  # its author may decide there: anybody can say something in public
    path: str = ""
    line: int | None = None
    url: str = ""


class Light(StrEnum):
    """Say how a check is going."""

    PENDING = "PENDING"
    PASSED = "PASSED"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Check:
    """What one check says of a commit; the words are for people."""

    name: str
    light: Light
    words: str = ""
    url: str = ""


@dataclass(frozen=True)
class Standing:
    """What people, checks and rules of the forge say of a pull request, as of now."""

    head: str
    remarks: tuple[Remark, ...] = ()
    checks: tuple[Check, ...] = ()
    obstacle: str = ""  # why the forge itself would not merge it now, if it would not


class Reviews(Protocol):
    """A forge where people and checks of others have a say before the merge."""

    def standing(self, number: int) -> Standing:
        """Return what is said of a pull request."""

    def report(self, commit: str, check: Check) -> None:
        """Show a check of ours beside a commit; a repeat changes nothing."""

    def say(self, number: int, key: str, text: str) -> None:
        """Comment on a pull request; the same key is never said twice."""
