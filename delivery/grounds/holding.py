"""Does the approval still hold, now that something is about to rest on it?"""

from datetime import datetime

from delivery.models import Delivery
from delivery.stages.shape import Lapsed
from proposals.models import Proposal
from proposals.revising import asked
from proposals.standing import passing
from proposals.waiting import approvals, binding

ENDED, WITHDRAWN, VOID, DENIED = "ended", "withdrawn", "void", "denied"
ASKED = "changes_requested"


def lapsed(delivery: Delivery, now: datetime) -> Lapsed | None:
    """Say why people are asked again before anything more is done, or nothing."""
    proposal = delivery.proposal
    if why := asked.takes_back(proposal):
        return Lapsed(why, rule=ASKED)
    if why := approvals.over(proposal, now):
        return Lapsed(why, rule=ENDED)
    if why := withdrawn(proposal):
        return Lapsed(why, rule=WITHDRAWN)
    if why := binding.void(proposal):
        return Lapsed(why, rule=VOID)
    return None


def withdrawn(proposal: Proposal) -> str:
    """Say that the standing approval which let it through does not stand any more."""
    return passing.flaw(proposal) if passing.of(proposal) is not None else ""
