"""Does a standing approval still deserve to let anything through, and if not, why?"""

from datetime import datetime, timedelta

from django.contrib.auth.models import User

from audit import follow
from audit.anchors import covering
from audit.events import Event
from audit.models import Entry, Leaf
from audit.proofs import proof_of
from proposals.models import Status
from proposals.standing import acts
from proposals.standing.records import STATE, Passage, Stand, StandingApproval
from proposals.standing.rules import Authority
from telemetry.models import Pattern
from telemetry.patterns.vocabulary import Proof

DAY = timedelta(hours=24)
TAKEN_BACK = "“{}” was let through by this and taken back since."
IN_VAIN = "“{}” was let through by this and its pattern fails as before."


def authority(approval: StandingApproval, at: datetime) -> Authority:
    """Collect what speaks for and against a standing approval itself."""
    taken_back = reverted(approval)
    return Authority(
        state=approval.state(at).lower(),
        in_force=approval.is_in_force(at),
        until=approval.until,
        missing=_missing(approval),
        altered=altered(approval),
        reverted=taken_back.proposal.title if taken_back else "",
        unsealed=unsealed(approval),
    )


def count(approval: StandingApproval, at: datetime) -> int:
    """Count what it let through within a day."""
    return approval.passages.filter(at__gt=at - DAY).count()


def reverted(approval: StandingApproval) -> Passage | None:
    """Find what it let through since its last confirmation and was taken back."""
    rows = approval.passages.filter(
        confirmation=approval.last_transition_id, proposal__status=Status.REVERTED
    )
    return rows.select_related("proposal").first()


def in_vain(approval: StandingApproval) -> Passage | None:
    """Find what it let through since its last confirmation and what did not help at all."""
    passages = approval.passages.filter(confirmation=approval.last_transition_id)
    rows = {f"proposal:{one.proposal_id}": one for one in passages.select_related("proposal")}
    proven = Pattern.objects.filter(remedy__in=rows, proof=Proof.INEFFECTIVE).order_by("pk")
    first = proven.values_list("remedy", flat=True).first()
    return rows[first] if first else None


def _lost(approval: StandingApproval) -> str:
    """Say why nobody should rely on it without looking again; nothing while it deserves it."""
    if taken_back := reverted(approval):
        return TAKEN_BACK.format(taken_back.proposal.title)
    if useless := in_vain(approval):
        return IN_VAIN.format(useless.proposal.title)
    return ""


def suspend_untrusted(at: datetime) -> list[StandingApproval]:
    """Suspend each one of which something was taken back or did not help; return them."""
    found = []
    for approval in StandingApproval.objects.filter(status=Stand.IN_FORCE):
        if reason := _lost(approval):
            try:
                found.append(acts.suspend(approval, reason=reason, at=at))
            except acts.NotPossible:
                continue  # somebody revoked it meanwhile, which ends it as well
    return found


def altered(approval: StandingApproval) -> str:
    """Say that the row allows something else than what the log says was confirmed."""
    if approval.status != Stand.IN_FORCE:
        return ""
    entry = acts.entry_of(approval.last_transition_id)
    subject = STATE.subject(approval.pk)
    if entry is None or (entry.event, entry.subject) != (Event.STANDING_CONFIRMED, subject):
        return "the log does not hold its confirmation"
    stated = acts.stated(approval)
    differing = [name for name, value in stated.items() if entry.facts.get(name) != value]
    if differing or entry.target != approval.target.slug:
        return f"the log says otherwise of {', '.join(differing) or 'its target'}"
    return ""


def unsealed(approval: StandingApproval) -> str:
    """Say why its confirmation can still be denied or invented; nothing once it is sealed."""
    if approval.status != Stand.IN_FORCE:
        return "it is not confirmed"
    entry = acts.entry_of(approval.last_transition_id)
    return "the log does not hold it" if entry is None else unsealed_entry(entry)


def unsealed_entry(entry: Entry) -> str:
    """Say why an entry is not beyond denial; the sequencer is asked at once."""
    if Entry.objects.filter(event=Event.LOG_QUARANTINED, subject=f"entry:{entry.uid}").exists():
        return "the log refused to seal it"
    proof = proof_of(entry)
    if proof is None:
        follow.nudge()
        return "not sealed yet"
    if not proof.holds:
        return "its proof does not hold: the log was changed"
    if covering.is_asked() and not covering.is_covered(Leaf.objects.get(entry=entry)):
        return "not published outside yet"
    return ""


def _missing(approval: StandingApproval) -> tuple[str, ...]:
    """Name who of the two may not grant a standing approval any more."""
    people = (approval.granted_by, approval.confirmed_by)
    lost = [one.get_username() for one in people if one and not _may(one)]
    return tuple(f"{name} may not grant one any more" for name in lost)


def _may(person: User) -> bool:
    return person.is_active and person.has_perm(acts.PERMISSION)
