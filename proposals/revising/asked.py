"""Which request for changes stands on a proposal, and what does it keep from happening?"""

from datetime import datetime
from typing import Any

from django.db.models import (
    DateTimeField,
    Exists,
    F,
    Max,
    OuterRef,
    Prefetch,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce, Greatest

from proposals.models import OPEN, ChangeRequest, Proposal, Status

LONGEST_QUOTE = 300
ROWS = ChangeRequest.objects.filter(end=None)
KEPT = "standing_requests"  # where lists and pages keep what they found at once


def standing_on(proposal: Proposal) -> ChangeRequest | None:
    """Return the request that nobody withdrew or answered; none once it was decided otherwise."""
    if proposal.status not in OPEN:
        return None
    kept: list[ChangeRequest] | None = getattr(proposal, KEPT, None)
    found = ROWS.filter(proposal=proposal).select_related("asked_by") if kept is None else kept
    return next(iter(found), None)


def read_once(proposal: Proposal) -> None:
    """Have a page that shows a proposal, and changes nothing, ask for its request only once."""
    setattr(proposal, KEPT, list(ROWS.filter(proposal=proposal).select_related("asked_by")))


def is_asked(key: str = "pk") -> Exists:
    """Ask of each proposal of a query whether a request stands on it."""
    return Exists(ROWS.filter(proposal=OuterRef(key)))


def awaiting() -> QuerySet[Proposal]:
    """Select what awaits review and is not to be revised first."""
    return Proposal.objects.filter(~is_asked(), status=Status.PENDING)


def said(request: ChangeRequest) -> str:
    """Say who wants what changed since when."""
    reason = " ".join(request.reason.split())
    reason = reason if len(reason) <= LONGEST_QUOTE else f"{reason[:LONGEST_QUOTE]}…"
    who, at = request.asked_by.get_username(), f"{request.at:%Y-%m-%d %H:%M} UTC"
    return f"Changes were requested by {who} at {at}: “{reason}”."


def in_the_way(proposal: Proposal) -> str:
    """Say why nobody can approve it; nothing where no request stands."""
    request = standing_on(proposal)
    if request is None:
        return ""
    return f"{said(request)} Hand in a revision, or withdraw the request; until then it waits."


def takes_back(proposal: Proposal) -> str:
    """Say why an approval ends: changes were requested after it was given."""
    request = standing_on(proposal)
    return f"{said(request)} The approval is taken back." if request is not None else ""


def since(rows: QuerySet[Proposal]) -> QuerySet[Any]:
    """Annotate from when on each waits: its words, a request and its end begin it anew."""
    mine = ChangeRequest.objects.filter(proposal=OuterRef("pk")).values("proposal")
    return rows.annotate(
        waits_since=Greatest(
            F("updated_at"),
            Coalesce(_latest(mine, "at"), F("updated_at")),
            Coalesce(_latest(mine, "end__at"), F("updated_at")),
        )
    )


def listed(rows: QuerySet[Proposal]) -> QuerySet[Any]:
    """Have a list know of each row what stands on it, and from when on it waits."""
    known = Prefetch("change_requests", ROWS.select_related("asked_by"), to_attr=KEPT)
    return since(rows).prefetch_related(known)


def waits_since(proposal: Proposal) -> datetime:
    """Return from when on a proposal waits, as `since` does for many."""
    kept: datetime | None = getattr(proposal, "waits_since", None)
    if kept is not None:
        return kept
    rows = since(Proposal.objects.filter(pk=proposal.pk))
    found: datetime = rows.values_list("waits_since", flat=True).get()
    return found


def _latest(mine: QuerySet[ChangeRequest, Any], column: str) -> Subquery:
    return Subquery(
        mine.order_by().annotate(latest=Max(column)).values("latest"),
        output_field=DateTimeField(),
    )
