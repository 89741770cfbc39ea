"""How is a change checked that a program asked about, whatever becomes of its worker?"""

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from audit.events import Event
from audit.log import Actor
from ports.git import GitFailed
from proposals.authorising.origins import branch_name, recent_of
from proposals.models import Engine
from proposals.running.keeping import Running
from selfimprove.api import changes
from selfimprove.api.records import ChangeCheck, CheckState
from targets import manifest
from targets.manifest import BadManifest
from targets.repository import (
    BadName,
    DiffDoesNotApply,
    OriginUnreachable,
    RefMissing,
    Repository,
)
from validation import parameters, runner
from validation.authorising.origin import Origin
from validation.formats import plain
from validation.models import Outcome
from validation.parameters import BadParameters
from validation.trial import UnknownCommit
from validation.waiving import acts

MOST_ATTEMPTS = 3
SYSTEM = Actor.system("selfimprove")
OURS = (BadManifest, BadParameters, GitFailed, OriginUnreachable, RefMissing, UnknownCommit)


def check(change: ChangeCheck, now: datetime) -> bool:
    """Ask every gate and keep what they say; return whether it was ours to do."""
    claim = uuid.uuid4()
    waits = changes.waiting(now).filter(pk=change.pk, attempts=change.attempts)
    fresh = {"gate": "", "gate_at": None, "answered": 0, "lines": ""}
    taken = waits.order_by().update(
        **fresh,
        state=CheckState.RUNNING,
        claim=claim,
        attempts=F("attempts") + 1,  # counted before the work, so that deaths count too
        started_at=now,
        beat_at=now,
    )
    if taken != 1:
        return False
    mine = ChangeCheck.objects.filter(pk=change.pk, claim=claim, state=CheckState.RUNNING)
    row = mine.select_related("target").get()
    running = Running(mine, timezone.now)
    running.beat()
    _end(row, claim, _report(row, running, now), running.stopped_by())
    return True


def _report(change: ChangeCheck, running: Running, now: datetime) -> dict[str, Any]:
    """Return what `validate --json` would print of the change."""
    if who := running.stopped_by():
        return changes.stopped_report(who)
    if change.attempts > MOST_ATTEMPTS:
        why = f"it was begun {MOST_ATTEMPTS} times and its worker never came back"
        return _unanswered(Outcome.COULD_NOT_RUN, why)
    try:
        return _judged(change, running, now)
    except DiffDoesNotApply as error:
        return _unanswered(Outcome.REFUSED, f"the diff does not apply: {error}")
    except OURS as error:
        return _unanswered(Outcome.COULD_NOT_RUN, str(error))


def _judged(change: ChangeCheck, running: Running, now: datetime) -> dict[str, Any]:
    repository = Repository.of(change.target)
    made = repository.apply(_base(change, repository), change.diff)
    verdict = runner.check(
        made,
        repository,
        manifest=manifest.read(repository, made.base),
        parameters=parameters.load().of(change.target.slug),
        at=now,
        origin=_origin(change, now),
        watch=running,
        waivers=acts.in_force(change.target, now),
    )
    return plain.plain(verdict, plain.EXIT[verdict.outcome])


def _base(change: ChangeCheck, repository: Repository) -> str:
    """Return the commit that the change is to: of the target's branch, as of a proposal."""
    branch = change.target.branch
    try:
        head = repository.head(branch)
    except RefMissing:
        repository.fetch()
        head = repository.head(branch)
    if not change.base:
        return head
    try:
        known = repository.ref(f"{change.base}^{{commit}}")
    except BadName:
        known = None
    if known is None or not repository.is_ancestor(known, head):
        raise UnknownCommit(f"base: {change.base} is no commit of the branch {branch}")
    return known


def _origin(change: ChangeCheck, now: datetime) -> Origin:
    """Say who wrote it as of a proposal that came by the same token."""
    return Origin(
        writer=change.writer,
        engine=Engine.PROGRAM,
        target=change.target.slug,
        branch=branch_name(change.pk),
        onto=change.target.branch,
        recent=recent_of(Engine.PROGRAM, change.writer, now) + 1,
    )


def _unanswered(outcome: Outcome, why: str) -> dict[str, Any]:
    return plain.unanswered(outcome, plain.EXIT[outcome], changes.fit(why))


def _end(change: ChangeCheck, claim: uuid.UUID, report: dict[str, Any], stopped_by: str) -> None:
    """Keep the report, unless another worker has taken the check over meanwhile."""
    at = timezone.now()
    with transaction.atomic():
        mine = ChangeCheck.objects.filter(pk=change.pk, claim=claim, state=CheckState.RUNNING)
        ended = {
            "state": CheckState.STOPPED if stopped_by else CheckState.DONE,
            "stopped_by": stopped_by,  # nobody, where the wish came too late to be noticed
            "ended_at": at,
        }
        if mine.update(**ended, diff="", report=report, gate="", lines="") == 1:
            facts = {"outcome": report["outcome"], "report": report.get("digest", "")}
            changes.tell(Event.CHANGE_CHECKED, change, SYSTEM, at, **facts)
