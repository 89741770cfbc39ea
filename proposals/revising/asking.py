"""How does a person ask for changes of a proposal, and take that back?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from proposals import decision
from proposals.lifecycle import ReasonMissing
from proposals.models import OPEN, STATE, ChangeRequest, FailedRevision, Proposal, RequestEnd
from proposals.revising import asked
from proposals.revising.records import Ending
from telemetry.sanitizer import sanitize

LONGEST = 4000  # characters
ASKED = "Requested. Nobody can approve it until it is revised, or the request is withdrawn."
WITHDRAWN = "Withdrawn. It can be decided about again."


class CannotAsk(Exception):
    """It does not go together with how things stand; nothing was asked, or taken back."""


@dataclass(frozen=True)
class End:
    """Say how a request ends."""

    event: Event
    how: Ending
    actor: Actor
    at: datetime
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def request(
    proposal: Proposal,
    *,
    by: User,
    reason: str,
    at: datetime,
    document_digest: str = "",
    door: Mapping[str, object] | None = None,
) -> ChangeRequest:
    """Ask for changes: nobody can approve it while that stands, and an approval is taken back.

    Raises CannotAsk, StaleDigest, ReasonMissing or PermissionDenied, and then changes nothing.
    """
    refuse_stranger(by)
    words = cleaned(reason)
    if not words:
        raise ReasonMissing("To request changes, say what should change.")
    with transaction.atomic():
        current = _locked(proposal.pk)
        if document_digest:
            decision.refuse_stale(current, document_digest)
        told = {"stood": current.status, **(door or {})}
        return _written(current, by, at, words, told)


def withdraw(
    proposal: Proposal,
    *,
    by: User,
    at: datetime,
    reason: str = "",
    number: int = 0,
    door: Mapping[str, object] | None = None,
) -> ChangeRequest:
    """Take back the request that stands; a number names the one that is meant.

    Raises CannotAsk or PermissionDenied, and then changes nothing.
    """
    words = cleaned(reason)
    with transaction.atomic():
        current = _locked(proposal.pk)
        standing = asked.standing_on(current)
        if standing is None:
            raise CannotAsk("No request for changes stands on this proposal.")
        if number and standing.number != number:
            raise CannotAsk(f"That request stands no more. {asked.said(standing)}")
        if standing.asked_by_id != by.pk:
            refuse_stranger(by)
        end = Event.PROPOSAL_REQUEST_WITHDRAWN, Ending.WITHDRAWN, Actor.person(by), at
        close(standing, End(*end, words, door or {}))
    return standing


def close(standing: ChangeRequest, end: End) -> RequestEnd:
    """Write down how a request ended; called with its proposal locked, in one transaction."""
    return RequestEnd.objects.create(
        request=standing,
        how=end.how,
        who=end.actor.id,
        reason=end.reason,
        at=end.at,
        entry_uid=_told(
            end.event,
            standing.proposal,
            end.actor,
            end.at,
            end.reason,
            {"request": standing.number, **end.facts},
            [standing.entry_uid],
        ),
    )


def overtake(standing: ChangeRequest, *, why: str, actor: Actor, at: datetime) -> bool:
    """End a request that came too late; return whether it still stood."""
    with transaction.atomic():
        current = Proposal.objects.select_for_update(of=("self",)).get(pk=standing.proposal_id)
        now = asked.standing_on(current)
        if now is None or now.pk != standing.pk:
            return False
        close(now, End(Event.PROPOSAL_REQUEST_OVERTAKEN, Ending.OVERTAKEN, actor, at, why))
    return True


def fail(standing: ChangeRequest, *, source: str, reason: str, at: datetime) -> bool:
    """Keep that a revision came to nothing; the request stands. Return whether that is news."""
    why = (
        sanitize(reason.replace("\0", "\N{REPLACEMENT CHARACTER}").strip())[0]
        or "nobody knows why"
    )
    with transaction.atomic():
        current = _locked(standing.proposal_id)
        now = asked.standing_on(current)
        known = FailedRevision.objects.filter(request=standing, source=source).exists()
        if now is None or now.pk != standing.pk or known:
            return False
        facts = {"request": standing.number, "source": source}
        actor, cites = Actor.system("generations"), [standing.entry_uid]
        uid = _told(Event.PROPOSAL_REVISION_FAILED, current, actor, at, why, facts, cites)
        FailedRevision.objects.create(
            request=standing, source=source, reason=why, at=at, entry_uid=uid
        )
    return True


def refuse_stranger(person: User) -> None:
    """Refuse who may not decide about proposals."""
    if not person.has_perm(decision.PERMISSION):
        raise PermissionDenied("You may not decide about proposals.")


def cleaned(words: str) -> str:
    """Return words as they are kept; raise CannotAsk where there are too many."""
    found = sanitize(words.replace("\0", "\N{REPLACEMENT CHARACTER}").strip())[0]
    if len(found) > LONGEST:
        raise CannotAsk(f"The reason has {len(found)} characters; at most {LONGEST} are kept.")
    return found


def _locked(key: UUID) -> Proposal:
    rows = Proposal.objects.select_for_update(of=("self",)).select_related("target", "report")
    return rows.get(pk=key)


def _written(
    proposal: Proposal,
    by: User,
    at: datetime,
    words: str,
    told: Mapping[str, object],
) -> ChangeRequest:
    """Write a request and its entry, with the conversations on lines that are open by then."""
    number = _next_number(proposal)
    open_threads = proposal.threads.exclude(path="").filter(resolved_uid=None)
    threads = list(open_threads.values_list("pk", flat=True))
    facts = {**decision.bound(proposal), "request": number, "threads": threads, **told}
    actor, cites = Actor.person(by), [proposal.transitions.latest("version").entry_uid]
    return ChangeRequest.objects.create(
        proposal=proposal,
        number=number,
        asked_by=by,
        reason=words,
        threads=threads,
        document_digest=proposal.document_digest,
        diff_digest=proposal.diff_digest,
        at=at,
        entry_uid=_told(
            Event.PROPOSAL_CHANGES_REQUESTED, proposal, actor, at, words, facts, cites
        ),
    )


def _next_number(proposal: Proposal) -> int:
    if proposal.status not in OPEN:
        state = proposal.get_status_display().lower()
        raise CannotAsk(f"The proposal is {state}: there is nothing left to change about it.")
    if (standing := asked.standing_on(proposal)) is not None:
        raise CannotAsk(
            f"{asked.said(standing)} That stands already: say more in a comment, or withdraw it"
            " first."
        )
    last = proposal.change_requests.last()
    return last.number + 1 if last else 1


def _told(
    event: Event,
    proposal: Proposal,
    actor: Actor,
    at: datetime,
    reason: str,
    facts: Mapping[str, Any],
    cites: list[UUID],
) -> UUID:
    """Write the entry of what happens to a request."""
    return record(
        event,
        actor=actor,
        subject=STATE.subject(proposal.pk),
        target=proposal.target.slug,
        at=at,
        reason=reason,
        texts={"title": proposal.title},
        facts=facts,
        cites=cites,
    ).uid
