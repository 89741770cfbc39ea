"""Whose approval has ended while nothing was begun, and how does its delivery begin again?"""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet

from delivery import plans, recording, telling
from delivery.claims import Lease, LeaseLost, release, seize
from delivery.grounds import holding
from delivery.models import Delivery, Outcome, Plan
from proposals.lifecycle import IllegalMove
from proposals.models import Proposal, Status
from proposals.waiting import approvals
from targets.models import State

FRESH = {
    **{"plan": Plan.FORWARD, "outcome": "", "ending": "", "hold": "", "detail": ""},
    **{"base_commit": "", "branch": "", "branch_commit": "", "snapshot_tag": ""},
    **{"revert_reason": "", "revert_actor": "", "window_passed_by": "", "window_reason": ""},
    **{"comes_back": "", "pull_request": None, "pull_request_url": ""},
    **{"errors_in_row": 0, "lease_owner": "", "lease_until": None, "ended_at": None},
}


def lapse_overdue(now: datetime) -> list[Proposal]:
    """Bring back before people whatever was approved for too long without anything done."""
    ended = []
    for proposal in approvals.overdue(now):
        why = approvals.over(proposal, now)
        if why and (moved := lapse(proposal, holding.ENDED, why, now)):
            ended.append(moved)
    return ended


def to_begin() -> QuerySet[Proposal]:
    """Select what is approved and has no delivery, or one that ended with an earlier approval."""
    unbegun = Q(delivery=None) | Q(delivery__outcome=Outcome.ABORTED)
    rows = Proposal.objects.filter(
        unbegun, status=Status.APPROVED, target__paused=False, target__state=State.READY
    )
    return rows.select_related("target").order_by("decided_at")


def begin_again(delivery: Delivery, approval: uuid.UUID | None, at: datetime) -> Delivery:
    """Let a delivery that ended with its approval start from the beginning with the new one."""
    if delivery.outcome != Outcome.ABORTED or delivery.approval_uid == approval:
        return delivery
    rows = Delivery.objects.filter(pk=delivery.pk, outcome=Outcome.ABORTED)
    columns = {
        **FRESH,
        "stage": plans.names(Plan.FORWARD)[0],
        "approval_uid": approval,
        "closed_pull_request": delivery.pull_request or delivery.closed_pull_request,
        "fence": F("fence") + 1,
        "started_at": at,
        "next_step_at": at,
        "deadline_at": at + plans.acting_limit(),
    }
    delivery.approval_uid = approval  # which the entry cites
    telling.go(delivery, rows.update, columns, at=at, reason="It was approved again.")
    delivery.refresh_from_db()
    return delivery


def lapse(proposal: Proposal, rule: str, why: str, now: datetime) -> Proposal | None:
    """End approval and delivery together, unless a worker is at it or has begun."""
    delivery = Delivery.objects.filter(proposal=proposal).select_related("target", "proposal")
    begun = delivery.first()
    if begun is None:
        return _asked_again(proposal, None, rule, why, now)
    if begun.outcome:
        ended = begun.outcome == Outcome.ABORTED
        return _asked_again(proposal, begun, rule, why, now) if ended else None
    lease = _free(begun, now)
    if lease is None:
        return None
    try:
        with transaction.atomic():
            begun.runs.filter(ended_at=None).update(ended_at=now)
            recording.end(begun, lease, Outcome.ABORTED, why)
            return _asked_again(proposal, begun, rule, why, now)
    except LeaseLost:
        return None  # the next tick looks again
    finally:
        release(lease)


def _free(delivery: Delivery, now: datetime) -> Lease | None:
    """Take a delivery that has changed nothing, and that nobody works on."""
    untouched = not (delivery.hold or delivery.branch or delivery.plan != Plan.FORWARD)
    idle = delivery.lease_until is None or delivery.lease_until <= now
    return seize(delivery, now) if untouched and idle else None


def _asked_again(
    proposal: Proposal, delivery: Delivery | None, rule: str, why: str, now: datetime
) -> Proposal | None:
    facts = {"rule": rule, **({"delivery": delivery.pk} if delivery else {})}
    try:
        return approvals.ask_again(
            proposal, reason=why, actor=telling.OURSELVES, at=now, facts=facts
        )
    except IllegalMove:
        return None  # somebody was faster: its delivery goes on, or it was superseded
