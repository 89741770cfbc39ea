"""What does the page of a pull request show of its commits, its checks and its merge?"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from delivery.models import Delivery, Mirror, Plan, Result, StageRun
from ports.git import GitFailed
from proposals.pages.checked import answers
from targets.commits import Commit
from targets.origins import access
from targets.repository import RefMissing, Repository

MOST_COMMITS: Final = 50


@dataclass(frozen=True)
class State:
    """Say how far it is, with the tone of its badge."""

    words: str
    tone: str


def page(delivery: Delivery) -> dict[str, Any]:
    """Gather what the page shows."""
    proposal = delivery.proposal
    proven = delivery.runs.filter(plan=Plan.FORWARD, stage="validate").last()
    merging = delivery.runs.filter(plan=Plan.FORWARD, stage="merge").last()
    commits, missing = _commits(delivery)
    report = proposal.report
    return {
        "nav": "deliveries",
        "delivery": delivery,
        "proposal": proposal,
        "state": state(delivery),
        "commits": commits,
        "commits_missing": missing,
        "report": report,
        "answers": answers(report, proposal.diff),
        "proven": _told(proven),
        "merging": _told(merging),
        "is_elsewhere": delivery.target.forge == access.FORGE,
        "mirror": Mirror.objects.filter(delivery=delivery).first(),
        "may_go_on": _goes_on(delivery),
    }


def state(delivery: Delivery) -> State:
    """Say how far the pull request is, as the delivery knows it."""
    if delivery.merge_commit:
        return State("Merged", "good")
    if delivery.outcome or delivery.plan != Plan.FORWARD:
        return State("Closed without a merge", "quiet")
    if delivery.pull_request is not None:
        return State("Open", "accent")
    return State("Not open yet", "quiet")


def _told(run: StageRun | None) -> dict[str, str] | None:
    if run is None:
        return None
    tones = {Result.PASSED: "good", Result.WAITING: "quiet", "": "accent"}
    words = run.get_result_display() or "Running"
    tone = tones.get(run.result, "bad")
    return {"words": words, "tone": tone, "message": run.message, "output": run.output}


def _goes_on(delivery: Delivery) -> bool:
    forward = delivery.plan == Plan.FORWARD and not delivery.outcome
    return forward and not delivery.merge_commit


def _commits(delivery: Delivery) -> tuple[list[Commit], str]:
    """Return what the branch adds, newest first, or why that cannot be told."""
    if not delivery.branch_commit:
        return [], ""
    try:
        log = Repository.of(delivery.target).log(delivery.branch_commit, limit=MOST_COMMITS)
    except (GitFailed, RefMissing):
        return [], "The managed clone does not hold these commits any more."
    return list(_until(log, delivery.base_commit)), ""


def _until(log: Iterable[Commit], base: str) -> Iterable[Commit]:
    for commit in log:
        if commit.sha == base:
            return
        yield commit
