"""How does a person connect an agent to the tools, and see whether it uses them?"""

import socket
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from audit.log import Actor
from selfimprove.mcp import snippets
from selfimprove.mcp.forms import MAKE, OPERATE, READ, AgentForm
from targets.models import Target
from telemetry.doors import tokens
from telemetry.doors.forms import RotateForm
from telemetry.doors.models import Token

SHOWN = 50
LOOK_SECONDS = 0.3


@dataclass(frozen=True)
class State:
    """Say whether the tools are served over HTTP."""

    tone: str
    name: str
    words: str


@dataclass(frozen=True)
class Held:
    """Show one token: whose it is, whether it opens, and what came by it."""

    token: Token
    tone: str
    state: str
    is_open: bool
    is_mine: bool


@require_safe
@never_cache
@permission_required(READ, raise_exception=True)
def page(request: HttpRequest) -> HttpResponse:
    """Show how to connect, whether it is served, and the tokens."""
    return _page(request)


@require_POST
@never_cache
@permission_required(MAKE, raise_exception=True)
def create(request: HttpRequest) -> HttpResponse:
    """Make a token in the name of the person who asks, and show it once."""
    person, now = _person(request), timezone.now()
    form = AgentForm(person, request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    issued = tokens.issue(
        form.cleaned_data["target"],
        name=form.cleaned_data["name"],
        scopes=form.cleaned_data["scopes"],
        actor=Actor.person(person),
        at=now,
        expires_at=form.expires_at(now),
        person=person,
    )
    return _page(request, issued=issued)


@require_POST
@never_cache
@permission_required(MAKE, raise_exception=True)
def rotate(request: HttpRequest, pk: int) -> HttpResponse:
    """Exchange a token of one's own and show its successor once."""
    person = _person(request)
    token = get_object_or_404(_rows(), pk=pk, person=person)
    form = RotateForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose how long the old token still opens.")
        return redirect("mcp:page")
    try:
        issued = tokens.rotate(
            token, grace=form.period(), actor=Actor.person(person), at=timezone.now()
        )
    except tokens.BadToken as refusal:
        messages.error(request, f"{token.name}: {refusal}.")
        return redirect("mcp:page")
    return _page(request, issued=issued)


@require_POST
@permission_required(MAKE, raise_exception=True)
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a token away for good, once its first signs were typed."""
    person = _person(request)
    rows = _rows() if person.has_perm(OPERATE) else _rows().filter(person=person)
    token = get_object_or_404(rows, pk=pk)
    if request.POST.get("start", "").strip() != token.start:
        messages.error(request, f"Type {token.start} to revoke it: it cannot be undone.")
        return redirect("mcp:page")
    tokens.revoke(token, actor=Actor.person(person), at=timezone.now())
    messages.success(request, f"{token.name} is revoked; it opens nothing any more.")
    return redirect("mcp:page")


def state() -> State:
    """Look whether the tools are served over HTTP where the settings say."""
    mcp = settings.SELFIMPROVE.mcp
    if not mcp.enabled:
        return State("quiet", "Off", "Over HTTP nothing is served: mcp.enabled is false.")
    try:
        socket.create_connection((mcp.host, mcp.port), timeout=LOOK_SECONDS).close()
    except OSError:
        return State(
            "bad", "Not reached", f"Nothing answers at {mcp.address}: see what `up` says of mcp."
        )
    return State("good", "Serving", "Agents reach the tools over HTTP.")


def _page(
    request: HttpRequest,
    *,
    form: AgentForm | None = None,
    issued: tokens.Issued | None = None,
    status: int = 200,
) -> HttpResponse:
    person, now = _person(request), timezone.now()
    rows = _rows() if person.has_perm(OPERATE) else _rows().filter(person=person)
    held = [_held(token, person, now) for token in rows[:SHOWN]]
    mcp = settings.SELFIMPROVE.mcp
    context = {
        "nav": "settings",
        "state": state(),
        "mcp": mcp,
        "held": held,
        "has_open": any(one.is_open for one in held),
        "form": form or AgentForm(person),
        "rotate": RotateForm(),
        "issued": issued,
        "has_targets": Target.objects.exists(),
        "may_make": person.has_perm(MAKE),
        "snippets": snippets.all_for(mcp.address, issued.secret if issued else ""),
    }
    return render(request, "mcp/page.html", context, status=status)


def _rows() -> QuerySet[Token]:
    """Return the tokens that act in somebody's name, the newest first."""
    rows = Token.objects.exclude(person=None).select_related("target", "person", "replaced_by")
    return rows.prefetch_related("tallies")


def _held(token: Token, person: User, now: datetime) -> Held:
    tone, name = "quiet", "Not used yet"
    if token.revoked_at:
        name = "Revoked"
    elif not token.is_open(now):
        name = "Expired"
    elif token.replaced_by_id:
        tone, name = "warn", "Rotated"
    elif token.last_used_at:
        tone, name = "good", "Used"
    return Held(token, tone, name, token.is_open(now), token.person_id == person.pk)


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)  # every view asks for a permission first
