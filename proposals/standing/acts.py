"""How is a standing approval granted, confirmed, suspended and revoked, and a proposal held?"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F

from audit.events import Event
from audit.log import Actor, record
from audit.models import Entry
from audit.models import Transition as Tied
from proposals import decision
from proposals.decision import FourEyes
from proposals.models import STATE as PROPOSALS
from proposals.models import Proposal, Status
from proposals.standing import wishes
from proposals.standing.records import STATE, Held, Stand, StandingApproval
from proposals.standing.rules import Bounds
from proposals.standing.wishes import CannotGrant, Wish
from targets.models import Target

PERMISSION = "proposals.grant_standing"
OURSELVES = Actor.system("proposals")
Door = Mapping[str, str]
PAGE: Door = {}


class NotPossible(Exception):
    """It is not where this act starts; the words say what is so."""


def grant(
    target: Target, wish: Wish, *, person: User, at: datetime, door: Door = PAGE
) -> StandingApproval:
    """Write down what one person allows; it counts once a second one has confirmed it.

    Raises CannotGrant or PermissionDenied, and then changes nothing.
    """
    _refuse_stranger(person)
    clean = wishes.checked(wish)
    bounds = clean.bounds
    with transaction.atomic():
        row = StandingApproval.objects.create(
            target=target,
            last_transition_id=uuid.uuid4(),
            reason=clean.reason,
            risk=bounds.risk,
            most_files=bounds.most_files,
            most_lines=bounds.most_lines,
            most_per_day=bounds.most_per_day,
            paths=list(bounds.paths),
            engines=list(bounds.engines),
            proven=bounds.proven,
            granted_by=person,
            granted_at=at,
            until=at + timedelta(days=clean.days),
        )
        actor = Actor.person(person)
        _tell(Event.STANDING_GRANTED, row, "", actor, at, clean.reason, {**stated(row), **door})
    return row


def confirm(
    approval: StandingApproval, *, person: User, at: datetime, door: Door = PAGE
) -> StandingApproval:
    """Bring it into force, or back into force, as somebody else than who granted it.

    Raises FourEyes, NotPossible or PermissionDenied, and then changes nothing.
    """
    _refuse_stranger(person)
    with transaction.atomic():
        row = locked(approval.pk)
        if row.granted_by_id == person.pk:
            raise FourEyes("You granted this: somebody else has to confirm it.")
        if at >= row.until:
            raise NotPossible(f"It ended on {row.until:%Y-%m-%d %H:%M} UTC. Grant another one.")
        sources = (Stand.GRANTED, Stand.SUSPENDED)
        columns = {"confirmed_by": person, "confirmed_at": at, "ended_by": None, "because": ""}
        source = _move(row, sources, Stand.IN_FORCE, ended_at=None, **columns)
        actor = Actor.person(person)
        return _tell(Event.STANDING_CONFIRMED, row, source, actor, at, "", {**stated(row), **door})


def suspend(approval: StandingApproval, *, reason: str, at: datetime) -> StandingApproval:
    """Take it out of force because trust is lost; a person has to confirm it anew."""
    with transaction.atomic():
        row = locked(approval.pk)
        source = _move(row, (Stand.IN_FORCE,), Stand.SUSPENDED, ended_at=at, because=reason)
        return _tell(Event.STANDING_SUSPENDED, row, source, OURSELVES, at, reason)


def revoke(
    approval: StandingApproval, *, person: User, at: datetime, reason: str, door: Door = PAGE
) -> StandingApproval:
    """End it for good; what it let through and is not merged yet is not merged under it.

    Raises CannotGrant, NotPossible or PermissionDenied, and then changes nothing.
    """
    _refuse_stranger(person)
    because = wishes.words(reason)
    if not because:
        raise CannotGrant("Say why it is revoked.")
    with transaction.atomic():
        row = locked(approval.pk)
        sources = (Stand.GRANTED, Stand.IN_FORCE, Stand.SUSPENDED)
        columns = {"ended_at": at, "ended_by": person, "because": because}
        source = _move(row, sources, Stand.REVOKED, **columns)
        actor = Actor.person(person)
        return _tell(Event.STANDING_REVOKED, row, source, actor, at, because, door)


def hold(proposal: Proposal, *, person: User, at: datetime, reason: str = "") -> Held:
    """Keep a proposal for people to decide, whatever standing approvals say.

    Raises NotPossible or PermissionDenied, and then changes nothing.
    """
    if not person.has_perm(decision.PERMISSION):
        raise PermissionDenied("You may not decide about proposals.")
    because = wishes.words(reason)
    with transaction.atomic():
        rows = Proposal.objects.select_for_update(of=("self",)).select_related("target")
        current = rows.get(pk=proposal.pk)
        if current.status != Status.PENDING:
            state = current.get_status_display()
            raise NotPossible(f"The proposal is “{state}”: there is nothing left to hold.")
        if held := Held.objects.filter(proposal=current).first():
            return held
        entry = record(
            Event.PROPOSAL_HELD,
            actor=Actor.person(person),
            subject=PROPOSALS.subject(current.pk),
            target=current.target.slug,
            at=at,
            reason=because,
            texts={"title": current.title},
            cites=[current.transitions.latest("version").entry_uid],
        )
        return Held.objects.create(
            proposal=current, by=person, at=at, reason=because, entry_uid=entry.uid
        )


def locked(key: int) -> StandingApproval:
    """Read the row as nobody else can change it now."""
    rows = StandingApproval.objects.select_for_update(of=("self",))
    return rows.select_related("target", "granted_by", "confirmed_by").get(pk=key)


def bounds_of(approval: StandingApproval) -> Bounds:
    """Return what it allows."""
    return Bounds(
        risk=approval.risk,
        most_files=approval.most_files,
        most_lines=approval.most_lines,
        most_per_day=approval.most_per_day,
        paths=tuple(approval.paths),
        engines=tuple(approval.engines),
        proven=approval.proven,
    )


def stated(approval: StandingApproval) -> dict[str, Any]:
    """Write what it allows as the log keeps it."""
    bounds = bounds_of(approval)
    return {
        "risk": bounds.risk,
        "most_files": bounds.most_files,
        "most_lines": bounds.most_lines,
        "most_per_day": bounds.most_per_day,
        "paths": list(bounds.paths),
        "engines": list(bounds.engines),
        "proven": bounds.proven,
        "until": approval.until.isoformat(),
    }


def entry_of(transition: uuid.UUID) -> Entry | None:
    """Return the entry that tells of a transition."""
    found = Tied.objects.filter(uid=transition).select_related("entry").first()
    return found.entry if found else None


def _move(row: StandingApproval, sources: tuple[Stand, ...], to: Stand, **columns: object) -> str:
    """Change the status of a locked row; return where it stood."""
    source = row.status
    if source not in sources:
        raise NotPossible(f"Standing approval #{row.pk} is {row.get_status_display().lower()}.")
    StandingApproval.objects.filter(pk=row.pk).update(
        status=to, version=F("version") + 1, last_transition=uuid.uuid4(), **columns
    )
    row.refresh_from_db()
    return source


def _tell(
    event: Event,
    row: StandingApproval,
    source: str,
    actor: Actor,
    at: datetime,
    reason: str,
    facts: Mapping[str, Any] | None = None,
) -> StandingApproval:
    before = Tied.objects.filter(subject=STATE.subject(row.pk), version=row.version - 1).first()
    record(
        event,
        actor=actor,
        subject=STATE.subject(row.pk),
        target=row.target.slug,
        at=at,
        reason=reason,
        facts=facts,
        cites=[before.entry_id] if before else (),
        transition=Tied(
            uid=row.last_transition_id,
            version=row.version,
            source=source,
            destination=row.status,
        ),
    )
    return row


def _refuse_stranger(person: User) -> None:
    if not person.has_perm(PERMISSION):
        raise PermissionDenied("You may not grant, confirm or revoke standing approvals.")
