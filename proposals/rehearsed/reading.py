"""Is a change's way back known, and what does a reviewer have to know of it?"""

from proposals.models import Proposal
from proposals.rehearsed.records import Rehearsal, Result

NOT_YET = "Taking this back has not been rehearsed yet. It can be approved once it has."


def of(proposal: Proposal) -> Rehearsal | None:
    """Return the last rehearsal of exactly this diff."""
    return Rehearsal.objects.filter(
        proposal_id=proposal.pk, diff_digest=proposal.diff_digest
    ).first()


def result(proposal: Proposal) -> str:
    """Return how the last rehearsal of this diff ended; empty where there was none."""
    found = of(proposal)
    return found.result if found else ""


def doubt(proposal: Proposal) -> str:
    """Say what the last rehearsal holds against the change, or nothing.

    A head or a rule that moved since is no doubt: the next rehearsal will say what it means, and
    a delivery looks again.
    """
    found = of(proposal)
    return "" if found is None or found.result == Result.REHEARSED else found.words
