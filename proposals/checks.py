"""Which proposals still have to be checked, and what did the check say?"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from audit.events import Event
from audit.log import Actor, record
from ports.git import GitFailed
from proposals.models import Proposal, Status
from targets import manifest
from targets.manifest import BadManifest
from targets.repository import DiffDoesNotApply, Repository
from telemetry.sanitizer import sanitize
from validation import parameters, policy, report, runner
from validation.models import Outcome, Report
from validation.verdicts import GateVerdict, Limits, Verdict
from validation.waiving import acts

RETRY_AFTER = timedelta(minutes=10)
SYSTEM = Actor.system("proposals")


def waiting(now: datetime) -> QuerySet[Proposal]:
    """List what awaits review without a valid answer, the oldest first.

    An answer is not valid when the rules changed since, or a waiver came or went; one that could
    not be given is asked for again after a while.
    """
    unanswered = Q(report__outcome=Outcome.COULD_NOT_RUN, report__made_at__lt=now - RETRY_AFTER)
    lapsed = ~Q(report__void="") | Q(report__relies_until__lte=now)
    missing = Q(report=None) | ~Q(report__policy_digest=rules_in_force()) | lapsed | unanswered
    return Proposal.objects.filter(missing, status=Status.PENDING).order_by("created_at")


def rules_in_force() -> str:
    """Name the rules by which a change would be judged now."""
    return policy.digest(Limits.configured(), parameters.load())


def check(proposal: Proposal, now: datetime) -> Report:
    """Ask every gate about a proposal's change and keep the report on it."""
    verdict = _verdict(proposal, Repository.of(proposal.target), now)
    with transaction.atomic():
        kept = report.save(verdict, proposal.target, now)
        same = Proposal.objects.filter(
            pk=proposal.pk, diff_digest=verdict.diff_digest, base_commit=verdict.base
        )
        if same.update(report=kept):
            _record(proposal, kept, now)
    return kept


def _verdict(proposal: Proposal, repository: Repository, now: datetime) -> Verdict:
    rules = parameters.load().of(proposal.target.slug)
    try:
        change = repository.apply(proposal.base_commit, proposal.diff)
        described = manifest.read(repository, change.base)
    except (BadManifest, DiffDoesNotApply, GitFailed) as error:
        return _unanswerable(proposal, sanitize(str(error))[0], now)
    return runner.check(
        change,
        repository,
        manifest=described,
        parameters=rules,
        at=now,
        waivers=acts.in_force(proposal.target, now),
    )


def _unanswerable(proposal: Proposal, why: str, now: datetime) -> Verdict:
    """Say that nothing was judged, because the change or the target cannot be read."""
    question = "Can the change be made, and the target's manifest be read?"
    gate = GateVerdict("readable", question, Outcome.COULD_NOT_RUN, why)
    return Verdict(
        base=proposal.base_commit,
        tree="",
        diff_digest=proposal.diff_digest,
        policy_digest=rules_in_force(),
        outcome=Outcome.COULD_NOT_RUN,
        gates=(gate,),
        made_at=now,
        seconds=0.0,
    )


def _record(proposal: Proposal, kept: Report, now: datetime) -> None:
    record(
        Event.PROPOSAL_CHECKED,
        actor=SYSTEM,
        subject=f"proposal:{proposal.pk}",
        target=proposal.target.slug,
        at=now,
        texts={"title": proposal.title},
        facts={
            "outcome": kept.outcome,
            "report": kept.digest,
            "diff": kept.diff_digest,
            "policy": kept.policy_digest,
        },
        cites=[proposal.transitions.latest("version").entry_uid],
    )
