"""Does an approval that no person gave still hold, for exactly this diff?"""

from proposals import lifecycle
from proposals.models import Proposal
from proposals.standing.records import Passage, Stand

NONE = "The diff changed after it was approved: it has to be approved again."


def of(proposal: Proposal) -> Passage | None:
    """Return the approval that a standing approval gave a proposal; one that ended is none."""
    if lifecycle.ended(proposal) is not None:  # what came back is approved by people alone
        return None
    rows = Passage.objects.filter(proposal_id=proposal.pk)
    return rows.select_related("standing__granted_by", "standing__confirmed_by").first()


def flaw(proposal: Proposal) -> str:
    """Say why nothing may be written on the strength of it; nothing where it holds.

    One that ended by its time holds for what it let through before. One that was revoked or
    suspended, or confirmed anew since, holds for nothing.
    """
    found = of(proposal)
    if found is None or (found.diff_digest, found.document_digest) != (
        proposal.diff_digest,
        proposal.document_digest,
    ):
        return NONE
    approval = found.standing
    if approval.status != Stand.IN_FORCE:
        state = approval.get_status_display().lower()
        return f"It was approved under {approval}, which is {state} by now: {approval.because}"
    if approval.last_transition_id != found.confirmation:
        return f"It was approved under {approval} before that was confirmed anew."
    return ""


def risk_of(proposal: Proposal) -> str:
    """Return the risk that its window goes by: as worked out, where no person judged it."""
    found = of(proposal)
    return found.risk if found else proposal.risk
