"""Which proposals are there for a target, and what does one say?"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from proposals import records
from proposals.models import Evidence, Proposal, Status
from proposals.pages import showing
from selfimprove.mcp.answers import (
    ProposalList,
    ProposalRow,
    ProposalText,
    Seen,
    Standing,
    quoted,
    visible,
)
from selfimprove.mcp.callers import Caller, NotThere, Refused, enter
from telemetry.doors.models import Scope
from telemetry.sanitizer import sanitize

MAY_SEE = "proposals.view_proposal"
MOST_ROWS = 50
MOST_CHARACTERS = 40_000
MOST_EVIDENCE = 20


def list_proposals(
    secret: str, now: datetime, *, status: str, limit: int, after: str
) -> ProposalList:
    """Return one page of the target's proposals, the newest first."""
    caller = enter(secret, Scope.PROPOSALS_READ, now, may=[MAY_SEE])
    rows = of_target(caller)
    if status:
        rows = rows.filter(status=status)
    return page_of(caller, rows, limit=limit, after=after)


def page_of(caller: Caller, rows: QuerySet[Proposal], *, limit: int, after: str) -> ProposalList:
    """Return the rows behind the last one of the page before, the newest first."""
    if after:
        last = found(caller, after)
        rows = rows.filter(
            Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__gt=last.pk)
        )
    page = list(rows.defer("document", "diff").order_by("-created_at", "pk")[: limit + 1])
    more = len(page) > limit
    return ProposalList(
        target=caller.token.target.slug,
        proposals=[row_of(proposal) for proposal in page[:limit]],
        next=str(page[limit - 1].pk) if more else None,
    )


def show(secret: str, now: datetime, *, wanted: str, offset: int) -> ProposalText:
    """Return one proposal; its digest comes with the last part of its words."""
    caller = enter(secret, Scope.PROPOSALS_READ, now, may=[MAY_SEE])
    proposal = found(caller, wanted)
    text = visible(sanitize(records.full_text(proposal))[0])
    if offset > len(text):
        raise Refused(f"offset: the document has {len(text)} characters; start at 0.")
    end = offset + MOST_CHARACTERS
    read_all = end >= len(text)
    return ProposalText(
        target=caller.token.target.slug,
        proposal=row_of(proposal),
        document=quoted("proposal", text[offset:end], MOST_CHARACTERS + 1),
        offset=offset,
        characters=len(text),
        next_offset=None if read_all else end,
        digest=proposal.document_digest if read_all else "",
        evidence=evidence_of(proposal),
        standing=standing_of(proposal, caller, now),
    )


def of_target(caller: Caller) -> QuerySet[Proposal]:
    """Return the proposals that the token reaches: those of its target."""
    rows = Proposal.objects.filter(target=caller.token.target)
    return rows.select_related("target", "report")


def found(caller: Caller, wanted: str) -> Proposal:
    """Return the proposal of that id; raise NotThere when the token reaches none."""
    slug = caller.token.target.slug
    try:
        number = uuid.UUID(wanted)
    except ValueError:
        raise NotThere(
            f"id: that is not the id of a proposal; {caller.lists} gives them, such as"
            " 3f2b8c1e-0000-4000-8000-000000000000."
        ) from None
    proposal = of_target(caller).filter(pk=number).first()
    if proposal is None:
        raise NotThere(f"id: {slug} has no proposal {number}; {caller.lists} gives those it has.")
    return proposal


def row_of(proposal: Proposal) -> ProposalRow:
    """Return a proposal in short."""
    return ProposalRow(
        id=str(proposal.pk),
        title=quoted("proposal", proposal.title),
        status=proposal.status,
        version=proposal.version,
        severity=proposal.severity,
        risk=proposal.risk,
        kind=proposal.kind,
        engine=proposal.engine,
        created_at=proposal.created_at,
        page=proposal.get_absolute_url(),
    )


def evidence_of(proposal: Proposal) -> list[Seen]:
    """Return what was counted of each pattern when the proposal was written."""
    rows = proposal.evidence.select_related("pattern").order_by("-count", "pk")
    return [_seen(row) for row in rows[:MOST_EVIDENCE]]


def _seen(row: Evidence) -> Seen:
    return Seen(
        pattern=row.pattern_id,
        component=quoted("telemetry", row.pattern.component),
        count=row.count,
        sessions=row.session_count,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        samples=[quoted("telemetry", str(sample), 500) for sample in row.samples[:3]],
    )


def _approvers(seen: Mapping[str, Any]) -> list[str]:
    """Name who approved, or the standing approval where nobody read it."""
    names = [review.reviewer.get_username() for review in seen["approvals"]]
    passage = seen["hint"].passage if seen["hint"] else None
    return [*names, str(passage)] if passage else names


def standing_of(proposal: Proposal, caller: Caller, now: datetime) -> Standing:
    """Return what a decision of this caller rests on."""
    seen = showing.standing(proposal, caller.person, now)
    obstacle, report = seen["obstacle"], proposal.report
    wanted = seen["changes"].request
    decided = "" if proposal.status == Status.PENDING else proposal.get_status_display()
    return Standing(
        check=report.get_outcome_display() if report else "Not checked yet",
        obstacle=obstacle.text if obstacle else decided and f"It is “{decided}” already.",
        passes_by_itself=bool(obstacle and obstacle.passes),
        must_acknowledge=bool(seen["must_acknowledge"]),
        doubt=str(seen["doubt"]),
        weaker_tests=[visible(str(one)) for one in seen["weaker_tests"]],
        needs_two_people=bool(seen["needs_two"]),
        changes_requested=visible(wanted.reason) if wanted else "",
        approved_by=_approvers(seen),
    )
