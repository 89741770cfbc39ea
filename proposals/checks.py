"""Which proposals still have to be checked, and what did the check say?"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from audit.events import Event
from audit.log import Actor, record
from ports.git import GitFailed
from proposals.authorising.origins import origin_of
from proposals.models import Proposal, Status
from proposals.running import keeping
from proposals.running.keeping import Running
from targets import manifest
from targets.changes import Change
from targets.manifest import BadManifest
from targets.repository import DiffDoesNotApply, Repository
from telemetry.sanitizer import sanitize
from validation import parameters, policy, report, runner
from validation.keeping.answers import Kept
from validation.models import Outcome, Report
from validation.trying.cases import MOST_EVENTS, Case, recorded
from validation.verdicts import GateVerdict, Limits, Verdict
from validation.waiving import acts

RETRY_AFTER = timedelta(minutes=10)
SYSTEM = Actor.system("proposals")


class BeingChecked(Exception):
    """Another worker is at it."""


def waiting(now: datetime) -> QuerySet[Proposal]:
    """List what awaits review without a valid answer, the oldest first.

    An answer is not valid when the rules changed since, or a waiver came or went; one that could
    not be given is asked for again after a while.
    """
    unanswered = Q(
        report__outcome=Outcome.COULD_NOT_RUN,
        report__made_at__lt=now - RETRY_AFTER,
        report__stopped_by="",  # who stopped it asks again
    )
    lapsed = ~Q(report__void="") | Q(report__relies_until__lte=now)
    missing = Q(report=None) | ~Q(report__policy_digest=rules_in_force()) | lapsed | unanswered
    at_work = Q(running_check__beat_at__gt=now - keeping.DEAD_AFTER)
    rows = Proposal.objects.filter(missing, status=Status.PENDING).exclude(at_work)
    return rows.order_by("created_at")


def rules_in_force() -> str:
    """Name the rules by which a change would be judged now."""
    return policy.digest(Limits.configured(), parameters.load())


def check(proposal: Proposal, now: datetime) -> Report:
    """Ask every gate about a proposal's change and keep the report on it; raises BeingChecked."""
    running = keeping.begin(proposal)
    if running is None:
        raise BeingChecked(f"{proposal.title} is being checked already")
    try:
        return _kept(proposal, running, now)
    finally:
        running.end()


def _kept(proposal: Proposal, running: Running, now: datetime) -> Report:
    verdict = _verdict(proposal, Repository.of(proposal.target), running, now)
    with transaction.atomic():
        kept = report.save(verdict, proposal.target, now)
        same = Proposal.objects.filter(
            pk=proposal.pk, diff_digest=verdict.diff_digest, base_commit=verdict.base
        )
        if same.update(report=kept):  # which locks it: a waiver comes before or after this
            acts.notice_missed(kept, now)
            _record(proposal, kept, verdict, now)
    return kept


def _verdict(
    proposal: Proposal, repository: Repository, running: Running, now: datetime
) -> Verdict:
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
        origin=origin_of(proposal),
        cases=cases_of(proposal),
        watch=running,
        waivers=acts.in_force(proposal.target, now),
        kept=_answers(proposal, change, repository, now),
    )


def _answers(
    proposal: Proposal, change: Change, repository: Repository, now: datetime
) -> Kept | None:
    """Let answers be found again, unless the settings or a person want them given anew."""
    if not settings.SELFIMPROVE.validation.reuse_answers:
        return None
    return Kept(
        change,
        repository,
        target=proposal.target,
        purpose="review",
        rules=rules_in_force(),
        at=now,
        anew=bool(proposal.report and proposal.report.anew),
    )


def cases_of(proposal: Proposal) -> tuple[Case, ...]:
    """Return the failures that a proposal cites, one for each pattern, as far as they are kept."""
    found = []
    for evidence in proposal.evidence.select_related("pattern").order_by("-count", "pk"):
        events = proposal.target.events.filter(uid__in=evidence.event_uids)
        latest = list(events.order_by("-timestamp", "uid")[:MOST_EVENTS])
        pattern = evidence.pattern
        name = f"{pattern.subject}: {pattern.error_code or pattern.diagnosis or 'failure'}"
        if latest:
            found.append(recorded(name, pattern.component, latest))
    return tuple(found)


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


def _record(proposal: Proposal, kept: Report, verdict: Verdict, now: datetime) -> None:
    decision = verdict.decision
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
            **({"authorised": decision.facts} if decision else {}),
        },
        cites=[proposal.transitions.latest("version").entry_uid],
    )
