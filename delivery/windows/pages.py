"""What do people see of the change windows, and how do they let a delivery pass one by?"""

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from audit.log import Actor
from delivery.models import Delivery
from delivery.windows import waiting
from delivery.windows.holidays import BadCalendar
from delivery.windows.listing import lines, strangers
from delivery.windows.strip import strip
from telemetry.sanitizer import sanitize


@require_safe
@permission_required("delivery.view_delivery", raise_exception=True)
def listing(request: HttpRequest) -> HttpResponse:
    """Show when changes may be merged, target by target."""
    now = timezone.now()
    context: dict[str, Any] = {"nav": "deliveries", "said": settings.SELFIMPROVE.windows}
    try:
        days = waiting.calendar(now)
    except BadCalendar as error:
        context["trouble"] = sanitize(str(error))[0]
        return render(request, "delivery/windows.html", context)
    context |= {
        "rows": [
            {"line": line, "strip": strip(days, line.target.slug, line.risks[0], now)}
            for line in lines(days, now)
        ],
        "holidays": sorted(days.holidays.items()),
        "strangers": strangers(),
    }
    return render(request, "delivery/windows.html", context)


@require_POST
@permission_required(waiting.PERMISSION, raise_exception=True)
def override(request: HttpRequest, pk: int) -> HttpResponse:
    """Let one delivery pass its window by, for a reason."""
    delivery = get_object_or_404(Delivery, pk=pk)
    actor = Actor.person(cast(User, request.user))
    reason = request.POST.get("reason", "")
    try:
        waiting.override(delivery, actor=actor, reason=reason, at=timezone.now())
    except (waiting.NothingToOverride, waiting.ReasonMissing) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "It does not wait for its window any more.")
    return redirect(delivery)
