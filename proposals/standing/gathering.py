"""What is so of a proposal, in the words of the bounds?"""

from datetime import datetime

from proposals import lifecycle
from proposals.authorising import weakening
from proposals.checks import rules_in_force
from proposals.models import Engine, Proposal, Revision, Status
from proposals.rehearsed import reading
from proposals.rehearsed.records import Result
from proposals.revising import asked
from proposals.standing import judging
from proposals.standing.radius import Touched, radius
from proposals.standing.records import Held
from proposals.standing.rules import Case
from targets.changes import GITLINK, SYMLINK
from validation import parameters
from validation.authorising.kinds import kind_of
from validation.models import Outcome
from validation.parameters import Parameters

_ENGINES = {
    Engine.EMBEDDED: "embedded",
    Engine.ANTHROPIC: "model",
    Engine.BEDROCK: "model",
}
# A gate that had nothing to try says nothing against a change, and the witness often has nothing.
_OUTRIGHT = (Outcome.PASSED, Outcome.NOTHING_SHOWN)


def case_of(proposal: Proposal, at: datetime) -> Case:
    """Collect what the bounds ask of a proposal, as it is now."""
    held = Held.objects.filter(proposal_id=proposal.pk).select_related("by").first()
    files = touched(proposal)
    rehearsal, waits = _rehearsal(proposal)
    return Case(
        pending=proposal.status == Status.PENDING,
        held_by=f"by {held.by.get_username()}" if held else "",
        came_back=lifecycle.ended(proposal) is not None,
        label=judging.label_of(proposal),
        engine=_ENGINES.get(Engine(proposal.engine), proposal.get_engine_display().lower()),
        uncounted=_uncounted(proposal, at),
        doubts=_doubts(proposal),
        weaker=len(weakening.found(proposal.report)),
        rehearsal=rehearsal,
        rehearsal_waits=waits,
        risk=radius(files, proposal.risk),
        files=len(files),
        lines=sum(file.lines for file in files),
        paths=tuple(file.path for file in files),
        asked=_asked(proposal),
    )


def _asked(proposal: Proposal) -> str:
    """Say that a person looks after it: who asked for changes reads what came of that."""
    if asked.standing_on(proposal) is not None:
        return "changes are requested"
    made = Revision.objects.filter(proposal_id=proposal.pk).first()
    return f"it is {made}, which a person asked for" if made else ""


def touched(proposal: Proposal) -> tuple[Touched, ...]:
    """List the changed files with their kinds, as git's own tree diff told them."""
    rules = parameters.load().of(proposal.target.slug)
    return tuple(_touched(file, rules) for file in proposal.affected_files)


def _touched(file: dict[str, str | int], rules: Parameters) -> Touched:
    path = str(file["path"])
    old, new = str(file["old_mode"]), str(file["new_mode"])
    lines = int(file["added"]) + int(file["removed"])
    return Touched(
        path=path,
        kind=kind_of(path, holds_parameters=rules.covers(path)),
        status=str(file["status"]),
        lines=lines,
        mode_changed=file["status"] == "M" and old != new,
        # Of what git calls binary it counts no line, and a change of no line is worth a look too.
        is_plain=lines > 0 and not {old, new} & {SYMLINK, GITLINK},
    )


def _uncounted(proposal: Proposal, at: datetime) -> str:
    """Say why the report does not count for this change now; nothing where it does."""
    report = proposal.report
    if report is None:
        return "not checked yet"
    if (report.diff_digest, report.base_commit) != (proposal.diff_digest, proposal.base_commit):
        return "it judged an earlier version"
    if report.policy_digest != rules_in_force():
        return "the rules changed since"
    return report.lapsed(at)


def _doubts(proposal: Proposal) -> tuple[str, ...]:
    """Name the gates that did not pass outright, each with what it said."""
    report = proposal.report
    if report is None:
        return ("not checked",)
    found = [
        f"{one.gate}: {one.get_outcome_display().lower()}"
        for one in report.results.all()
        if one.outcome not in _OUTRIGHT or one.findings.exists()
    ]
    if not found and report.outcome != Outcome.PASSED:
        found = [report.get_outcome_display().lower()]
    if not found and not report.results.exists():
        found = ["no gate answered"]
    return tuple(found)


def _rehearsal(proposal: Proposal) -> tuple[str, bool]:
    """Say what speaks against the way back, and whether another rehearsal will answer."""
    found = reading.of(proposal)
    if found is None:
        return "not rehearsed yet", True
    if doubt := reading.doubt(proposal):
        return doubt, found.result == Result.COULD_NOT_RUN
    moved = found.head_commit != proposal.target.head_commit
    if moved or found.policy_digest != rules_in_force():
        return "another rehearsal is on its way", True
    return "", False
