"""Which moves may a proposal make, and how does one move happen exactly once?"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import F

from audit.events import Event
from audit.log import Actor, record
from audit.models import Transition as Tied
from proposals.models import STATE, Proposal, Status, Transition
from proposals.revising import asked
from telemetry.sanitizer import sanitize


class Move(StrEnum):
    """Name what can happen to a proposal."""

    APPROVE = "approve"
    REJECT = "reject"
    OPEN_PR = "open_pr"
    IMPLEMENT = "implement"
    REVERT = "revert"
    FAIL = "fail"
    SUPERSEDE = "supersede"
    LAPSE = "lapse"


@dataclass(frozen=True)
class Step:
    """Say from where to where a move leads, and what it is called."""

    sources: tuple[Status, ...]
    destination: Status
    event: Event
    label: str
    decides: bool = False
    needs_reason: bool = False


MOVES: Mapping[Move, Step] = {
    Move.APPROVE: Step(
        (Status.PENDING,), Status.APPROVED, Event.PROPOSAL_APPROVED, "Approve", decides=True
    ),
    Move.REJECT: Step(
        (Status.PENDING,),
        Status.REJECTED,
        Event.PROPOSAL_REJECTED,
        "Reject",
        decides=True,
        needs_reason=True,
    ),
    Move.OPEN_PR: Step(
        (Status.APPROVED,), Status.PR_OPEN, Event.PROPOSAL_PR_OPENED, "Open pull request"
    ),
    Move.IMPLEMENT: Step(
        (Status.PR_OPEN,), Status.IMPLEMENTED, Event.PROPOSAL_IMPLEMENTED, "Mark implemented"
    ),
    Move.REVERT: Step(
        (Status.PR_OPEN, Status.IMPLEMENTED),
        Status.REVERTED,
        Event.PROPOSAL_REVERTED,
        "Revert",
        needs_reason=True,
    ),
    Move.FAIL: Step(
        (Status.APPROVED, Status.PR_OPEN),
        Status.FAILED,
        Event.PROPOSAL_FAILED,
        "Mark failed",
        needs_reason=True,
    ),
    Move.SUPERSEDE: Step(
        (Status.PENDING, Status.APPROVED),
        Status.SUPERSEDED,
        Event.PROPOSAL_SUPERSEDED,
        "Supersede",
        needs_reason=True,
    ),
    # The one way back: what people said of it counts no more, and they are asked again.
    Move.LAPSE: Step(
        (Status.APPROVED, Status.PR_OPEN),
        Status.PENDING,
        Event.PROPOSAL_LAPSED,
        "Ask again",
        needs_reason=True,
    ),
}
UNDECIDED = {"reviewer": "", "decided_at": None}


class IllegalMove(Exception):
    """The proposal is not where this move starts; somebody else may have been faster."""

    def __init__(self, proposal: Proposal, move: Move) -> None:
        self.proposal = proposal
        self.move = move
        super().__init__(held_back(proposal, move) or _what_is_so(proposal))


class ReasonMissing(Exception):
    """The move needs a reason and has none."""


def advance(
    proposal: Proposal,
    move: Move,
    *,
    actor: Actor,
    at: datetime,
    reason: str = "",
    facts: Mapping[str, Any] | None = None,
    cites: Iterable[uuid.UUID] = (),
) -> Proposal:
    """Move a proposal, write the transition and the log entry, all of it or nothing.

    Raises IllegalMove when the row is elsewhere by now, ReasonMissing when the move needs one.
    """
    step = MOVES[move]
    reason = sanitize(reason.strip())[0]
    if step.needs_reason and not reason:
        raise ReasonMissing(f"To {step.label.lower()} a proposal, say why.")
    with transaction.atomic():
        changed = Proposal.objects.filter(pk=proposal.pk, status__in=step.sources).update(
            status=step.destination,
            version=F("version") + 1,
            last_transition=uuid.uuid4(),  # the database waits for it to the end of this
            updated_at=at,
            **({"reason": reason} if reason else {}),
            **({"reviewer": actor.id, "decided_at": at} if step.decides else {}),
            **(UNDECIDED if step.destination == Status.PENDING else {}),
        )
        fresh = Proposal.objects.select_related("target").get(pk=proposal.pk)
        if changed != 1 or held_back(fresh, move):
            raise IllegalMove(fresh, move)
        _remember(fresh, step, actor=actor, at=at, reason=reason, facts=facts, cites=cites)
    return fresh


def held_back(proposal: Proposal, move: Move) -> str:
    """Say that a request for changes keeps it from being approved; nothing where none stands."""
    return asked.in_the_way(proposal) if move is Move.APPROVE else ""


def available(proposal: Proposal) -> tuple[Move, ...]:
    """List the moves that start where the proposal stands."""
    return tuple(move for move, step in MOVES.items() if proposal.status in step.sources)


def begin(
    proposal: Proposal,
    *,
    actor: Actor,
    at: datetime,
    facts: Mapping[str, Any],
    cites: Iterable[uuid.UUID] = (),
) -> None:
    """Write the first transition and its log entry; called with the row, in its transaction."""
    entry = record(
        Event.PROPOSAL_CREATED,
        actor=actor,
        subject=STATE.subject(proposal.pk),
        target=proposal.target.slug,
        at=at,
        texts={"title": proposal.title},
        facts=facts,
        cites=cites,
        transition=tied(proposal, ""),
    )
    Transition.objects.create(
        proposal=proposal,
        version=0,
        source="",
        destination=Status.PENDING,
        actor_type=actor.type,
        actor=actor.id,
        at=at,
        entry_uid=entry.uid,
    )


def tied(proposal: Proposal, source: str) -> Tied:
    """Return the transition that a row which has moved already names, for its entry to carry."""
    return Tied(
        uid=proposal.last_transition_id,
        version=proposal.version,
        source=source,
        destination=proposal.status,
    )


def _remember(
    proposal: Proposal,
    step: Step,
    *,
    actor: Actor,
    at: datetime,
    reason: str,
    facts: Mapping[str, Any] | None,
    cites: Iterable[uuid.UUID],
) -> None:
    before = proposal.transitions.latest("version")
    entry = record(
        step.event,
        actor=actor,
        subject=STATE.subject(proposal.pk),
        target=proposal.target.slug,
        at=at,
        reason=reason,
        texts={"title": proposal.title},
        facts={"version": proposal.version, **(facts or {})},
        cites=[before.entry_uid, *cites],
        transition=tied(proposal, before.destination),
    )
    Transition.objects.create(
        proposal=proposal,
        version=proposal.version,
        source=before.destination,
        destination=step.destination,
        actor_type=actor.type,
        actor=actor.id,
        reason=reason,
        at=at,
        entry_uid=entry.uid,
    )


def _what_is_so(proposal: Proposal) -> str:
    state = proposal.get_status_display()
    if proposal.status in (Status.APPROVED, Status.REJECTED):
        return f"Already {state.lower()} by {proposal.reviewer}."
    if proposal.reviewer:
        return f"Already decided by {proposal.reviewer}; it is now “{state}”."
    return f"The proposal is “{state}”; this is no longer possible."


def ended(proposal: Proposal) -> datetime | None:
    """Return when an approval of it last ended by itself; None where none ever did."""
    sources = MOVES[Move.LAPSE].sources
    rows = proposal.transitions.filter(source__in=sources, destination=Status.PENDING)
    return rows.order_by("version").values_list("at", flat=True).last()
