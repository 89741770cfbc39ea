"""Is a change's way back known, and what does a reviewer have to know of it?"""

from proposals.models import Proposal
from proposals.rehearsed.records import Rehearsal, Result

NOT_YET = "Nobody knows yet whether this can be taken back: it has not been rehearsed."


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
    """Say what stands against taking the change back, or nothing.

    A head or a rule that moved since is no doubt: the next rehearsal will say what it means, and
    a delivery looks again.
    """
    found = of(proposal)
    if found is None:
        return NOT_YET
    return "" if found.result == Result.REHEARSED else found.words
