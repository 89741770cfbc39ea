"""How do moves that only git remembers come back lawfully, each with an entry of its own?"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from django.db.models import F

from audit.events import Event
from audit.log import Actor, record
from audit.models import Transition as Tied
from proposals.lifecycle import MOVES, tied
from proposals.models import STATE, Proposal, Status
from proposals.records import LoggedMove, UnreadableRecord
from telemetry.sanitizer import sanitize

SYSTEM = Actor.system("proposals")


def known_of(key: uuid.UUID | None) -> list[Tied]:
    """Return every transition of a proposal that our log holds, in order."""
    rows = Tied.objects.filter(subject=f"{STATE.kind}:{key}").select_related("entry")
    return list(rows.order_by("version"))


def reconciled(moves: Sequence[LoggedMove], known: Sequence[Tied]) -> tuple[LoggedMove, ...]:
    """Refuse a walk that our log contradicts, and add what git was never told."""
    _refuse_impossible(moves)
    for move, ours in zip(moves, known, strict=False):
        if move.destination != ours.destination:
            raise UnreadableRecord(
                f"its move {move.version} leads to {move.destination},"
                f" and the log says {ours.destination}"
            )
    return (*moves, *(_as_logged(ours) for ours in known[len(moves) :]))


def where_it_stood(known: Sequence[Tied]) -> dict[str, object]:
    """Return the state in which a lost row comes back: where our log left it, or at the start."""
    if not known:
        return {"status": Status.PENDING, "version": 0, "last_transition_id": uuid.uuid4()}
    last = known[-1]
    return {
        "status": last.destination,
        "version": last.version,
        "last_transition_id": last.uid,
    }


def take_over(proposal: Proposal, moves: Sequence[LoggedMove], *, at: datetime) -> None:
    """Walk a row to where git says it is; each step is an entry that says whose word it is."""
    for move in moves:
        source = ""
        if move.version:
            source = proposal.status
            Proposal.objects.filter(pk=proposal.pk).update(
                status=move.destination, version=F("version") + 1, last_transition=uuid.uuid4()
            )
            proposal.refresh_from_db()
        record(
            Event.PROPOSAL_TAKEN_OVER,
            actor=SYSTEM,
            subject=STATE.subject(proposal.pk),
            target=proposal.target.slug,
            at=at,
            reason=sanitize(move.reason)[0],
            texts={
                "title": proposal.title,
                "said_by": f"{move.actor_type} {sanitize(move.actor)[0]}",
            },
            facts={"said_entry": str(move.entry_uid)},
            transition=tied(proposal, source),
        )


def _refuse_impossible(moves: Sequence[LoggedMove]) -> None:
    if moves[0].destination != Status.PENDING:
        raise UnreadableRecord(f"a proposal does not begin as {moves[0].destination[:20]}")
    for before, move in pairwise(moves):
        if before.destination == move.destination == Status.PENDING:
            continue  # reworded
        steps = [
            step
            for step in MOVES.values()
            if before.destination in step.sources and move.destination == step.destination
        ]
        if not steps:
            raise UnreadableRecord(
                f"no move leads from {before.destination[:20]} to {move.destination[:20]}"
            )
        if steps[0].needs_reason and not move.reason:
            raise UnreadableRecord(f"its move {move.version} needs a reason and has none")


def _as_logged(ours: Tied) -> LoggedMove:
    return LoggedMove(
        version=ours.version,
        at=ours.entry.at,
        destination=ours.destination,
        actor_type=str(ours.entry.actor_type),
        actor=ours.entry.who,
        entry_uid=ours.entry_id,
        reason=str(ours.entry.reason),
    )
