"""What does a stage look like, and what can it answer?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from delivery.stages.site import Site
from targets.changes import Change


@dataclass(frozen=True)
class Passed:
    """The stage's question is answered; `found` holds what the delivery must remember."""

    message: str
    output: str = ""
    found: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Waiting:
    """Nothing is wrong; ask again later."""

    message: str
    again_seconds: float = 15.0
    output: str = ""
    frees_target: bool = False  # others may change it meanwhile; what moved is proven again


@dataclass(frozen=True)
class Again:
    """The ground moved: go back to an earlier stage and come here again."""

    stage: str
    message: str


@dataclass(frozen=True)
class Lapsed:
    """The approval does not hold any more: people are asked again, as it would stand now."""

    reason: str
    onto: Change | None = None  # as it would stand now, where that differs
    output: str = ""
    rule: str = "asked_again"


@dataclass(frozen=True)
class Failed:
    """The change is at fault."""

    reason: str
    output: str = ""


@dataclass(frozen=True)
class Errored:
    """We, or the world around us, are at fault: no stage returns this, the pipeline makes it."""

    reason: str


Answer = Passed | Waiting | Again | Lapsed | Failed


class Stage(Protocol):
    """Ask for a module with one function."""

    __name__: str

    def run(self, site: Site, now: datetime) -> Answer:
        """Look, act if that is still needed, and say what is so; never write a status."""
        ...
