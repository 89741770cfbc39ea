"""What became of an act outside whose worker never came back to say so?

A stage that is still its delivery's present one is taken up again by the pipeline, which looks
before it acts. What is closed here are the others: the delivery went on, or ended, without them.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import F, Q

from audit.events import Event
from delivery import recording, telling
from delivery.elsewhere.records import Handed
from delivery.models import Result, StageRun
from delivery.stages.branch import branch_name
from delivery.stages.revert import found_on
from delivery.stages.site import Site, reach
from ports.forge import PermanentError, State, TemporaryError
from ports.git import GitFailed
from targets.repository import OriginUnreachable, Repository

PATIENCE = timedelta(minutes=2)  # longer than any lease lives without a beat
DONE, FAILED, UNKNOWN = "done", "failed", "unknown"
Found = tuple[str, str]  # one of the three, and the words
Look = Callable[[Site, StageRun], Found]
_RESULTS = {DONE: Result.PASSED, FAILED: Result.FAILED, UNKNOWN: Result.ERRORED}


def close_orphans(now: datetime) -> list[StageRun]:
    """Close every run that nobody will end any more by what the outside shows, each once."""
    left = StageRun.objects.filter(ended_at=None, started_at__lt=now - PATIENCE)
    ours = Q(delivery__plan=F("plan"), delivery__stage=F("stage"), delivery__outcome="")
    free = Q(delivery__lease_until=None) | Q(delivery__lease_until__lt=now)
    rows = left.filter(free).exclude(ours).select_related("delivery__proposal", "delivery__target")
    return [run for run in rows if _close(run, now)]


def _close(run: StageRun, now: datetime) -> bool:
    if run.result == Result.WAITING:  # its worker came back, and nothing had been done
        verdict, message = FAILED, f"The delivery went on without it. {run.message}"
        result = Result.WAITING
    else:
        verdict, words = _seen(run)
        message = f"The worker stopped in the middle of it. {words}"
        result = _RESULTS[verdict]
    with transaction.atomic():
        closed = StageRun.objects.filter(pk=run.pk, ended_at=None).update(
            result=result, message=message, ended_at=now
        )
        if not closed:
            return False  # somebody else was faster
        telling.entry(
            Event.DELIVERY_RECONCILED,
            run.delivery,
            at=now,
            reason=message,
            facts={"stage": run.stage, "plan": run.plan.lower(), "found": verdict},
            cites=(run.intended_uid,),
        )
    return True


def _seen(run: StageRun) -> Found:
    look = _LOOKS.get(run.stage)
    if look is None:
        return FAILED, "It only looks: nothing outside was to change."
    try:
        site = reach(run.delivery)
        site.repository.fetch()
        return look(site, run)
    except (GitFailed, OriginUnreachable, OSError, TemporaryError, PermanentError) as error:
        return UNKNOWN, f"What is outside could not be seen: {recording.clean(str(error))[:300]}"


def _snapshot(site: Site, run: StageRun) -> Found:
    tag = f"refs/tags/selfimprove/snapshot/{site.delivery.pk}"
    told = site.repository.reach("ls-remote", "origin", tag).text.strip()
    return (DONE, "The origin has the tag.") if told else (FAILED, "The origin has no such tag.")


def _branch(site: Site, run: StageRun) -> Found:
    head = site.repository.remote_head(branch_name(site.delivery))
    if head:
        return DONE, f"The branch is at the origin, at {head[:12]}."
    return UNKNOWN, "There is no such branch now; it may have been there and been removed since."


def _pull_request(site: Site, run: StageRun) -> Found:
    request = site.forge.find(branch_name(site.delivery))
    if request is None:
        return FAILED, "There is no such pull request."
    return DONE, f"Pull request {request.number} is there: {request.state.lower()}."


def _merge(site: Site, run: StageRun) -> Found:
    request = site.forge.find(branch_name(site.delivery))
    if request is not None and request.state == State.MERGED:
        return DONE, f"It was merged as {request.merge_commit[:12]}."
    return FAILED, "It was not merged."


def _revert(site: Site, run: StageRun) -> Found:
    head = site.repository.remote_head(site.delivery.target.branch)
    commit = found_on(site, head) if head else None
    if commit:
        return DONE, f"The branch holds the revert {commit[:12]}."
    return FAILED, "The branch holds no revert of it."


def _deploy(site: Site, run: StageRun) -> Found:
    wanted = site.delivery.merge_commit
    return _running(site, site.delivery.revert_commit if run.stage == "redeploy" else wanted)


def _running(site: Site, commit: str) -> Found:
    if (handed := site.delivery.handovers.filter(commit=commit).first()) is not None:
        state = handed.get_state_display().lower()
        found = {Handed.SUCCEEDED: DONE, Handed.FAILED: FAILED}.get(Handed(handed.state), UNKNOWN)
        return found, f"The deployer elsewhere was asked for {commit[:12]}: {state}."
    folder = Path(site.delivery.target.deploy_path or "")
    if not site.delivery.target.deploy_path:
        return FAILED, "The target names no deployed checkout: nothing was to be done."
    head = Repository(folder / ".git").ref("HEAD")
    if head != commit:
        return UNKNOWN, f"The deployed checkout is at {str(head)[:12]}, not at {commit[:12]}."
    # The commands run after the checkout moved, and leave no mark of ours.
    return (
        UNKNOWN,
        f"The deployed checkout is at {commit[:12]}; whether its commands ran, it does not show.",
    )


def _clean_up(site: Site, run: StageRun) -> Found:
    if site.repository.remote_head(branch_name(site.delivery)):
        return FAILED, "The branch is still there."
    return DONE, "The branch is gone."


_LOOKS: dict[str, Look] = {
    "snapshot": _snapshot,
    "branch": _branch,
    "pull_request": _pull_request,
    "merge": _merge,
    "deploy": _deploy,
    "revert": _revert,
    "redeploy": _deploy,
    "clean_up": _clean_up,
}
