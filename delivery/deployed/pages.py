"""What does a person see of what runs, and how do they have it go back or be tried again?"""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from audit.log import Actor
from delivery import revert
from delivery.deployed import history, rolling
from delivery.forms import RevertForm
from delivery.models import Delivery

ROWS = Delivery.objects.select_related("proposal", "target")


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("delivery.revert_delivery", raise_exception=True)
def roll_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what going back to a delivery takes back, and do it for a reason."""
    delivery = get_object_or_404(ROWS.all(), pk=pk)
    form = RevertForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, delivery, form)
    try:
        asked = rolling.roll_back(
            delivery,
            actor=Actor.person(cast(User, request.user)),
            reason=form.cleaned_data["reason"],
            at=timezone.now(),
        )
    except rolling.NothingLater as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Being taken back, the newest first: {len(asked)}.")
    return redirect(delivery.target)


@require_POST
@permission_required("delivery.revert_delivery", raise_exception=True)
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Have what failed on our side tried again now."""
    delivery = get_object_or_404(ROWS.all(), pk=pk)
    try:
        revert.retry(delivery, actor=Actor.person(cast(User, request.user)), at=timezone.now())
    except revert.NothingToRetry as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "It is being tried again.")
    return redirect(delivery)


def _page(request: HttpRequest, delivery: Delivery, form: RevertForm) -> HttpResponse:
    later = history.later(delivery) if history.stands(delivery) else []
    context = {"nav": "targets", "delivery": delivery, "later": later, "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "delivery/roll_back.html", context, status=status)
