"""How do the pages of standing approvals answer, and how do their acts come in?"""

import uuid
from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from proposals import decision
from proposals.decision import FourEyes
from proposals.models import Proposal, Status
from proposals.standing import acts, listing, wishes
from proposals.standing.acts import NotPossible
from proposals.standing.forms import GrantForm
from proposals.standing.wishes import CannotGrant, Wish

PER_PAGE = 20
CONFLICT, UNUSABLE = 409, 422


@require_safe
@permission_required("proposals.view_standingapproval", raise_exception=True)
def approvals(request: HttpRequest) -> HttpResponse:
    """List standing approvals, the newest first, narrowed by the address."""
    return _page(request)


@require_POST
@permission_required(acts.PERMISSION, raise_exception=True)
def grant(request: HttpRequest) -> HttpResponse:
    """Grant one; with `act=try` only say what it would have let through, and keep nothing."""
    form = GrantForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=UNUSABLE)
    try:
        wish = wishes.checked(form.wish())
        if request.POST.get("act") == "try":
            return _page(request, form=form, **_tried(form, wish))
        target = form.cleaned_data["target"]
        made = acts.grant(target, wish, person=_person(request), at=timezone.now())
    except CannotGrant as refusal:
        form.add_error(None, str(refusal))
        return _page(request, form=form, status=UNUSABLE)
    messages.success(request, f"Standing approval #{made.pk} awaits a second person.")
    return redirect("standing:list")


@require_POST
@permission_required(acts.PERMISSION, raise_exception=True)
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring one into force as the second person."""
    approval = get_object_or_404(listing.ROWS, pk=pk)

    def act() -> object:
        return acts.confirm(approval, person=_person(request), at=timezone.now())

    return _done(request, act, f"Standing approval #{pk} is in force.")


@require_POST
@permission_required(acts.PERMISSION, raise_exception=True)
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End one for good."""
    approval = get_object_or_404(listing.ROWS, pk=pk)
    reason = request.POST.get("reason", "")

    def act() -> object:
        return acts.revoke(approval, person=_person(request), at=timezone.now(), reason=reason)

    return _done(request, act, f"Standing approval #{pk} is revoked. Nothing more passes by it.")


@require_POST
@permission_required(decision.PERMISSION, raise_exception=True)
def hold(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Keep a proposal for people to decide."""
    proposal = get_object_or_404(Proposal, pk=pk)
    reason = request.POST.get("reason", "")
    try:
        acts.hold(proposal, person=_person(request), at=timezone.now(), reason=reason)
    except NotPossible as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Held. Only a person approves it now.")
    return redirect(f"{reverse('proposals:detail', args=[pk])}#decision")


def _done(request: HttpRequest, act: Callable[[], object], said: str) -> HttpResponse:
    """Do it; a refusal is shown on the page and changes nothing."""
    try:
        act()
    except (CannotGrant, FourEyes, NotPossible) as refusal:
        return _page(request, refusal=str(refusal), status=CONFLICT)
    messages.success(request, said)
    return redirect("standing:list")


def _tried(form: GrantForm, wish: Wish) -> dict[str, Any]:
    target = form.cleaned_data["target"]
    found = listing.tried(target, wish.bounds, timezone.now())
    waiting = Proposal.objects.filter(target=target, status=Status.PENDING).count()
    return {
        "tried": found,
        "covered": sum(one.covered for one in found),
        "beyond": waiting - len(found),
        "was_tried": True,
    }


def _page(
    request: HttpRequest, *, form: GrantForm | None = None, status: int = 200, **more: Any
) -> HttpResponse:
    now, reader = timezone.now(), _person(request)
    state, slug = request.GET.get("state", ""), request.GET.get("target", "")
    rows = listing.of_state(listing.ROWS, state, now)
    rows = rows.filter(target__slug=slug) if slug else rows
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "nav": "policies",
        "page": page,
        "rows": [listing.told(one, reader, now) for one in page],
        "state": state if state in listing.STATES else "",
        "states": listing.STATES,
        "slug": slug,
        "form": form or GrantForm(initial={"target": slug} if slug else None),
        "may_grant": reader.has_perm(acts.PERMISSION),
        "most_days": wishes.MOST_DAYS,
        **more,
    }
    return render(request, "standing/list.html", context, status=status)


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)  # every view asks for a permission first
