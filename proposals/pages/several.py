"""How does a reviewer decide about several proposals with one confirmation?"""

import uuid
from dataclasses import asdict
from typing import cast

from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from proposals import decision, together
from proposals.lifecycle import ReasonMissing
from proposals.models import Category, Proposal
from proposals.together import Chosen, Word

KEPT = "proposals-decided-together"
APPROVE, REJECT = "approve", "reject"
UNUSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(decision.PERMISSION, raise_exception=True)
def confirm(request: HttpRequest) -> HttpResponse:
    """List what was ticked and ask once; a POST decides each and leads to what became of them."""
    if request.method != "POST":
        return _ask(request, request.GET)
    word = Word(
        request.POST.get("act") == APPROVE,
        request.POST.get("reason", ""),
        _category(request.POST.get("category", "")),
    )
    try:
        outcomes = together.decide(
            _chosen(request.POST),
            word=word,
            reviewer=cast(User, request.user),  # the permission asks for a sign-in first
            at=timezone.now(),
        )
    except ReasonMissing as refusal:
        return _ask(request, request.POST, str(refusal))
    request.session[KEPT] = [asdict(outcome) for outcome in outcomes]
    return redirect("proposals:decided")


@require_safe
@permission_required(decision.PERMISSION, raise_exception=True)
def decided(request: HttpRequest) -> HttpResponse:
    """Show what became of each proposal that was decided last."""
    outcomes = request.session.get(KEPT, [])
    done = sum(outcome["done"] for outcome in outcomes)
    context = {
        "nav": "proposals",
        "outcomes": outcomes,
        "done": done,
        "refused": len(outcomes) - done,
    }
    return render(request, "proposals/decided.html", context)


def _ask(request: HttpRequest, given: QueryDict, refusal: str = "") -> HttpResponse:
    """Show the confirmation; each row carries the digest of the words that were ticked."""
    read = {one.proposal: one.document_digest for one in _chosen(given)}
    found = Proposal.objects.filter(pk__in=read).select_related("target", "report", "rehearsal")
    found = found.defer("document", "diff").order_by("-created_at", "pk")
    context = {
        "nav": "proposals",
        "rows": [(row, read[row.pk] or row.document_digest) for row in found],
        "approving": given.get("act") == APPROVE,
        "act": APPROVE if given.get("act") == APPROVE else REJECT,
        "categories": Category.choices,
        "category": given.get("category", Category.OTHER),
        "reason": given.get("reason", ""),
        "refusal": refusal,
        "most": together.MOST,
    }
    status = UNUSABLE if refusal else 200
    return render(request, "proposals/confirm.html", context, status=status)


def _chosen(given: QueryDict) -> list[Chosen]:
    """Read the ticked rows, each once; what is no id is left out."""
    found: dict[uuid.UUID, Chosen] = {}
    for text in given.getlist("chosen"):
        key, _, digest = text.partition(":")
        try:
            one = uuid.UUID(key)
        except ValueError:
            continue
        found.setdefault(one, Chosen(one, digest))
    return list(found.values())[: together.MOST]


def _category(given: str) -> str:
    return given if given in Category.values else Category.OTHER
