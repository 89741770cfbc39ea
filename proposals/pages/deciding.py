"""How does a proposal's page answer, and how does a decision come in?"""

import uuid
from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from proposals import decision
from proposals.decision import FourEyes, NotChecked, StaleDigest
from proposals.lifecycle import IllegalMove, ReasonMissing
from proposals.models import Category, Proposal, Status
from proposals.pages import showing
from proposals.revising.asking import CannotAsk

ROWS = Proposal.objects.select_related("target", "report")
CONFLICT, UNUSABLE = 409, 422


@require_safe
@permission_required("proposals.view_proposal", raise_exception=True)
def detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show everything a person needs to decide about one proposal."""
    proposal = get_object_or_404(ROWS, pk=pk)
    if _wants_fragment(request):
        return _decision_box(request, proposal)
    context = showing.page(proposal, reader(request), timezone.now())
    return render(request, "proposals/detail.html", context)


@require_POST
@permission_required(decision.PERMISSION, raise_exception=True)
def approve(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Approve the text whose digest the page carried."""
    proposal = get_object_or_404(ROWS, pk=pk)

    def act() -> Proposal:
        return decision.approve(
            proposal,
            reviewer=reader(request),
            document_digest=request.POST.get("document_digest", ""),
            at=timezone.now(),
            reason=request.POST.get("reason", ""),
            acknowledged=request.POST.get("acknowledged") == "on",
            weakening_accepted=request.POST.get("weakening_accepted") == "on",
        )

    return answer(request, proposal, act)


@require_POST
@permission_required(decision.PERMISSION, raise_exception=True)
def reject(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Turn a proposal down with a reason."""
    proposal = get_object_or_404(ROWS, pk=pk)
    category = request.POST.get("category", "")

    def act() -> Proposal:
        return decision.reject(
            proposal,
            reviewer=reader(request),
            reason=request.POST.get("reason", ""),
            at=timezone.now(),
            category=category if category in Category.values else Category.OTHER,
            document_digest=request.POST.get("document_digest", ""),
        )

    return answer(request, proposal, act)


def answer(
    request: HttpRequest, proposal: Proposal, act: Callable[[], object], words: str = ""
) -> HttpResponse:
    """Do what was decided; a refusal is shown in place and changes nothing."""
    try:
        act()
    except (IllegalMove, StaleDigest, NotChecked, FourEyes, CannotAsk) as refusal:
        return _refused(request, proposal, refusal, CONFLICT)
    except ReasonMissing as refusal:
        return _refused(request, proposal, refusal, UNUSABLE)
    moved = ROWS.get(pk=proposal.pk)
    said = words or _said(moved)
    if _wants_fragment(request):
        return _decision_box(request, moved, said=said)
    messages.success(request, said)
    return redirect(moved)


def _refused(
    request: HttpRequest, proposal: Proposal, refusal: Exception, status: int
) -> HttpResponse:
    current = ROWS.get(pk=proposal.pk)
    if _wants_fragment(request):
        stale = isinstance(refusal, StaleDigest)
        return _decision_box(request, current, refusal=str(refusal), stale=stale, status=status)
    context = showing.page(current, reader(request), timezone.now())
    context |= {"refusal": str(refusal), **_given(request)}
    return render(request, "proposals/detail.html", context, status=status)


def _decision_box(
    request: HttpRequest,
    proposal: Proposal,
    *,
    said: str = "",
    refusal: str = "",
    stale: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Redraw the box, and out of band what stands above it."""
    context = showing.standing(proposal, reader(request), timezone.now())
    # The box must never learn of words that the page around it does not show.
    read = request.POST.get("document_digest") or request.GET.get("read", "")
    context |= {"said": said, "refusal": refusal, "again": True, "read": read}
    context["stale"] = stale or (bool(read) and read != proposal.document_digest)
    context |= _given(request)
    context["delivery_is_shown"] = "delivery" in request.GET  # it asks, so it need not be drawn
    return render(request, "proposals/detail.html#decision", context, status=status)


def _given(request: HttpRequest) -> dict[str, str]:
    """Return what was written, so that a refusal loses nothing of it."""
    return {name: request.POST.get(name, "") for name in ("reason", "wanted")}


def _said(proposal: Proposal) -> str:
    return {
        Status.APPROVED: "Approved. The delivery begins within seconds.",
        Status.REJECTED: "Rejected. The reason is kept, so that it is not proposed again.",
    }.get(
        Status(proposal.status),
        "Your approval is kept. A second person has to approve it as well.",
    )


def reader(request: HttpRequest) -> User:
    """Return who reads; every view asks for a permission first."""
    return cast(User, request.user)


def _wants_fragment(request: HttpRequest) -> bool:
    return bool(request.headers.get("HX-Request")) and not request.headers.get("HX-Boosted")
