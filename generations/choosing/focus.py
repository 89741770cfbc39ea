"""What can a generation work on, and how much is it worth?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Focus:
    """Name one thing that could be better: failing tests, a group of findings, an idea."""

    fingerprint: str  # `kind:key`; the same thing has the same one in every generation
    words: str  # for a person and for a prompt
    severity: float  # weight of its kind, above zero
    recurrence: float  # how often it is seen
    attempts: int = 0  # of earlier generations, accepted ones left out
    paths: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Return what comes before the colon."""
        return self.fingerprint.partition(":")[0]

    @property
    def worth(self) -> float:
        """Return severity times recurrence, less the more often it was tried in vain."""
        return self.severity * self.recurrence / (1 + self.attempts)
