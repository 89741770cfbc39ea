"""What becomes of an approval, and of its delivery, once somebody wants the change changed?"""

from datetime import datetime

from delivery import telling
from delivery.grounds import holding, lapsing
from delivery.models import Delivery, Plan
from proposals.models import ChangeRequest, Proposal, Status
from proposals.revising import asked, asking


def take_back(now: datetime) -> int:
    """Take back what was approved and is to be changed; return how many came back at once.

    A delivery that has written something looks itself, with its next step, which is made now: it
    tidies up before people are asked again. What is merged is merged, and the request ends.
    """
    rows = Proposal.objects.filter(asked.is_asked(), status__in=(Status.APPROVED, Status.PR_OPEN))
    back = 0
    for proposal in rows.select_related("target").order_by("decided_at", "pk"):
        request = asked.standing_on(proposal)
        if request is not None and not _overtaken(proposal, request, now):
            back += _taken_back(proposal, now)
    return back


def _overtaken(proposal: Proposal, request: ChangeRequest, now: datetime) -> bool:
    """End a request that came after the merge: taking that back is another act."""
    merged = Delivery.objects.filter(proposal=proposal).exclude(merge_commit="").first()
    if merged is None:
        return False
    why = f"It was merged as {merged.merge_commit[:12]} before: revert it instead."
    asking.overtake(request, why=why, actor=telling.OURSELVES, at=now)
    return True


def _taken_back(proposal: Proposal, now: datetime) -> bool:
    if proposal.status == Status.APPROVED:
        why = asked.takes_back(proposal)
        if why and lapsing.lapse(proposal, holding.ASKED, why, now) is not None:
            return True
    waiting = Delivery.objects.filter(
        proposal=proposal, plan=Plan.FORWARD, outcome="", errors_in_row=0
    )
    waiting.filter(next_step_at__gt=now).update(next_step_at=now)
    return False
