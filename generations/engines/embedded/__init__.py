"""How do code fixers plan, build and review a change, with no language model called?"""

from collections.abc import Sequence

from generations.choosing.focus import Focus
from generations.engines.embedded import building, planning, reviewing
from generations.phases.shape import Built, Planned, Reviewed, Turn
from personas.replies.contracts import Plan
from targets.changes import Change
from validation.models import Report


class Embedded:
    """Answer by rules alone: the same commit and the same findings give the same change."""

    def plan(self, turn: Turn, focuses: Sequence[Focus]) -> Planned:
        """Choose the best thing that a fixer has an answer to."""
        return planning.plan(turn, focuses)

    def build(self, turn: Turn, plan: Plan) -> Built:
        """Let that fixer write, and keep what the gate admits."""
        return building.build(turn, plan)

    def review(self, turn: Turn, plan: Plan, change: Change, report: Report) -> Reviewed:
        """Say what the gates and the fixers said."""
        return reviewing.review(turn, change, report)


ENGINE = Embedded()
