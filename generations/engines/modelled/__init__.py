"""How do the agents that are declared plan, write and review a change?"""

from collections.abc import Sequence

from generations.choosing.focus import Focus
from generations.engines.modelled import building, planning, reviewing
from generations.phases.shape import Built, Engine, Planned, Reviewed, Turn
from personas.replies.contracts import Plan
from targets.changes import Change
from validation.models import Report


class Modelled:
    """Ask Architect, Builder and Reviewer; nobody answers instead where one of them cannot."""

    def plan(self, turn: Turn, focuses: Sequence[Focus]) -> Planned:
        """Have the Architect choose and plan one change."""
        return planning.plan(turn, focuses)

    def build(self, turn: Turn, plan: Plan) -> Built:
        """Have the Builder write the planned change."""
        return building.build(turn, plan)

    def review(self, turn: Turn, plan: Plan, change: Change, report: Report) -> Reviewed:
        """Have the Reviewer judge the change as git reads it."""
        return reviewing.review(turn, plan, change, report)


ENGINE: Engine = Modelled()
