"""How does an agent have a target evaluated, under the limits of a person who waits?"""

from datetime import datetime

from audit.log import Actor
from evaluation import at_once
from evaluation.models import Consideration, Evaluation
from evaluation.self_eval import NotReady
from proposals import decision
from selfimprove import switch
from selfimprove.mcp.answers import Analysed, Considered, quoted
from selfimprove.mcp.callers import Refused, enter
from telemetry.doors.models import Scope

MAY = ("evaluation.view_evaluation", decision.PERMISSION)  # as the button on the page
SHOWN = 50


def analyze(secret: str, now: datetime) -> Analysed:
    """Evaluate the token's target now, and say what came of each pattern."""
    caller = enter(secret, Scope.EVALUATION_RUN, now, may=MAY)
    if switch.paused():
        raise Refused("The loop is paused: nothing is evaluated until a person resumes it.")
    try:
        evaluation = at_once.evaluate_at_once(
            caller.token.target, now, actor=Actor.person(caller.person), token=caller.token
        )
    except (at_once.NotAtOnce, NotReady) as reason:
        raise Refused(str(reason)) from reason
    return _told(evaluation)


def _told(evaluation: Evaluation) -> Analysed:
    rows = evaluation.considerations.order_by("pk")
    return Analysed(
        target=evaluation.target.slug,
        evaluation=evaluation.pk,
        verdict=evaluation.verdict,
        engine=evaluation.engine,
        error=evaluation.error,
        patterns_seen=evaluation.patterns_seen,
        qualified=evaluation.qualified,
        proposed=evaluation.proposed,
        duplicates=evaluation.duplicates,
        malformed=evaluation.malformed,
        considered=[_considered(row) for row in rows[:SHOWN]],
        page=evaluation.get_absolute_url(),
    )


def _considered(row: Consideration) -> Considered:
    return Considered(
        pattern=row.pattern_id,
        outcome=row.get_outcome_display(),
        reason=quoted("telemetry", row.reason, 500),
        proposal=str(row.proposal_id) if row.proposal_id else None,
    )
