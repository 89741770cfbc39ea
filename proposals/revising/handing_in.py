"""How does another version of a change take the place of the one that somebody wants changed?"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from audit.events import Event
from audit.log import Actor
from proposals import intake, lifecycle, records
from proposals.arriving.refused import Submission
from proposals.documents import Document, MalformedDocument, parse, render
from proposals.lifecycle import Move
from proposals.models import ChangeRequest, Proposal, Revision, Status
from proposals.revising import asked, asking, carrying, chain
from proposals.revising.asking import End
from proposals.revising.records import Ending
from targets.models import Target


class CannotRevise(Exception):
    """It takes no other version now, or this is none; nothing was changed."""


def revise(
    previous: Proposal,
    *,
    text: str,
    engine: str,
    author: str,
    at: datetime,
    actor: Actor,
    door: Mapping[str, object] | None = None,
    repairs: str = "",
) -> Proposal:
    """Take in a revision, which supersedes what it revises in the same moment.

    Raises CannotRevise, or what `intake.submit` raises, and then the request stands as before.
    """
    request = _request_on(previous)
    told = {"revises": str(previous.pk), "request": request.number, **(door or {})}
    said = (_as_new(text, previous), engine, author, at, actor, "", "")
    given = Submission(previous.target, *said, door=told, repairs=repairs)
    document, found = intake.understood(given)
    _refuse_same(document, previous)
    with transaction.atomic():
        Target.objects.select_for_update().get(pk=previous.target_id)
        rows = Proposal.objects.select_for_update(of=("self",)).select_related("target")
        current = rows.get(pk=previous.pk)
        if _request_on(current).pk != request.pk:
            raise CannotRevise("Somebody else asked for other changes meanwhile: read them first.")
        number = chain.number_of(current) + 1
        why = f"Its revision {number} takes its place."
        facts = {"revision": str(document.id), "request": request.number}
        lifecycle.advance(current, Move.SUPERSEDE, actor=actor, at=at, reason=why, facts=facts)
        made = intake.take_in(given, document, found)
        return _linked(made, current, request, number, given)


def as_form(previous: Proposal) -> str:
    """Return the words of a proposal to start a revision from, without what intake fills in."""
    words = records.words_of(previous)
    return render(
        replace(
            words,
            id=None,
            target="",
            engine="",
            author="",
            created=None,
            affected_files="",
            repairs="",
        )
    )


def _linked(
    made: Proposal, previous: Proposal, request: ChangeRequest, number: int, given: Submission
) -> Proposal:
    facts = {"revision": str(made.pk), "number": number, "diff": made.diff_digest}
    end = End(
        *(Event.PROPOSAL_REVISED, Ending.REVISED, given.actor, given.at),
        facts={**facts, **given.door},
    )
    asking.close(request, end)
    Revision.objects.create(
        proposal=made, previous=previous, request=request, number=number, at=given.at
    )
    carrying.carry(previous, made)
    return made


def _request_on(previous: Proposal) -> ChangeRequest:
    request = asked.standing_on(previous)
    if request is None:
        if (newer := chain.following(previous)) is not None:
            raise CannotRevise(
                f"Revision {newer.number} took its place already, {newer.proposal_id}."
            )
        raise CannotRevise(
            "No changes are requested of this proposal: hand in a proposal of its own, or request"
            " changes first."
        )
    if previous.status != Status.PENDING:
        raise CannotRevise(
            "Its approval is being taken back, since changes were requested. That takes moments:"
            " hand the revision in again then."
        )
    return request


def _as_new(text: str, previous: Proposal) -> str:
    """Leave out what names the version that the words were copied from."""
    try:
        document = parse(text)
    except MalformedDocument:
        return text  # which intake refuses with its line, and keeps
    if document.id != previous.pk:
        return text
    return render(replace(document, id=None, status="pending", review="", log=""))


def _refuse_same(document: Document, previous: Proposal) -> None:
    """Refuse words and a diff that are those which somebody wants changed."""
    if _said(document) == _said(records.words_of(previous)):
        raise CannotRevise("It says the same as before, to the letter: change something.")


def _said(document: Document) -> Document:
    """Return what a document says, without who says it, when and for the how manieth time."""
    return replace(
        document,
        id=None,
        engine="",
        author="",
        created=None,
        base="",
        affected_files="",
        checklist="",
        repairs="",
        review="",
        log="",
        status="pending",
    )
