"""Is the decision that a stage rests on sealed, so that nobody can deny or invent it later?

And, where it is so set, also published outside, so that not even the database's owner can?
"""

from datetime import datetime

from django.db import transaction

from audit import follow
from audit.anchors import covering
from audit.events import Event
from audit.models import Entry, Leaf, Transition
from audit.proofs import proof_of
from delivery import telling
from delivery.models import STATE as DELIVERIES
from delivery.models import Delivery, Plan
from delivery.seals import decision_of
from delivery.stages.shape import Failed, Waiting
from proposals.models import STATE as PROPOSALS
from proposals.standing.records import STATE as STANDINGS

# What others see and what changes the target; the pull request carries the proof in its text.
GATED = {"pull_request", "merge", "deploy", "revert", "redeploy"}
AGAIN_SECONDS = 1.0
PUBLISHED_AGAIN_SECONDS = 5.0


def closed(delivery: Delivery, at: datetime) -> Waiting | Failed | None:
    """Say why the present stage may not start, or nothing when its decision is beyond denial."""
    if delivery.stage not in GATED:
        return None
    decision = decision_of(delivery)
    if decision is None or (flaw := _flaw(delivery, decision)):
        what = flaw if decision else "the log does not hold it"
        return _refused(delivery, f"Not started: {_name(delivery)} cannot be trusted: {what}.", at)
    proof = proof_of(decision)
    if proof is None:
        follow.nudge()
        proof = proof_of(decision)
    if proof is None:
        waits = f"Waits: the log has not sealed {_name(delivery)} yet."
        return Waiting(waits, again_seconds=AGAIN_SECONDS)
    if not proof.holds:
        words = f"Not started: the proof of {_name(delivery)} does not hold: the log was changed."
        return _refused(delivery, words, at)
    return _unpublished(delivery, decision, at) if covering.is_asked() else None


def _unpublished(delivery: Delivery, decision: Entry, at: datetime) -> Waiting | None:
    """Wait until a place outside has the decision; complain once when that takes too long."""
    leaf = Leaf.objects.get(entry=decision)
    if covering.is_covered(leaf):
        return None
    since = covering.sealed_at(leaf)
    words = f"Waits: {_name(delivery)} is not published outside yet"
    words += f"; it was sealed at {since:%Y-%m-%d %H:%M} UTC" if since else ""
    if why := "; ".join(covering.complaints()):
        words += f". {why}"
    words = f"{words.rstrip('.')}."
    if covering.is_late(leaf, at):
        words = f"{words} Nothing is done before that: mend what keeps it."
        _complain(delivery, decision, words, at)
    return Waiting(words, again_seconds=PUBLISHED_AGAIN_SECONDS)


def _complain(delivery: Delivery, decision: Entry, words: str, at: datetime) -> None:
    alarms = Entry.objects.filter(
        event=Event.DELIVERY_ALARMED, subject=DELIVERIES.subject(delivery.pk)
    )
    told = {"waits_for": str(decision.uid)}
    if all(alarm.facts.get("waits_for") != told["waits_for"] for alarm in alarms):
        with transaction.atomic():
            telling.entry(Event.DELIVERY_ALARMED, delivery, at=at, reason=words, facts=told)


def _flaw(delivery: Delivery, decision: Entry) -> str:
    """Say why this entry is no ground for the stage, or nothing."""
    told = Entry.objects.filter(event=Event.LOG_QUARANTINED, subject=f"entry:{decision.uid}")
    if told.exists():
        return "the log refused to seal it"
    if delivery.plan != Plan.FORWARD:
        return ""
    subject = PROPOSALS.subject(delivery.proposal_id)
    if (decision.event, decision.subject) != (Event.PROPOSAL_APPROVED, subject):
        return "the log holds something else under its name"
    if decision.facts.get("diff") != delivery.proposal.diff_digest:
        return "it approves another change than this one"
    return _unfounded(delivery, decision)


def _unfounded(delivery: Delivery, decision: Entry) -> str:
    """Say why the standing approval that an approval names is no ground for it, or nothing."""
    under = decision.facts.get("standing")
    if under is None:
        return ""
    number, confirmation = str(under.get("number")), under.get("confirmation")
    told = Transition.objects.filter(uid=confirmation, subject=STANDINGS.subject(int(number)))
    confirmed = told.select_related("entry__leaf").first()
    if confirmed is None or confirmed.entry.event != Event.STANDING_CONFIRMED:
        return f"the log holds no confirmation of standing approval #{number}"
    before, after = (Leaf.objects.filter(entry=one).first() for one in (confirmed.entry, decision))
    if before is None or (after is not None and before.index > after.index):
        return f"standing approval #{number} was not sealed before it"
    proof = proof_of(confirmed.entry)
    if proof is None or not proof.holds:
        return f"the proof of standing approval #{number} does not hold: the log was changed"
    return ""


def _refused(delivery: Delivery, words: str, at: datetime) -> Failed:
    with transaction.atomic():
        telling.entry(Event.DELIVERY_ALARMED, delivery, at=at, reason=words)
    return Failed(words)


def _name(delivery: Delivery) -> str:
    return "the approval" if delivery.plan == Plan.FORWARD else "the decision to take it back"
