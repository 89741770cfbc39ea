"""How does a program list and read proposals, hand one in, and decide, as its person could?"""

from datetime import datetime
from typing import Any

from django.urls import reverse

from audit.log import Actor
from delivery.models import Delivery
from ports.git import GitFailed
from proposals import intake, records
from proposals.authorising.origins import BY_TOKEN
from proposals.documents import MalformedDocument
from proposals.intake import DuplicateProposal
from proposals.models import Engine, Proposal
from proposals.pages.listing import matching
from selfimprove.api import changes, revising
from selfimprove.api.answers import (
    Approval,
    Detail,
    NewProposal,
    Nothing,
    Rejection,
    Shipment,
    TakenIn,
    Verdict,
    Wanted,
)
from selfimprove.api.sent import Sent, sent
from selfimprove.mcp import deciding, reading
from selfimprove.mcp.answers import visible
from selfimprove.mcp.callers import Caller, NotPossible, Refused
from selfimprove.mcp.forms import READ, WRITE
from targets.repository import DiffDoesNotApply, OriginUnreachable, RefMissing
from telemetry.sanitizer import sanitize
from validation.formats import plain

MAY_READ, MAY_WRITE = (READ,), (READ, WRITE)
FILTERS = ("status", "severity", "risk", "kind", "engine")


class Unreachable(Refused):
    """The target's repository does not answer; nothing was taken in."""

    status = 503


def listing(caller: Caller, given: Wanted, now: datetime) -> Sent:
    """List the proposals of the token's target that fit, the newest first."""
    rows = reading.of_target(caller)
    for name in FILTERS:
        if wanted := getattr(given, name):
            rows = rows.filter(**{name: wanted})
    if words := given.q.strip():
        rows = rows.filter(matching(words))
    return sent(200, reading.page_of(caller, rows, limit=given.limit, after=given.after))


def show(caller: Caller, given: Nothing, now: datetime, wanted: str) -> Sent:
    """Tell one proposal whole, with what a decision rests on."""
    proposal = reading.found(caller, wanted)
    report = proposal.report
    delivery = Delivery.objects.filter(proposal=proposal).first()
    detail = Detail(
        target=proposal.target.slug,
        proposal=reading.row_of(proposal),
        author=proposal.author,
        digest=proposal.document_digest,
        document=visible(sanitize(records.full_text(proposal))[0]),
        diff=proposal.diff,
        diff_digest=proposal.diff_digest,
        base_commit=proposal.base_commit,
        evidence=reading.evidence_of(proposal),
        standing=reading.standing_of(proposal, caller, now),
        report=Verdict.model_validate(plain.kept(report)) if report else None,
        delivery=shipment(delivery) if delivery else None,
    )
    return sent(200, detail)


def hand_in(caller: Caller, given: NewProposal, now: datetime) -> Sent:
    """Take a document in, as the command `propose` does; the gates are asked as of any other."""
    changes.refuse_other_target(caller, given.target)
    changes.refuse_large("document", given.document)
    try:
        proposal = _submitted(caller, given, now)
    except (MalformedDocument, DiffDoesNotApply) as refusal:
        why = changes.fit(str(refusal)).rstrip(".")
        raise Refused(f"document: {why}. It was not taken in.") from refusal
    except DuplicateProposal as refusal:
        raise NotPossible(f"{refusal} Its address is {address(refusal.existing)}.") from refusal
    except (RefMissing, OriginUnreachable, GitFailed) as error:
        why = changes.fit(str(error)).rstrip(".")
        raise Unreachable(f"The target cannot be read: {why}. Nothing was taken in.") from error
    place = address(proposal)
    taken = TakenIn(
        target=proposal.target.slug,
        proposal=reading.row_of(proposal),
        digest=proposal.document_digest,
        address=place,
    )
    return sent(201, taken, Location=place)


def _submitted(caller: Caller, given: NewProposal, now: datetime) -> Proposal:
    words: dict[str, Any] = {
        "target": caller.token.target,
        "text": given.document,
        "engine": Engine.PROGRAM,
        "author": f"{BY_TOKEN}{caller.token.pk}",
        "at": now,
        "actor": Actor.person(caller.person),
        "door": caller.stated,
    }
    if given.revises:
        return revising.revised(caller, given.revises, words)
    return intake.submit(**words)


def approve(caller: Caller, given: Approval, now: datetime, wanted: str) -> Sent:
    """Approve the words whose digest was read."""
    decided = deciding.approve_as(caller, now, wanted=wanted, **given.model_dump())
    return sent(200, decided)


def reject(caller: Caller, given: Rejection, now: datetime, wanted: str) -> Sent:
    """Turn the words down whose digest was read."""
    decided = deciding.reject_as(caller, now, wanted=wanted, **given.model_dump())
    return sent(200, decided)


def address(proposal: Proposal) -> str:
    """Say where a program reads a proposal."""
    return reverse("api-proposal", args=[proposal.pk])


def shipment(delivery: Delivery) -> Shipment:
    """Return a delivery as the API tells it."""
    return Shipment(
        number=delivery.pk,
        plan=delivery.plan,
        stage=delivery.stage,
        outcome=delivery.outcome,
        detail=visible(delivery.detail),
        base_commit=delivery.base_commit,
        branch=delivery.branch,
        branch_commit=delivery.branch_commit,
        pull_request=delivery.pull_request,
        pull_request_url=delivery.pull_request_url,
        merge_commit=delivery.merge_commit,
        page=delivery.get_absolute_url(),
    )
