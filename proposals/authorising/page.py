"""How does the page of the policies answer, and what does it say of one that is tried?"""

import uuid
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from proposals.authorising import shown, trying
from proposals.models import Proposal
from validation.authorising.reading import BadPolicies, Flaw

CHOICES = 30
COUNTS = tuple((f"last-{count}", count) for count in (10, 25, trying.MOST))
EXAMPLE = """\
@id("no_code_by_agents")
@says("No agent changes code; people do.")
forbid (principal is Agent, action, resource)
when { resource.kinds.contains("code") };
"""
UNUSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("proposals.view_proposal", raise_exception=True)
def policies(request: HttpRequest) -> HttpResponse:
    """Show what decides; a POST says what a policy would have decided and keeps nothing."""
    in_force = shown.gather(timezone.now())
    context: dict[str, Any] = {
        "nav": "policies",
        "in_force": in_force,
        "choices": Proposal.objects.select_related("target").order_by("-created_at")[:CHOICES],
        "counts": COUNTS,
        "text": _edited(request.GET.get("edit", ""), in_force),
        "chosen": request.GET.get("proposal", COUNTS[0][0]),
    }
    status = 200
    if request.method == "POST":
        context |= _answer(request)
        status = UNUSABLE if context["flaws"] else 200
    partial = request.headers.get("HX-Request") and not request.headers.get("HX-Boosted")
    name = "policies/list.html" + ("#answer" if partial else "")
    return render(request, name, context, status=status)


def _answer(request: HttpRequest) -> dict[str, Any]:
    text, chosen = request.POST.get("text", ""), request.POST.get("chosen", "")
    told: dict[str, Any] = {
        "asked": True,
        "text": text,
        "chosen": chosen,
        "flaws": (),
        "tried": (),
    }
    proposals = _proposals(chosen)
    if not proposals:
        return told | {"flaws": (Flaw("the proposal", 0, "there is none to try it on"),)}
    try:
        tried = trying.understand(text)
    except BadPolicies as bad:
        return told | {"flaws": bad.flaws}
    found = trying.would_pass(tried, proposals, timezone.now())
    return told | {
        "tried": found,
        "passing": sum(one.would_pass for one in found),
        "differing": sum(one.passed != one.would_pass for one in found if not one.problem),
        "names": [policy.id for policy in tried],
    }


def _proposals(chosen: str) -> list[Proposal]:
    rows = Proposal.objects.select_related("target").order_by("-created_at")
    kind, _, number = chosen.partition("-")
    if kind == "last" and number.isascii() and number.isdigit():
        return list(rows[: min(int(number), trying.MOST)])
    try:
        return list(rows.filter(pk=uuid.UUID(chosen)))
    except ValueError:
        return []


def _edited(name: str, in_force: shown.InForce) -> str:
    every = (one.policy for group in in_force.groups for one in group.policies)
    return next((policy.text for policy in every if policy.id == name), EXAMPLE)
