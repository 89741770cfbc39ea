"""What does the page of playbooks show?"""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluation.rules import playbooks, showing
from telemetry.models import EventType
from validation import parameters

LONGEST = 2_000


@require_safe
@permission_required("evaluation.view_evaluation", raise_exception=True)
def listing(request: HttpRequest) -> HttpResponse:
    """List the playbooks, or those that would answer one failure; or what is wrong with them."""
    asked = {
        name: request.GET.get(name, "").strip()[:LONGEST]
        for name in ("error_code", "message", "type")
    }
    asked["type"] = asked["type"] if asked["type"] in EventType.values else EventType.TOOL_CALL
    trying = bool(asked["error_code"] or asked["message"])
    context: dict[str, Any] = {
        "nav": "evaluations",
        "asked": asked,
        "trying": trying,
        "types": [EventType.TOOL_CALL, EventType.TASK_FAILURE],
    }
    try:
        known, permitted = playbooks.load(), parameters.load()
    except (playbooks.BadPlaybook, parameters.BadParameters) as error:
        return render(
            request,
            "evaluation/playbooks.html",
            {**context, "mistakes": str(error).splitlines()},
        )
    chosen = known
    if trying:
        chosen = showing.answering(
            known,
            error_code=asked["error_code"],
            message=asked["message"],
            event_type=asked["type"],
        )
    counts = showing.used()
    context["total"] = len(known)
    context["rows"] = [showing.shown(one, permitted, counts.get(one.name)) for one in chosen]
    return render(request, "evaluation/playbooks.html", context)
