"""Engines that say what they were told to say: for tests of everything around them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from generations.choosing.focus import Focus
from generations.models import Generation
from generations.phases.shape import Built, Engine, Planned, Reviewed, Turn
from personas.replies.contracts import Plan, Review
from proposals.models import Engine as By
from targets.changes import Change
from validation.models import Report

FOCUS = Focus("lint:F401", "An import that nothing uses", 1.0, 1.0)
APPROVED = Review(approved=True, score=0.9, findings=[], must_fix=[])


def nothing(_phase: str, _turn: Turn) -> None:
    """Do nothing before an answer."""


@dataclass(frozen=True)
class Authored:
    """Give a plan, a diff and a review that stand from the beginning."""

    plan_: Plan
    diff: str
    review_: Review = APPROVED
    focus: Focus = FOCUS
    by: str = By.SCRIPTED
    built: Mapping[str, Any] = field(default_factory=dict)  # what is told of the diff
    first: Callable[[str, Turn], None] = nothing  # called with the phase before each answer
    asked: list[str] = field(default_factory=list)

    def plan(self, turn: Turn, focuses: Sequence[Focus]) -> Planned:
        """Return the plan."""
        self._called("plan", turn)
        return Planned(self.plan_, self.focus, self.by)

    def build(self, turn: Turn, plan: Plan) -> Built:
        """Return the diff."""
        self._called("build", turn)
        return Built(self.diff, self.by, self.built)

    def review(self, turn: Turn, plan: Plan, change: Change, report: Report) -> Reviewed:
        """Return the review."""
        self._called("review", turn)
        return Reviewed(self.review_)

    def __call__(self, _generation: Generation) -> Engine:
        """Be the choice of an engine as well."""
        return self

    def _called(self, phase: str, turn: Turn) -> None:
        self.asked.append(phase)
        self.first(phase, turn)
