"""What would a scan now ask a model, and what could that cost?"""

from datetime import datetime

from evaluation import modelled
from evaluation.asking.estimating import Estimate, priced, refuse_unready
from evaluation.scan import planner, scanning
from proposals.models import Engine
from targets.models import Target
from validation.verdicts import counted


def estimate(target: Target, now: datetime) -> Estimate:
    """Prepare a scan without asking anybody, not even for a count, and keep nothing.

    Raises NotReady, and what reading the repository, the agents or the prices raises.
    """
    refuse_unready(target)
    week = scanning.week_of(target, now)
    many = len(week.recurring) + len(week.flaky) + len(week.stale)
    found = Estimate(
        target=target,
        engine=modelled.engine_chosen(planner.AUTHOR),
        eligible=many,
        nothing="nothing recurs, fails now and then or is stale",
        by_code=f"What the week shows, {counted(many, 'thing')}, would be counted",
        about=f"the week, which shows {counted(many, 'thing')}",
    )
    if not found.eligible or found.engine == Engine.EMBEDDED:
        return found
    question = planner.question_of(target, week, now)
    asked = modelled.prepared(question, planner.AUTHOR, planner.beside(week))
    return priced(found, planner.AUTHOR, asked, now)
