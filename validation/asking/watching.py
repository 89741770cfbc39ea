"""Who sees how far a check is, and who can stop it?"""

from typing import Protocol

from validation.models import Outcome
from validation.verdicts import Progress

BEAT = 0.25  # seconds between two looks of a check at whoever watches it


class Watch(Protocol):
    """Is told what happens; `heard` may be called from any thread, all else by the check's own."""

    def began(self, gate: str) -> None:
        """Take note that a gate is being asked."""

    def ended(self, gate: str, outcome: Outcome) -> None:
        """Take note of its answer."""

    def heard(self, gate: str, piece: bytes) -> None:
        """Take a piece of output of the target's code, as it comes."""

    def beat(self) -> None:
        """Take note that the check is alive; called several times a second."""

    def stopped_by(self) -> str:
        """Name who stopped the check; nothing as long as nobody did."""


class Unwatched:
    """Tells a plain callback of each gate, if there is one; nobody can stop the check."""

    def __init__(self, progress: Progress | None = None) -> None:
        self._progress = progress

    def began(self, gate: str) -> None:
        """Pass it on."""
        if self._progress:
            self._progress(gate, None)

    def ended(self, gate: str, outcome: Outcome) -> None:
        """Pass it on."""
        if self._progress:
            self._progress(gate, outcome)

    def heard(self, gate: str, piece: bytes) -> None:
        """Leave output to the answer."""

    def beat(self) -> None:
        """Need no sign of life."""

    def stopped_by(self) -> str:
        """Name nobody."""
        return ""
