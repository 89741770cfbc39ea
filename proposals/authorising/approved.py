"""Is exactly this diff approved, and did people accept that tests ask for less?"""

from proposals.decision import FOUR_EYES, approvals
from proposals.models import Proposal
from proposals.standing import passing


def is_approved(proposal: Proposal) -> bool:
    """Tell whether as many people as its risk demands, or a standing approval, approved it."""
    same = [one for one in approvals(proposal) if one.diff_digest == proposal.diff_digest]
    voices = {one.reviewer_id for one in same}
    return len(voices) >= (2 if proposal.risk in FOUR_EYES else 1) or not passing.flaw(proposal)


def accepted_weaker_tests(proposal: Proposal) -> frozenset[str]:
    """Return what everybody who approved accepted; nothing where one of them did not."""
    accepted = [frozenset(one.weaker_tests) for one in approvals(proposal)]
    return frozenset.intersection(*accepted) if accepted else frozenset()
