"""How does a waiver come in from a proposal's page?"""

import uuid
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from proposals import waiving
from proposals.decision import FourEyes
from proposals.models import Proposal
from proposals.pages import showing
from validation.waiving.acts import DAYS, PERMISSION, CannotWaive, Wish

ROWS = Proposal.objects.select_related("target", "report")
CONFLICT = 409


@require_POST
@permission_required(PERMISSION, raise_exception=True)
def waive(request: HttpRequest, pk: uuid.UUID, finding: int) -> HttpResponse:
    """Waive one finding; a refusal is shown beside it and changes nothing."""
    proposal = get_object_or_404(ROWS, pk=pk)
    person = cast(User, request.user)  # the permission asks for a sign-in first
    reason, days = request.POST.get("reason", ""), request.POST.get("days", "")
    wish = Wish(reason, int(days) if days.isascii() and days.isdigit() else 0)
    try:
        waiver = waiving.waive(proposal, finding, wish, person=person, at=timezone.now())
    except (CannotWaive, FourEyes) as refusal:
        context = showing.page(ROWS.get(pk=pk), person, timezone.now())
        context |= {"unwaived": finding, "waiver_refusal": str(refusal)}
        context |= {"waiver_reason": reason, "waiver_days": days or DAYS}
        return render(request, "proposals/detail.html", context, status=CONFLICT)
    messages.success(
        request, f"Waived until {waiver.until:%Y-%m-%d %H:%M} UTC. The change is checked again."
    )
    return redirect(f"{reverse('proposals:detail', args=[pk])}#checks")
