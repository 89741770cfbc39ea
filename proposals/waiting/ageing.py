"""Which proposals have waited for too long, and who is told of it, each once?"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from audit.events import Event
from audit.log import Actor, record
from proposals import lifecycle
from proposals.lifecycle import Move
from proposals.models import STATE, Proposal, Status
from proposals.revising import asked
from proposals.waiting.options import GRADES
from proposals.waiting.records import Notice
from proposals.waiting.rules import Kind, Limits, Turn, addressee, due, lasting
from validation.models import Outcome

ACTOR = Actor.system("proposals")
EVENTS = {Kind.REMINDER: Event.PROPOSAL_REMINDED, Kind.ESCALATION: Event.PROPOSAL_ESCALATED}
REFUSED = Q(report__outcome=Outcome.REFUSED)
CHECKED = Q(report__outcome__in=[Outcome.PASSED, Outcome.ACKNOWLEDGE])


def turn_of(proposal: Proposal) -> Turn:
    """Say who has to act on a proposal that awaits review."""
    if asked.standing_on(proposal) is not None:
        return Turn.WRITER
    report = proposal.report
    if report is None or report.outcome in (Outcome.COULD_NOT_RUN, Outcome.NOT_RUN):
        return Turn.CHECK
    return Turn.WRITER if report.outcome == Outcome.REFUSED else Turn.REVIEWERS


def limits_of(severity: str) -> Limits:
    """Return the limits of a severity as they are set."""
    set_by = settings.SELFIMPROVE.review
    hours = (set_by.remind_hours, set_by.escalate_hours, set_by.expire_hours)
    return Limits(*(timedelta(hours=by_grade[severity]) for by_grade in hours))


def told_of(proposal: Proposal) -> Mapping[Kind, datetime]:
    """Return what was told of a proposal since its words last changed."""
    mine = [one for one in proposal.notices.all() if one.version == proposal.version]
    return {Kind(one.kind): one.at for one in mine}


def age(now: datetime) -> list[Notice]:
    """Tell what is due of every proposal that waits, and end what nobody decided."""
    told = (_told(key, now) for key in _due(now))
    return [one for one in told if one is not None]


def _due(now: datetime) -> list[UUID]:
    """List what something is due of; one that no check could look at is no trouble of people."""
    first = timedelta(hours=min(settings.SELFIMPROVE.review.remind_hours.values()))
    people = Proposal.objects.filter(REFUSED | CHECKED | asked.is_asked(), status=Status.PENDING)
    waiting = asked.since(people).filter(waits_since__lte=now - first)
    told: dict[tuple[UUID, int], dict[Kind, datetime]] = {}
    notices = Notice.objects.filter(proposal__status=Status.PENDING)
    for key, version, kind, at in notices.values_list("proposal", "version", "kind", "at"):
        told.setdefault((key, version), {})[Kind(kind)] = at
    limits = {severity: limits_of(severity) for severity in GRADES}
    rows = waiting.order_by("waits_since", "pk").values_list(
        "pk", "version", "severity", "waits_since"
    )
    return [
        key
        for key, version, severity, since in rows
        if due(since, told.get((key, version), {}), limits[severity], now)
    ]


def _told(key: UUID, now: datetime) -> Notice | None:
    """Look again under the lock, as somebody may have decided; write all of it or nothing."""
    with transaction.atomic():
        rows = Proposal.objects.select_for_update(of=("self",)).select_related("report", "target")
        proposal = rows.filter(pk=key, status=Status.PENDING).first()
        if proposal is None:
            return None
        turn, limits = turn_of(proposal), limits_of(proposal.severity)
        since = asked.waits_since(proposal)
        kind = due(since, told_of(proposal), limits, now)
        if kind is None or turn is Turn.CHECK:
            return None
        version = proposal.version
        waited = lasting(now - since)
        uid = (
            _end(proposal, turn, waited, now)
            if kind is Kind.EXPIRY
            else _record(proposal, kind, turn, waited, now)
        )
        return Notice.objects.create(
            proposal=proposal,
            version=version,
            kind=kind,
            told=addressee(kind, turn),
            at=now,
            entry_uid=uid,
        )


def _record(proposal: Proposal, kind: Kind, turn: Turn, waited: str, now: datetime) -> UUID:
    return record(
        EVENTS[kind],
        actor=ACTOR,
        subject=STATE.subject(proposal.pk),
        target=proposal.target.slug,
        at=now,
        reason=f"It waits {waited} for {_whom(proposal, turn)}.",
        texts={"title": proposal.title},
        facts={
            "waits_for": turn.value,
            "told": addressee(kind, turn),
            "severity": proposal.severity,
            "version": proposal.version,
        },
        cites=[proposal.transitions.latest("version").entry_uid],
    ).uid


def _end(proposal: Proposal, turn: Turn, waited: str, now: datetime) -> UUID:
    reason = f"Expired: nobody decided it within {waited}."
    if asked.standing_on(proposal) is not None:
        reason = f"Expired: changes were requested, and nobody revised it within {waited}."
    elif turn is Turn.WRITER:
        reason = f"Expired: its check refused it, and nobody reworded it within {waited}."
    facts = {"expired": True, "waits_for": turn.value, "severity": proposal.severity}
    moved = lifecycle.advance(
        proposal, Move.SUPERSEDE, actor=ACTOR, at=now, reason=reason, facts=facts
    )
    return moved.transitions.latest("version").entry_uid


def _whom(proposal: Proposal, turn: Turn) -> str:
    if turn is Turn.REVIEWERS:
        return "a reviewer"
    asks = asked.standing_on(proposal) is not None
    return f"its writer: {'changes were requested' if asks else 'a check refused it'}"
