"""What does an operator see and do when something went wrong?"""

from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from delivery.forms import RevertForm
from selfimprove import switch
from selfimprove.incident.forms import AskedForm
from selfimprove.incident.gathering import EXPORTED, gather, plain

PERMISSION = "delivery.revert_delivery"


class Request(HttpRequest):
    """Hold what the middlewares add for a person who has signed in."""

    user: User


@require_safe
@permission_required(PERMISSION, raise_exception=True)
def page(request: Request) -> HttpResponse:
    """Show what changed, what is wrong, and the ways back."""
    form = AskedForm(request.GET)
    found = gather(form.asked(), timezone.now(), request.user.has_perm)
    ways_back = [
        (delivery, RevertForm(auto_id=f"id_{delivery.pk}_%s")) for delivery in found.can_take_back
    ]
    context = {
        "nav": "incident",
        "form": form,
        "found": found,
        "ways_back": ways_back,
        "is_paused": switch.paused(),
    }
    return render(request, "incident/page.html", context)


@require_safe
@permission_required(PERMISSION, raise_exception=True)
def export(request: Request) -> HttpResponse:
    """Hand out the same as a file."""
    now = timezone.now()
    asked = AskedForm(request.GET).asked()
    found = gather(asked, now, request.user.has_perm, most=EXPORTED)
    answer = JsonResponse(plain(found), json_dumps_params={"indent": 2, "ensure_ascii": False})
    name = f"incident-{now:%Y%m%dT%H%M%SZ}.json"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
