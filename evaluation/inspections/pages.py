"""How does a person look at passes and scans, and ask for one?"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from audit.log import Actor
from evaluation.at_once import refusal
from evaluation.inspections.records import Inspection
from evaluation.inspections.shown import asked_for, shown
from evaluation.maintenance import passing
from evaluation.scan import scanning
from evaluation.self_eval import NotReady
from proposals.decision import PERMISSION
from targets.models import Target

PER_PAGE = 50
MAY_SEE = "evaluation.view_evaluation"


@require_safe
@permission_required(MAY_SEE, raise_exception=True)
def listing(request: HttpRequest) -> HttpResponse:
    """List passes and scans, the newest first, of one target or of all."""
    chosen = request.GET.get("target", "")
    found = Inspection.objects.select_related("target").prefetch_related("findings")
    if chosen:
        found = found.filter(target__slug=chosen)
    context = {
        "nav": "evaluations",
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "targets": Target.objects.all(),
        "chosen": chosen,
        "may_ask": request.user.has_perm(PERMISSION),
        "not_at_once": refusal(),
    }
    return render(request, "evaluation/inspections.html", context)


@require_safe
@permission_required(MAY_SEE, raise_exception=True)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one pass or scan: what it saw, what it found, what became of that and why."""
    inspection = get_object_or_404(Inspection.objects.select_related("target"), pk=pk)
    findings = inspection.findings.select_related("pattern", "idea", "proposal")
    context = {
        "nav": "evaluations",
        "inspection": inspection,
        "findings": findings,
        "exchanges": asked_for(inspection),
    }
    return render(request, "evaluation/inspection.html", context)


@require_safe
@permission_required(MAY_SEE, raise_exception=True)
def as_json(request: HttpRequest, pk: int) -> HttpResponse:
    """Return one pass or scan for a program."""
    inspection = get_object_or_404(Inspection.objects.select_related("target"), pk=pk)
    return JsonResponse(shown(inspection), json_dumps_params={"indent": 2})


@require_POST
@permission_required(MAY_SEE, raise_exception=True)
@permission_required(PERMISSION, raise_exception=True)
def maintain(request: HttpRequest) -> HttpResponse:
    """Make a maintenance pass over one target now."""
    return _made(request, passing.make)


@require_POST
@permission_required(MAY_SEE, raise_exception=True)
@permission_required(PERMISSION, raise_exception=True)
def scan(request: HttpRequest) -> HttpResponse:
    """Scan one target's week now, where no model has to be waited for."""
    if why := refusal():
        messages.error(request, why.replace("manage.py evaluate", "manage.py scan TARGET"))
        return redirect("evaluation:inspections")
    return _made(request, scanning.make)


def _made(request: HttpRequest, make: Callable[..., Inspection]) -> HttpResponse:
    target = get_object_or_404(Target, slug=request.POST.get("target", ""))
    given: dict[str, Any] = {"trigger": "person", "actor": Actor.person(request.user)}  # type: ignore[arg-type]
    now: datetime = timezone.now()
    try:
        if target.paused:
            raise NotReady(f"{target.name} is paused: resume it first.")
        return redirect(make(target, now, **given))
    except NotReady as reason:
        messages.error(request, str(reason))
        return redirect("evaluation:inspections")
