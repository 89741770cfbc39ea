"""Which entry does a delivery rest on, and how is its seal told to those who only see git?"""

from audit.events import Event
from audit.models import Entry, Transition
from audit.proofs import Proof, proof_of
from delivery.models import STATE, Delivery, Plan


def decision_of(delivery: Delivery) -> Entry | None:
    """Find the entry that the present plan rests on: an approval, or what asked for the revert."""
    if delivery.plan == Plan.FORWARD:
        uid = delivery.approval_uid
        return Entry.objects.filter(uid=uid).first() if uid else None
    subject = STATE.subject(delivery.pk)
    asked = Entry.objects.filter(subject=subject, event=Event.DELIVERY_REVERT_REQUESTED)
    if found := asked.order_by("id").last():
        return found
    turned = Transition.objects.filter(subject=subject, destination__startswith=Plan.REVERT)
    last = turned.select_related("entry").order_by("version").first()
    return last.entry if last else None


def trailers(delivery: Delivery) -> str:
    """Name the sealed decision for a commit, so that git alone leads to its proof."""
    decision = decision_of(delivery)
    proof = proof_of(decision) if decision else None
    if decision is None or proof is None:
        return ""
    return f"\nAudit-Entry: {decision.uid}\nAudit-Checkpoint: {proof.size} {proof.root}"


def proven(delivery: Delivery) -> str:
    """Write the proof of the approval for the text of a pull request."""
    decision = decision_of(delivery)
    proof = proof_of(decision) if decision else None
    if decision is None or proof is None:
        return ""
    return (
        "\n\n## Proof of the approval\n\n"
        f"{delivery.proposal.reviewer} approved this change; the log sealed that before this pull"
        f" request was opened.\n\n```\n{_lines(decision, proof)}\n```\n"
    )


def _lines(decision: Entry, proof: Proof) -> str:
    hashes = "".join(f"\nAudit-Proof: {step}" for step in proof.hashes)
    return (
        f"Audit-Entry: {decision.uid}\nAudit-Leaf: {proof.index} {proof.leaf_hash}"
        f"\nAudit-Checkpoint: {proof.size} {proof.root}{hashes}"
    )
