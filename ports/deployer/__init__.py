"""How does a merged change reach the running system? The contract that every deployer keeps."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class TemporaryError(Exception):
    """The system could not be brought to the commit now; the same call may succeed later."""


class PermanentError(Exception):
    """The system cannot be brought to the commit as it is; the words say what to do."""


class Outcome(StrEnum):
    """Say how a step ended."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    SKIPPED = "SKIPPED"


class Step(Protocol):
    """One command of the target that runs when a matching path changed."""

    @property
    def name(self) -> str:
        """Return what people call it."""

    @property
    def paths(self) -> Sequence[str]:
        """Return the patterns of which one must match a changed path."""

    @property
    def command(self) -> Sequence[str]:
        """Return the program and its arguments."""

    @property
    def timeout_seconds(self) -> float:
        """Return how long it may take."""


@dataclass(frozen=True)
class StepResult:
    """How one step ended; no exit code when it was not run or did not end by itself."""

    name: str
    command: tuple[str, ...]
    outcome: Outcome
    exit_code: int | None = None
    seconds: float = 0.0
    output: str = ""


@dataclass(frozen=True)
class Underway:
    """It has begun and goes on without us; the same call tells later how it is."""

    words: str
    again_seconds: float
    output: str = ""


class Deployer(Protocol):
    """Brings the running system to a commit; each call may be repeated without harm."""

    def deploy(
        self, commit: str, steps: Sequence[Step], changed_paths: Sequence[str]
    ) -> tuple[StepResult, ...] | Underway:
        """Move to the commit, run the steps that the changed paths call for, tell each outcome."""
