"""What does a phase look like, what does it work on, and what can it answer?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from generations.choosing.focus import Focus
from generations.models import Generation, Reason
from personas.replies.contracts import Plan, Review
from ports.sandbox import Stopped
from targets.changes import Change
from targets.manifest import Manifest
from targets.repository import Repository
from validation.models import Report

# Writes rows beside the generation's own, and returns columns of the generation. It is called in
# the transaction that records the answer, under the lease: all of it is there, or nothing.
Writes = Callable[[], Mapping[str, object]]


def no_rows() -> Mapping[str, object]:
    """Write nothing."""
    return {}


@dataclass(frozen=True)
class Passed:
    """The phase did its part; `found` holds columns of the generation that are remembered."""

    message: str
    found: Mapping[str, object] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)  # JSON for the report
    output: str = ""
    writes: Writes = no_rows


@dataclass(frozen=True)
class Rejected:
    """The work is not good enough, or cannot be used: the generation ends with this reason."""

    kind: Reason
    reason: str
    found: Mapping[str, object] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    output: str = ""
    writes: Writes = no_rows


@dataclass(frozen=True)
class Nothing:
    """There is nothing to improve, or nobody to look at it: a normal end."""

    reason: str
    details: Mapping[str, Any] = field(default_factory=dict)
    kind: Reason = Reason.NO_CHANGE


@dataclass(frozen=True)
class Errored:
    """We, or the world around us, are at fault: no phase returns this, the loop makes it."""

    reason: str


Answer = Passed | Rejected | Nothing


class Refused(Exception):
    """An engine gave nothing that can be used; becomes Rejected."""

    def __init__(
        self, kind: Reason, reason: str, details: Mapping[str, Any] | None = None
    ) -> None:
        self.kind, self.reason, self.details = kind, reason, details or {}
        super().__init__(reason)


class NothingToDo(Exception):
    """An engine found nothing to improve; becomes Nothing."""

    def __init__(self, reason: str, details: Mapping[str, Any] | None = None) -> None:
        self.details = details or {}
        super().__init__(reason)


@dataclass(frozen=True)
class Planned:
    """Hold a plan and what it is about."""

    plan: Plan
    focus: Focus
    written_by: str  # of proposals.models.Engine
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Built:
    """Hold a diff that fits the base, and where its parts come from."""

    diff: str
    written_by: str
    details: Mapping[str, Any] = field(default_factory=dict)  # repairs, fixers and rules, notes


@dataclass(frozen=True)
class Reviewed:
    """Hold a judgement of a change."""

    review: Review
    details: Mapping[str, Any] = field(default_factory=dict)


class Engine(Protocol):
    """Plan, build and review; raise Refused or NothingToDo where nothing came of it."""

    def plan(self, turn: "Turn", focuses: Sequence[Focus]) -> Planned: ...

    def build(self, turn: "Turn", plan: Plan) -> Built: ...

    def review(self, turn: "Turn", plan: Plan, change: Change, report: Report) -> Reviewed: ...


@dataclass(frozen=True)
class Turn:
    """Hold what a phase may use: nothing else of the world is its business."""

    generation: Generation
    repository: Repository
    manifest: Manifest  # of the base: what is changed does not choose its judge
    engine: Engine
    clock: Callable[[], datetime]
    stopped: Stopped  # a person, the deadline, or another worker ended it
    told: Callable[[str], None]  # what it does right now, in a few words

    @property
    def base(self) -> str:
        """Return the commit that the change starts from."""
        return self.generation.base_commit

    def plan(self) -> Plan:
        """Return the plan that was made."""
        return Plan.model_validate(self.generation.plan)

    def review(self) -> Review:
        """Return the review that was made."""
        return Review.model_validate(self.generation.review)

    def change(self) -> Change:
        """Return the change; its objects are made again where git has thrown them away."""
        return self.repository.apply(self.base, self.generation.diff)


class Interrupted(Exception):
    """A phase saw that it is to stop, and did."""


class Phase(Protocol):
    """Ask for a module with one function."""

    __name__: str

    def run(self, turn: Turn) -> Answer:
        """Look, act if that is still needed, and say what is so; never write a state."""
        ...
