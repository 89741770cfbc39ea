"""What should change, and which files does it touch?"""

from generations import requested
from generations.choosing import candidates
from generations.models import Reason, Result
from generations.phases import baseline
from generations.phases.shape import Answer, Nothing, NothingToDo, Passed, Rejected, Turn
from proposals.waiting import room


def run(turn: Turn) -> Answer:
    """Weigh what could be better, and have the engine plan for one of it."""
    turn.told("weighs what could be better")
    focuses = candidates.of(turn)
    if full := _full(turn):
        focuses = [one for one in focuses if one.facts.get("severity") == room.PASSES]
        if not focuses:
            words = f"{full[:1].upper()}{full[1:]}: nothing further is written for now."
            return Nothing(words, kind=Reason.REVIEW_FULL)
    try:
        planned = turn.engine.plan(turn, focuses)
    except NothingToDo as nothing:
        words = f"{nothing} {_unknown(turn)}".strip()
        raise NothingToDo(words, nothing.details) from nothing
    plan, focus = planned.plan, planned.focus
    found = {
        "plan": plan.model_dump(mode="json"),
        "focus": focus.fingerprint[:300],
        "focus_words": focus.words,
        "written_by": planned.written_by,
    }
    details = {
        **planned.details,
        "focus": focus.fingerprint,
        "worth": round(focus.worth, 4),
        "weighed": [
            {"focus": one.fingerprint, "worth": round(one.worth, 4), "attempts": one.attempts}
            for one in focuses[:20]
        ],
    }
    if not plan.files_to_modify:
        return Rejected(Reason.NO_PLAN, "The plan names no file.", found, details)
    return Passed(plan.title, found, details)


def _full(turn: Turn) -> str:
    """Say that people have enough to review; what nobody is asked about takes no room."""
    generation = turn.generation
    takes_room = not generation.dry_run and requested.of(generation) is None
    return room.full(generation.target) if takes_room else ""


def _unknown(turn: Turn) -> str:
    """Say what the base was not measured by: where few could look, little was found."""
    looked = turn.generation.runs.filter(phase="baseline", result=Result.PASSED).last()
    return baseline.unknown(looked.details) if looked and not turn.generation.brief else ""
