"""Which proposals are announced, which approved, and which left to people, right now?"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from audit.events import Event
from audit.log import Actor, record, stated
from audit.models import Entry
from proposals import decision
from proposals.lifecycle import Move, advance
from proposals.models import STATE, Proposal, Status
from proposals.standing import acts, asking, gathering, rules, trusting
from proposals.standing.records import Announcement, Passage, Stand, StandingApproval
from proposals.standing.rules import Line, Moment
from targets.models import State, Target

# Says why the window of such a change is shut: target, risk, moment. Deliveries know that.
Shut = Callable[[str, str, datetime], str]
ROWS = Proposal.objects.select_related("target", "report")
OURSELVES = Actor.system("proposals")


@dataclass(frozen=True)
class Weighed:
    """Hold every line of one proposal under one standing approval."""

    approval: StandingApproval
    lines: tuple[Line, ...]
    risk: str

    @property
    def covers(self) -> bool:
        """Tell whether nothing but time is missing."""
        return not rules.refused(self.lines)

    @property
    def waits(self) -> str:
        """Say what is missing just now."""
        return "; ".join(f"{one.bound}: {one.found}" for one in rules.missed(self.lines))


def look(proposal: Proposal, at: datetime, shut: Shut) -> str:
    """Announce a proposal, approve it when its time has come, or take an announcement back.

    Safe to repeat and to run twice at once. Returns what was done: nothing, "announced",
    "approved" or "withdrawn".
    """
    found = Announcement.objects.filter(proposal=proposal, ended_at=None)
    said = found.select_related("standing", "standing__target").first()
    if said is None:
        return _announced(proposal, at, shut)
    if said.due_at > at or not _fits(said, proposal):
        return _withdrawn_unless_covered(said, proposal, at, shut)
    return _approved(said, proposal, at, shut)


def candidates() -> Iterator[Proposal]:
    """Yield each proposal that was announced, then those that could be, the oldest first."""
    targets = StandingApproval.objects.filter(status=Stand.IN_FORCE).values("target")
    coverable = Q(status=Status.PENDING, target__in=targets, judgement__isnull=False, held=None)
    announced = Q(pk__in=Announcement.objects.filter(ended_at=None).values("proposal"))
    rows = Proposal.objects.order_by("created_at", "pk").values_list("pk", flat=True)
    # Keys only: each is read again when its turn comes, whatever became of it since.
    for key in [*rows.filter(announced), *rows.filter(coverable).exclude(announced)]:
        yield ROWS.get(pk=key)


def weighed(
    approval: StandingApproval,
    proposal: Proposal,
    at: datetime,
    *,
    shut: Shut | None = None,
    policies: str | None = None,
) -> Weighed:
    """Hold a proposal against one standing approval, as both are now."""
    bounds, case = acts.bounds_of(approval), gathering.case_of(proposal, at)
    moment = Moment(
        target=_unready(proposal.target),
        window=shut(proposal.target.slug, case.risk, at) if shut else None,
        count=trusting.count(approval, at),
        policies=policies,
    )
    lines = (
        *rules.stands(trusting.authority(approval, at)),
        *rules.weigh(bounds, case),
        *rules.now(bounds, moment),
    )
    return Weighed(approval, lines, case.risk)


def of_target(target: Target) -> list[StandingApproval]:
    """List the standing approvals of a target that are in force, the oldest first."""
    rows = StandingApproval.objects.filter(target=target, status=Stand.IN_FORCE)
    return list(rows.select_related("target", "granted_by", "confirmed_by").order_by("pk"))


def _announced(proposal: Proposal, at: datetime, shut: Shut) -> str:
    case = gathering.case_of(proposal, at)
    for approval in of_target(proposal.target):
        if rules.refused(rules.weigh(acts.bounds_of(approval), case)):
            continue  # most proposals end here, and a tick looks at each
        found = weighed(approval, proposal, at, shut=shut)
        if not found.covers or _is_unproven_way_back(found):
            continue
        if asking.refusal(proposal):
            return ""  # by no standing approval: the policies are the same for all
        return _announce(approval, proposal, at)
    return ""


def _is_unproven_way_back(found: Weighed) -> bool:
    """Tell whether the rehearsal is still to come: people are told what is known, not hoped."""
    return any(one.bound is rules.Bound.REHEARSED for one in rules.missed(found.lines))


def _announce(approval: StandingApproval, proposal: Proposal, at: datetime) -> str:
    due = at + timedelta(minutes=settings.SELFIMPROVE.standing.quiet_minutes)
    with transaction.atomic():
        held = acts.locked(approval.pk)
        current = ROWS.select_for_update(of=("self",)).get(pk=proposal.pk)
        taken = Announcement.objects.filter(proposal=current, ended_at=None).exists()
        same = current.document_digest == proposal.document_digest
        if taken or not same or not weighed(held, current, at).covers:
            return ""
        confirmation = held.last_transition_id
        told = {**_under(held, at), "due": due.isoformat(), **decision.bound(current)}
        entry = record(
            Event.PROPOSAL_ANNOUNCED,
            actor=OURSELVES,
            subject=STATE.subject(current.pk),
            target=current.target.slug,
            at=at,
            texts={"title": current.title},
            facts=told,
            cites=[current.transitions.latest("version").entry_uid, *_resting_on(confirmation)],
        )
        Announcement.objects.create(
            proposal=current,
            standing=held,
            confirmation=confirmation,
            announced_at=at,
            due_at=due,
            entry_uid=entry.uid,
            **_digests(current),
        )
    return "announced"


def _withdrawn_unless_covered(
    said: Announcement, proposal: Proposal, at: datetime, shut: Shut
) -> str:
    """Take an announcement back once what it said is no more so; else let its time run."""
    if not _fits(said, proposal):
        return _withdraw(said, at, "What it announced has changed since, so its time begins anew.")
    found = weighed(said.standing, proposal, at, shut=shut)
    return "" if found.covers else _withdraw(said, at, _because(found.lines))


def _approved(said: Announcement, proposal: Proposal, at: datetime, shut: Shut) -> str:
    denied = asking.refusal(proposal)
    with transaction.atomic():
        approval = acts.locked(said.standing_id)
        current = ROWS.select_for_update(of=("self",)).get(pk=proposal.pk)
        still = Announcement.objects.filter(pk=said.pk, ended_at=None).exists()
        if not still or said.due_at > at:
            return ""
        if not _fits(said, current) or said.confirmation != approval.last_transition_id:
            return _withdraw(said, at, "What it announced has changed since.")
        found = weighed(approval, current, at, shut=shut, policies=denied)
        if not found.covers:
            return _withdraw(said, at, _because(found.lines))
        if found.waits:
            Announcement.objects.filter(pk=said.pk).update(waits=found.waits)
            return ""
        _let_through(said, approval, current, found.risk, at)
    return "approved"


def _let_through(
    said: Announcement, approval: StandingApproval, proposal: Proposal, risk: str, at: datetime
) -> None:
    """Approve it, bound as a person's approval is, in the name of nobody who has read it."""
    confirmed = approval.confirmed_by.get_username() if approval.confirmed_by else ""
    reason = (
        f"Under standing approval #{approval.pk}, which {approval.granted_by.get_username()}"
        f" granted and {confirmed} confirmed. No person has read this change."
    )
    moved = advance(
        proposal,
        Move.APPROVE,
        actor=Actor.system(str(approval)),
        at=at,
        reason=reason,
        facts={**decision.bound(proposal), **_under(approval, at), "blast_radius": risk},
        cites=[said.entry_uid, *_resting_on(approval.last_transition_id)],
    )
    Passage.objects.create(
        proposal=moved,
        standing=approval,
        confirmation=approval.last_transition_id,
        risk=risk,
        at=at,
        entry_uid=moved.transitions.get(version=moved.version).entry_uid,
        **_digests(proposal),
    )
    Announcement.objects.filter(pk=said.pk).update(ended_at=at, because="Approved.", waits="")


def _withdraw(said: Announcement, at: datetime, because: str) -> str:
    with transaction.atomic():
        changed = Announcement.objects.filter(pk=said.pk, ended_at=None).update(
            ended_at=at, because=because, waits=""
        )
        if changed:
            record(
                Event.PROPOSAL_WITHDRAWN,
                actor=OURSELVES,
                subject=STATE.subject(said.proposal_id),
                target=said.standing.target.slug,
                at=at,
                reason=because,
                texts={"title": said.proposal.title},
                facts={"under": str(said.standing)},
                cites=[said.entry_uid],
            )
    return "withdrawn" if changed else ""


def _fits(said: Announcement, proposal: Proposal) -> bool:
    """Tell whether people were told of exactly what is there now, and the log says when."""
    entry = Entry.objects.filter(uid=said.entry_uid, event=Event.PROPOSAL_ANNOUNCED).first()
    told = {"due": said.due_at.isoformat(), **decision.bound(proposal)}
    told.pop("rehearsal")  # which is asked for anew each time
    if entry is None or entry.subject != STATE.subject(proposal.pk):
        return False
    rests = entry.facts["standing"]["confirmation"] == str(said.confirmation)
    same = all(getattr(said, name) == value for name, value in _digests(proposal).items())
    return rests and same and told.items() <= entry.facts.items()


def _digests(proposal: Proposal) -> dict[str, str]:
    bound = decision.bound(proposal)
    names = ("document", "diff", "policy", "report")
    return {"base_commit": bound["base"], **{f"{one}_digest": bound[one] for one in names}}


def _under(approval: StandingApproval, at: datetime) -> dict[str, object]:
    """Name for the log the standing approval, its confirmation and both people."""
    people = (approval.granted_by, approval.confirmed_by)
    granted, confirmed = (
        stated(Actor.person(one), at=at).pseudonym if one else "" for one in people
    )
    return {
        "under": str(approval),
        "standing": {
            "number": approval.pk,
            "confirmation": str(approval.last_transition_id),
            "granted_by": granted,
            "confirmed_by": confirmed,
        },
    }


def _resting_on(confirmation: uuid.UUID) -> list[uuid.UUID]:
    entry = acts.entry_of(confirmation)
    return [entry.uid] if entry else []


def _because(lines: tuple[Line, ...]) -> str:
    return "; ".join(f"{one.bound}: {one.found}" for one in rules.refused(lines)) + "."


def _unready(target: Target) -> str:
    if target.paused:
        return "it is paused"
    return "" if target.state == State.READY else target.get_state_display().lower()
