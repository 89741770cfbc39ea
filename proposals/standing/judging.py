"""What did the generation that wrote a proposal decide of it, and of exactly which change?"""

from datetime import datetime

from audit.events import Event
from audit.log import Actor, record
from audit.models import Entry
from proposals.models import STATE, Proposal
from proposals.standing.records import Judgement


def keep(proposal: Proposal, *, label: str, generation: int, at: datetime) -> Judgement:
    """Keep a generation's word beside its proposal; called in the transaction that writes it."""
    facts = {
        "label": label,
        "wrote": generation,
        "diff": proposal.diff_digest,
        "base": proposal.base_commit,
    }
    entry = record(
        Event.PROPOSAL_JUDGED,
        actor=Actor.system("generations"),
        subject=STATE.subject(proposal.pk),
        target=proposal.target.slug,
        at=at,
        texts={"title": proposal.title},
        facts=facts,
        cites=[proposal.transitions.latest("version").entry_uid],
    )
    return Judgement.objects.create(
        proposal=proposal,
        label=label,
        generation=generation,
        diff_digest=proposal.diff_digest,
        base_commit=proposal.base_commit,
        at=at,
        entry_uid=entry.uid,
    )


def label_of(proposal: Proposal) -> str:
    """Return the label where the row, the log and the change agree; nothing where they do not."""
    found = Judgement.objects.filter(proposal_id=proposal.pk).first()
    bound = {"diff": proposal.diff_digest, "base": proposal.base_commit}
    if found is None or (found.diff_digest, found.base_commit) != tuple(bound.values()):
        return ""
    entry = Entry.objects.filter(uid=found.entry_uid, event=Event.PROPOSAL_JUDGED).first()
    told = {"label": found.label, **bound}
    subject = STATE.subject(proposal.pk)
    if entry is None or entry.subject != subject or not told.items() <= entry.facts.items():
        return ""
    return found.label
