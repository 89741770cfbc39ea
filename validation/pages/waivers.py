"""Which findings are let pass, which were, and how does one end early?"""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from validation.models import Waiver
from validation.waiving import acts, listing
from validation.waiving.acts import CannotWaive

PER_PAGE = 50
ROWS = Waiver.objects.select_related("target", "waived_by", "withdrawn_by")


@require_safe
@permission_required("validation.view_waiver", raise_exception=True)
def waivers(request: HttpRequest) -> HttpResponse:
    """List waivers, the newest first, narrowed by the address."""
    return _page(request)


@require_POST
@permission_required(acts.PERMISSION, raise_exception=True)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """End a waiver before its time."""
    waiver = get_object_or_404(ROWS, pk=pk)
    person = cast(User, request.user)  # the permission asks for a sign-in first
    reason = request.POST.get("reason", "")
    try:
        acts.withdraw(waiver, person=person, at=timezone.now(), reason=reason)
    except CannotWaive as refusal:
        return _page(request, refusal=str(refusal), status=409)
    messages.success(request, "Withdrawn. Whatever relied on it is checked again.")
    return redirect("validation:waivers")


def _page(request: HttpRequest, *, refusal: str = "", status: int = 200) -> HttpResponse:
    now = timezone.now()
    state = request.GET.get("state", "")
    asked = state if state in listing.STATES else ""
    found = _narrowed(listing.of_state(ROWS, asked, now), request.GET.get("q", "").strip())
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "nav": "proposals",
        "page": page,
        "rows": [listing.told(waiver, now) for waiver in page],
        "state": asked,
        "q": request.GET.get("q", "").strip(),
        "states": listing.STATES,
        "may_withdraw": request.user.has_perm(acts.PERMISSION),
        "refusal": refusal,
    }
    return render(request, "validation/waivers.html", context, status=status)


def _narrowed(rows: QuerySet[Waiver], words: str) -> QuerySet[Waiver]:
    if not words:
        return rows
    return rows.filter(
        Q(path__icontains=words)
        | Q(message__icontains=words)
        | Q(reason__icontains=words)
        | Q(target__slug=words)
        | Q(waived_by__username=words)
    )
