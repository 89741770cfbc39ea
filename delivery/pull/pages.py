"""How does the page of a pull request answer, and how does somebody have it merged now?"""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from delivery import asking
from delivery.models import Delivery
from delivery.pull import showing

ROWS = Delivery.objects.select_related("proposal__target", "proposal__report", "target")


@require_safe
@permission_required(("delivery.view_delivery", "proposals.view_proposal"), raise_exception=True)
def pull(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the commits, the checks, the change with what is said of it, and the merge."""
    delivery = get_object_or_404(ROWS, pk=pk)
    return render(request, "delivery/pull.html", showing.page(delivery))


@require_POST
@permission_required(asking.PERMISSION, raise_exception=True)
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the delivery look now whether it can be merged; what it waits for is not skipped."""
    delivery = get_object_or_404(ROWS, pk=pk)
    person = cast(User, request.user)  # the permission asks for a sign-in first
    try:
        place = asking.ask(delivery.proposal, "merge", person=person, at=timezone.now(), door={})
    except asking.CannotAsk as refusal:
        messages.error(request, str(refusal))
    else:
        done = place.standing == "passed"
        messages.success(request, place.words if done else "It is looked at now.")
    return redirect("delivery:pull", pk=delivery.pk)
