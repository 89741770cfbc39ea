"""How does an approval that no person gave come back when a proposal's rows are made again?"""

from uuid import UUID

from audit.events import Event
from audit.log import Actor
from audit.models import Entry
from proposals.models import STATE, Proposal
from proposals.standing.records import Passage, StandingApproval


def restore(proposal: Proposal, approval: UUID) -> Passage | None:
    """Write it again as its entry tells it; anything else in git is nobody's word.

    Without the entry, or where the standing approval itself was lost, there is none, and nothing
    is delivered: a person decides.
    """
    found = Passage.objects.filter(proposal=proposal).first()
    entry = Entry.objects.filter(uid=approval, event=Event.PROPOSAL_APPROVED).first()
    if found is not None or entry is None or entry.subject != STATE.subject(proposal.pk):
        return found
    under = entry.facts.get("standing") or {}
    standing = StandingApproval.objects.filter(pk=under.get("number", 0)).first()
    if standing is None or entry.actor_type != Actor.system("").type:
        return None
    return Passage.objects.create(
        proposal=proposal,
        standing=standing,
        confirmation=under["confirmation"],
        risk=entry.facts["blast_radius"],
        document_digest=entry.facts["document"],
        diff_digest=entry.facts["diff"],
        base_commit=entry.facts["base"],
        policy_digest=entry.facts["policy"],
        report_digest=entry.facts["report"],
        at=proposal.transitions.get(entry_uid=approval).at,
        entry_uid=approval,
    )
