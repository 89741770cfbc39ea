"""When does an approval end, and how does what it approved come back before people?"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from audit.log import Actor
from proposals import lifecycle, touched
from proposals.documents import digest, render
from proposals.lifecycle import Move
from proposals.models import Proposal, Status
from proposals.records import words_of
from proposals.waiting.rules import lasting
from targets.changes import Change

# Whether a proposal in delivery is merged, only its delivery knows: it asks before it merges.
UNMERGED = (Status.APPROVED, Status.PR_OPEN)


def ends_at(proposal: Proposal) -> datetime | None:
    """Return when the approval of a proposal ends if it is not merged by then."""
    if proposal.status not in UNMERGED or proposal.decided_at is None:
        return None
    days = settings.SELFIMPROVE.review.approval_days[proposal.risk]
    return proposal.decided_at + timedelta(days=days)


def over(proposal: Proposal, now: datetime) -> str:
    """Say that the approval ended by its age; nothing while it holds."""
    ends = ends_at(proposal)
    return why_ended(proposal) if ends is not None and ends <= now else ""


def overdue(now: datetime) -> QuerySet[Proposal]:
    """Select what is approved for so long that its approval may have ended."""
    least = min(settings.SELFIMPROVE.review.approval_days.values())
    rows = Proposal.objects.filter(
        status=Status.APPROVED, decided_at__lte=now - timedelta(days=least)
    )
    return rows.select_related("target").order_by("decided_at", "pk")


def remaining(proposal: Proposal, now: datetime) -> str:
    """Say how long the approval still holds; nothing where there is none."""
    ends = ends_at(proposal)
    if ends is None:
        return ""
    if ends <= now:
        return "The approval ends now, unless it is merged already."
    return f"The approval ends in {lasting(ends - now)}, unless it is merged by then."


def why_ended(proposal: Proposal) -> str:
    """Say that the approval ended by itself."""
    days = settings.SELFIMPROVE.review.approval_days[proposal.risk]
    unit = "day" if days == 1 else "days"
    return (
        f"The approval ended after {days} {unit}, and it was not merged by then:"
        " look again whether it is still wanted."
    )


def ask_again(
    proposal: Proposal,
    *,
    reason: str,
    actor: Actor,
    at: datetime,
    onto: Change | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Proposal:
    """Bring an approved proposal back before people; where its ground moved, as it stands there.

    What it left outside has to be gone by then. Raises IllegalMove when it was decided otherwise.
    """
    told: dict[str, Any] = dict(facts or {})
    with transaction.atomic():
        if onto is not None:
            told |= _moved_onto(proposal, onto)
        return lifecycle.advance(
            proposal, Move.LAPSE, actor=actor, at=at, reason=reason, facts=told
        )


def _moved_onto(proposal: Proposal, change: Change) -> dict[str, str]:
    """Write the words and the diff anew from another commit; its check has to come again."""
    before = words_of(proposal)
    listed = touched.describe_files(change.files)
    after = replace(before, base=change.base, diff=change.diff, affected_files=listed)
    rows = Proposal.objects.filter(pk=proposal.pk, status__in=UNMERGED)
    rows.update(
        document=render(after),
        document_digest=digest(after),
        base_commit=change.base,
        diff=change.diff,
        diff_digest=change.digest,
        affected_files=touched.files_of(change),
        report=None,
    )
    return {
        "old_base": before.base,
        "base": change.base,
        "old_document": digest(before),
        "document": digest(after),
    }
