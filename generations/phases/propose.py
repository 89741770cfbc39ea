"""How does an accepted change come before a person, once?"""

from collections.abc import Mapping
from typing import Any

from audit.log import Actor
from generations import decision, requested, telling
from generations.models import Reason
from generations.phases import decide, naming
from generations.phases.shape import Answer, Passed, Rejected, Turn
from generations.telling import Told
from proposals import intake
from proposals.documents import Document, MalformedDocument, render
from proposals.models import Proposal
from proposals.revising import handing_in
from proposals.standing import judging
from targets.changes import DiffDoesNotApply


def run(turn: Turn) -> Answer:
    """Write the proposal and hand it in with the answer; a dry run only says what it would be."""
    generation = turn.generation
    turn.told("proposes")
    if mine := Proposal.objects.filter(pk=naming.identity(generation)).first():
        return Passed(f"Was proposed already: “{mine.title}”.", {"proposal_id": mine.pk})
    if known := naming.known(generation):
        return Rejected(Reason.KNOWN, known)
    if gone := _without_ground(turn):
        return Rejected(Reason.EDITS, gone)
    request = requested.of(generation)
    if request is not None and not requested.still_stands(request):
        return Rejected(Reason.STOPPED, "Nobody requests these changes any more.")
    told = _told(turn)
    document = telling.tell(told)
    if request is not None:
        document = requested.as_revision(document, request)
    try:
        text = render(document)
        intake.refuse_secrets(text)  # which may stand beside what changes, and were there before
    except MalformedDocument as refusal:
        return Rejected(Reason.GATES, f"It cannot be handed in: {refusal}.")
    details = {"title": document.title, "kind": document.kind, "risk": document.risk_level}
    if generation.dry_run:
        words = f"Dry run: “{document.title}” would have been proposed."
        return Passed(words, details={**details, "dry_run": True, "document": text})
    return Passed(
        f"Proposed: “{document.title}”.",
        details={**details, "proposal": str(document.id)},
        writes=lambda: _handed_in(turn, document, text, told.label),
    )


def _without_ground(turn: Turn) -> str:
    """Say that the branch no longer holds the base, or went where the change fits no more.

    That it went on elsewhere is the delivery's matter.
    """
    branch = turn.generation.target.branch
    head = turn.repository.head(branch)
    if not turn.repository.is_ancestor(turn.base, head):
        return f"The branch {branch} was rewritten: it holds {turn.base[:12]} no more."
    if head == turn.base:
        return ""
    try:
        turn.repository.apply(head, turn.generation.diff)
    except DiffDoesNotApply as conflict:
        return (
            f"The branch {branch} went on to {head[:12]} meanwhile, where the change fits no"
            f" more: {conflict.reason.rstrip('.')}. The next one starts from there."
        )
    return ""


def _told(turn: Turn) -> Told:
    generation = turn.generation
    if generation.report is None:
        raise RuntimeError("no gate has looked at the change: nothing can be proposed")
    return Told(
        generation=generation,
        plan=turn.plan(),
        review=turn.review(),
        report=generation.report,
        deltas=list(generation.deltas.all()),
        label=decision.decide(decide.known_of(turn)).label,
        at=turn.clock(),
    )


def _handed_in(turn: Turn, document: Document, text: str, label: str) -> Mapping[str, object]:
    """Hand it in; called where the answer is recorded, so that no proposal is without its link."""
    at, number = turn.clock(), turn.generation.number
    words: dict[str, Any] = {
        "text": text,
        "engine": document.engine,
        "author": document.author,
        "at": at,
        "actor": Actor.agent(document.author),
        "repairs": document.repairs,
    }
    request = requested.of(turn.generation)
    if request is None:
        made = intake.submit(target=turn.generation.target, **words)
    else:
        made = handing_in.revise(request.proposal, **words)
    judging.keep(made, label=label, generation=number, at=at)
    return {"proposal_id": made.pk}
