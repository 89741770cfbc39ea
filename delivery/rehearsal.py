"""Would the change go in, be deployed and come out again, leaving everything as it was?"""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from audit.events import Event
from audit.log import Actor, record
from delivery.recording import clean
from ports.deployer.commands import matches
from ports.git import GitFailed
from ports.sandbox import Bounds, Ending, Job
from proposals.checks import rules_in_force
from proposals.models import Proposal, Status
from proposals.rehearsed.records import Rehearsal, RehearsedStep, Result, StepResult, Way
from targets import manifest
from targets.manifest import BadManifest, DeployStep
from targets.models import State
from targets.repository import DiffDoesNotApply, RefMissing, Repository, RevertConflicts
from validation.trying import sandboxed
from validation.verdicts import CouldNotRun, counted

RETRY_AFTER = timedelta(minutes=10)
KEPT_OUTPUT = 2_000
OURSELVES = Actor.system("delivery")
_WHEN = {Way.OUT: "with the change", Way.BACK: "once it is taken back, without it"}
_CONFLICT = re.compile(
    r"^(?:error: )?(.+): (?:patch does not apply|(?:does not exist|already exists) in index)$",
    re.MULTILINE,
)


@dataclass
class Rehearsed:
    """Hold what is known of a rehearsal so far."""

    head: str
    result: Result = Result.COULD_NOT_RUN
    words: str = ""
    tree: str = ""
    changed_tree: str = ""
    steps: list[RehearsedStep] = field(default_factory=list)


def waiting(now: datetime) -> QuerySet[Proposal]:
    """List what was checked, awaits review and has no rehearsal of what is so now, oldest first.

    What could not be rehearsed is tried again after a while.
    """
    unable = Q(rehearsal__result=Result.COULD_NOT_RUN, rehearsal__made_at__lt=now - RETRY_AFTER)
    missing = (
        Q(rehearsal=None)
        | ~Q(rehearsal__diff_digest=F("diff_digest"))
        | ~Q(rehearsal__head_commit=F("target__head_commit"))
        | ~Q(rehearsal__policy_digest=rules_in_force())
        | unable
    )
    rows = Proposal.objects.filter(
        missing, status=Status.PENDING, target__state=State.READY, report__isnull=False
    )
    return rows.select_related("target").order_by("created_at")


def rehearse(proposal: Proposal, now: datetime) -> Rehearsal:
    """Rehearse a proposal's change on its target's head, and keep what came of it."""
    began = time.monotonic()
    rules = rules_in_force()
    found = _rehearsed(proposal, now)
    with transaction.atomic():
        kept, _ = Rehearsal.objects.update_or_create(
            proposal=proposal,
            defaults={
                "result": found.result,
                "words": clean(found.words),
                "head_commit": found.head,
                "diff_digest": proposal.diff_digest,
                "policy_digest": rules,
                "tree": found.tree,
                "changed_tree": found.changed_tree,
                "made_at": now,
                "seconds": time.monotonic() - began,
            },
        )
        kept.steps.all().delete()
        for step in found.steps:
            step.rehearsal = kept
        RehearsedStep.objects.bulk_create(found.steps)
        _record(proposal, kept, now)
    return kept


def _rehearsed(proposal: Proposal, now: datetime) -> Rehearsed:
    found = Rehearsed(head=proposal.target.head_commit)
    try:
        repository = Repository.of(proposal.target)
        found.head = found.head or repository.head(proposal.target.branch)
        _go(found, proposal, repository, now)
    except DiffDoesNotApply as error:
        found.result, found.words = Result.CONFLICTS, _conflict(found.head, error.reason)
    except RevertConflicts as error:
        where = ", ".join(error.paths)
        found.result = Result.UNEQUAL
        found.words = f"It goes in but does not come out again: git cannot revert {where}."
    except (BadManifest, CouldNotRun, GitFailed, RefMissing) as error:
        found.result = Result.COULD_NOT_RUN
        found.words = f"The rollback could not be rehearsed: {error}."
    return found


def _go(found: Rehearsed, proposal: Proposal, repository: Repository, now: datetime) -> None:
    """Go the way of a delivery, in and out again, without a ref or a work tree."""
    head = found.head
    found.tree = repository.git.text("rev-parse", "--verify", f"{head}^{{tree}}")
    change = repository.apply(head, proposal.diff)
    found.changed_tree = change.tree
    branch = repository.commit_tree(change.tree, (head,), "Rehearsal", now)
    merge = repository.commit_tree(change.tree, (head, branch), "Rehearsal of the merge", now)
    called = _called_for(proposal, repository, head, change.paths)
    found.steps += _steps(called, Way.OUT, repository, change.tree, 0)
    back = repository.revert(merge, merge, "Rehearsal of the way back", now)
    after = repository.git.text("rev-parse", "--verify", f"{back}^{{tree}}")
    if after != found.tree:
        paths = ", ".join(repository.changed_paths(found.tree, after))
        found.result = Result.UNEQUAL
        found.words = f"It goes in but does not come out as it went in: {paths} would differ."
        return
    found.steps += _steps(called, Way.BACK, repository, after, len(found.steps))
    _conclude(found, len(called))


def _called_for(
    proposal: Proposal, repository: Repository, head: str, paths: Sequence[str]
) -> list[DeployStep]:
    """Return the deploy steps that the changed paths would call for."""
    said = manifest.read(repository, head)
    if not proposal.target.deploy_path and said.webhook is None:
        return []
    return [
        step
        for step in said.deploy
        if any(matches(pattern, path) for pattern in step.paths for path in paths)
    ]


def _steps(
    called: Sequence[DeployStep], way: Way, repository: Repository, tree: str, start: int
) -> Iterator[RehearsedStep]:
    for position, step in enumerate(called, start):
        rehearsed = RehearsedStep(
            position=position,
            way=way,
            name=step.name,
            command=" ".join(step.command),
            dry_command=" ".join(step.dry_command),
            timeout_seconds=step.timeout_seconds,
            result=StepResult.LISTED,
        )
        if step.dry_command:
            _run_dry(rehearsed, step, repository, tree)
        yield rehearsed


def _run_dry(
    rehearsed: RehearsedStep, step: DeployStep, repository: Repository, tree: str
) -> None:
    with sandboxed.copied(repository, tree) as folder:
        bounds = Bounds(seconds=step.timeout_seconds)
        ran = sandboxed.run(Job(command=step.dry_command, tree=folder, bounds=bounds))
    fine = ran.ended == Ending.DONE and ran.code == 0
    rehearsed.result = StepResult.PASSED if fine else StepResult.FAILED
    ending = "" if ran.ended == Ending.DONE else f"\n({ran.ended})"
    said = ran.output.replace(f"{ran.tree}/", "").strip() + ending
    rehearsed.output = clean(said)[-KEPT_OUTPUT:]
    rehearsed.level = ran.level


def _conclude(found: Rehearsed, number: int) -> None:
    steps = counted(number, "deploy step") if number else "no deploy step called for"
    if failed := [step for step in found.steps if step.result == StepResult.FAILED]:
        name = failed[0].name
        when = {step.way: _WHEN[Way(step.way)] for step in failed if step.name == name}
        found.result = Result.STEP_FAILED
        found.words = f"The dry form of “{name}” fails {' and '.join(when.values())}."
        return
    found.result = Result.REHEARSED
    found.words = (
        f"Rollback rehearsed: applied to {found.head[:12]}, {steps}, reverted,"
        f" tree equal to {found.tree[:12]}."
    )


def _conflict(head: str, reason: str) -> str:
    files = list(dict.fromkeys(_CONFLICT.findall(reason)))
    where = f"in {', '.join(files)}" if files else reason
    return f"It cannot be put onto {head[:12]} as the branch is now: conflict {where}."


def _record(proposal: Proposal, kept: Rehearsal, now: datetime) -> None:
    record(
        Event.PROPOSAL_REHEARSED,
        actor=OURSELVES,
        subject=f"proposal:{proposal.pk}",
        target=proposal.target.slug,
        at=now,
        texts={"title": proposal.title},
        facts={
            "outcome": kept.result,
            "head": kept.head_commit,
            "tree": kept.tree,
            "diff": kept.diff_digest,
            "policy": kept.policy_digest,
            "steps": kept.steps.count(),
        },
        cites=[proposal.transitions.latest("version").entry_uid],
    )
