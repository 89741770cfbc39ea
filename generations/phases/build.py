"""What does the planned change look like as a diff that fits the base?"""

from generations.models import Reason
from generations.phases.shape import Answer, Passed, Rejected, Turn
from targets.changes import DiffDoesNotApply


def run(turn: Turn) -> Answer:
    """Have the engine write the change, and take it as git itself reads it."""
    plan = turn.plan()
    turn.told(f"writes: {plan.title}")
    built = turn.engine.build(turn, plan)
    try:
        change = turn.repository.apply(turn.base, built.diff)
    except DiffDoesNotApply as error:
        return Rejected(Reason.EDITS, error.reason, details=built.details)
    found = {
        "diff": change.diff,
        "diff_digest": change.digest,
        "tree": change.tree,
        "written_by": built.written_by,
    }
    details = {**built.details, "files": list(change.paths), "digest": change.digest}
    outside = sorted(set(change.paths) - set(plan.files_to_modify))
    if outside:
        words = f"The plan does not name {outside[0]}."
        return Rejected(Reason.OUTSIDE, words, found, details)
    added = sum(file.added for file in change.files)
    removed = sum(file.removed for file in change.files)
    files = len(change.files)
    message = f"{files} file{'s' if files != 1 else ''}, +{added} −{removed}"
    return Passed(message, found, details)
