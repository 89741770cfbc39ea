"""What do the delivery pages show, and which acts do they offer?"""

import uuid
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from audit.log import Actor
from delivery import revert as taking_back
from delivery import showing
from delivery.effects import foreseeing
from delivery.forms import FilterForm, RevertForm
from delivery.models import Delivery
from delivery.windows import waiting
from proposals.models import Proposal

PER_PAGE = 50
ROWS = Delivery.objects.select_related("proposal", "target", "watch")


@require_safe
@permission_required("delivery.view_delivery", raise_exception=True)
def listing(request: HttpRequest) -> HttpResponse:
    """List deliveries, newest first, narrowed by the address."""
    form = FilterForm(request.GET)
    found = ROWS.filter(**form.narrowing()).order_by("-id")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    moving = any(not delivery.outcome for delivery in page)
    context = {"nav": "deliveries", "form": form, "page": page, "moving": moving}
    return render(request, _template(request, "delivery/list.html", "rows"), context)


@require_safe
@permission_required("delivery.view_delivery", raise_exception=True)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one delivery: its stages, their output, the watch and the way back."""
    delivery = get_object_or_404(ROWS.all(), pk=pk)
    return _page(request, delivery, RevertForm())


@require_POST
@permission_required("delivery.revert_delivery", raise_exception=True)
def revert(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a change back, once the word is typed out and a reason given."""
    delivery = get_object_or_404(ROWS.all(), pk=pk)
    form = RevertForm(request.POST)
    if not form.is_valid():
        return _page(request, delivery, form, status=422)
    try:
        taking_back.request(
            delivery,
            actor=Actor.person(cast(User, request.user)),
            reason=form.cleaned_data["reason"],
            at=timezone.now(),
        )
    except (taking_back.NothingToTakeBack, taking_back.ReasonMissing) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The change is being taken back.")
    return redirect(delivery)


@require_POST
@permission_required("delivery.revert_delivery", raise_exception=True)
def keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a change whose effect could not be judged."""
    delivery = get_object_or_404(ROWS.all(), pk=pk)
    try:
        taking_back.keep(delivery, actor=Actor.person(cast(User, request.user)), at=timezone.now())
    except taking_back.NothingToKeep as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The change is kept.")
    return redirect(delivery)


@require_safe
@permission_required("delivery.view_delivery", raise_exception=True)
def for_proposal(request: HttpRequest, proposal_id: uuid.UUID) -> HttpResponse:
    """Return the fragment that a proposal's page embeds; it names the status that page shows."""
    proposal = get_object_or_404(Proposal.objects.defer("document", "diff"), pk=proposal_id)
    delivery = ROWS.filter(proposal=proposal).first()
    context: dict[str, Any] = {
        "proposal": proposal,
        "delivery": delivery,
        "moved": request.GET.get("status", proposal.status) != proposal.status,
    }
    if delivery is not None:
        context |= showing.beside(delivery, timezone.now())
    else:
        context["window"] = waiting.foreseen(proposal, timezone.now())
        context["foreseen"] = foreseeing.foreseen(proposal.target, timezone.now())
    return render(request, "delivery/for_proposal.html", context)


@require_safe
@permission_required("delivery.view_delivery", raise_exception=True)
def foreseen(request: HttpRequest, proposal_id: uuid.UUID) -> HttpResponse:
    """Return the sentence that says when the effect of a proposal would be known."""
    proposal = get_object_or_404(Proposal.objects.select_related("target"), pk=proposal_id)
    words = foreseeing.foreseen(proposal.target, timezone.now())
    return render(request, "delivery/foreseen.html", {"foreseen": words})


def _page(
    request: HttpRequest, delivery: Delivery, form: RevertForm, status: int = 200
) -> HttpResponse:
    context = {
        "nav": "deliveries",
        "form": form,
        **showing.detail(delivery, timezone.now()),
    }
    template = _template(request, "delivery/detail.html", "live")
    return render(request, template, context, status=status)


def _template(request: HttpRequest, page: str, fragment: str) -> str:
    htmx = getattr(request, "htmx", None)
    return f"{page}#{fragment}" if htmx and not htmx.boosted else page
