"""What does the planned fixer write, and what of it does the gate admit?"""

from collections.abc import Sequence
from typing import Any

from generations.choosing import candidates
from generations.choosing.focus import Focus
from generations.engines.embedded.chain import Outcome, fix
from generations.engines.embedded.planning import shop_of, stoppable, title_of
from generations.engines.embedded.recipes import Recipe, recipes
from generations.models import Reason
from generations.phases.shape import Built, Refused, Turn
from personas.replies.contracts import Plan
from proposals.models import Engine

SHOWN = 50


def build(turn: Turn, plan: Plan) -> Built:
    """Return what the fixer of the plan makes of the base; raise Refused where that is nothing."""
    recipe = _recipe(turn, plan)
    turn.told(f"lets {recipe.fixer} write")
    with stoppable(turn):
        outcome = fix(shop_of(turn), names=[recipe.fixer], only=recipe.only)
    details = told(outcome, recipe)
    if not outcome.diff:
        raise Refused(Reason.NO_CHANGE, _why(outcome, recipe), details)
    # Of the files that were planned, the gate may have left some as they were.
    changed = sorted({hunk.path for hunk in outcome.hunks})
    title = title_of(turn.generation.focus, recipe.fixer, changed)
    return Built(outcome.diff, Engine.EMBEDDED, {**details, "title": title})


def _recipe(turn: Turn, plan: Plan) -> Recipe:
    """Find the fixer again that was planned; the findings are as they were, or it is refused."""
    name = turn.generation.focus
    found = [one for one in candidates.seen(turn) if one.fingerprint[:300] == name]
    planned = turn.generation.runs.filter(phase="plan").last()
    fixer = planned.details.get("fixer", "") if planned else ""
    focus: Focus | None = found[0] if found else None
    for one in recipes(focus, plan.files_to_modify) if focus else ():
        if fixer in ("", one.fixer):
            return one
    raise Refused(Reason.NO_CHANGE, f"{name} is not found on this commit any more.")


def told(outcome: Outcome, recipe: Recipe) -> dict[str, Any]:
    """Return what came of it for the report: per file the fixer and its rules."""
    return {
        "fixer": recipe.fixer,
        "hunks": [
            {"fixer": one.fixer, "path": one.path, "rules": list(one.rules)}
            for one in outcome.hunks
        ],
        "dropped": [
            {"fixer": one.fixer, "path": one.path, "reason": one.reason}
            for one in outcome.dropped[:SHOWN]
        ],
        "not_run": dict(outcome.not_run),
        "notes": list(outcome.notes[:SHOWN]),
        "failing_before": list(outcome.failing_before[:SHOWN]),
        "failing_after": list(outcome.failing_after[:SHOWN]),
        "tests": outcome.tests,
    }


def _why(outcome: Outcome, recipe: Recipe) -> str:
    """Say why nothing came of it, the weightiest first."""
    if why := outcome.not_run.get(recipe.fixer):
        return f"{recipe.fixer} could not be asked: {why}"
    if outcome.dropped:
        return f"Nothing that {recipe.fixer} brought up may stay: {_first(outcome.dropped)}."
    if outcome.notes:
        return f"{'; '.join(outcome.notes)}."
    return f"{recipe.fixer} changes nothing."


def _first(dropped: Sequence[Any]) -> str:
    more = f", and {len(dropped) - 1} more" if len(dropped) > 1 else ""
    return f"{dropped[0].path}: {dropped[0].reason}{more}"
