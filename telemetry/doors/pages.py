"""How does a person connect an agent, and look at what agents and systems reported?"""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Count, Max, Model, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.middleware import HtmxDetails

from audit.log import Actor
from targets.models import Target
from telemetry.doors import arrivals, snippets, tokens
from telemetry.doors.forms import RotateForm, TokenForm
from telemetry.doors.models import ErrorReport, Reflection, Token
from telemetry.events import redactions

PAGE = 50
MAY_SEE, MAY_CHANGE = "telemetry.view_pattern", "telemetry.change_source"
TONES = {"debug": "quiet", "info": "quiet", "warning": "warn", "error": "bad", "fatal": "bad"}


@require_safe
@permission_required(MAY_SEE, raise_exception=True)
def targets(request: HttpRequest) -> HttpResponse:
    """List the targets, each with what comes in for it."""
    counted = Target.objects.annotate(
        open_tokens=Count("tokens", filter=Q(tokens__revoked_at=None), distinct=True),
        accepted=Sum("tokens__tallies__accepted"),
        last_at=Max("tokens__tallies__last_at"),
    )
    context = {"nav": "telemetry", "part": "connect", "targets": counted}
    return render(request, "telemetry/targets.html", context)


@require_safe
@never_cache
@permission_required(MAY_SEE, raise_exception=True)
def connect(request: HttpRequest, slug: str) -> HttpResponse:
    """Show how to connect an agent of a target, and whether one is."""
    return _page(request, get_object_or_404(Target, slug=slug))


@require_POST
@never_cache
@permission_required(MAY_CHANGE, raise_exception=True)
def create(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a token and show it once, within everything that is to be copied."""
    target = get_object_or_404(Target, slug=slug)
    form, now = TokenForm(request.POST), timezone.now()
    if not form.is_valid():
        return _page(request, target, form=form, status=422)
    issued = tokens.issue(
        target,
        name=form.cleaned_data["name"],
        scopes=form.cleaned_data["scopes"],
        actor=Actor.person(request.user),  # type: ignore[arg-type]
        at=now,
        expires_at=form.expires_at(now),
    )
    return _page(request, target, issued=issued)


@require_POST
@never_cache
@permission_required(MAY_CHANGE, raise_exception=True)
def rotate(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Exchange a token and show its successor once."""
    token = get_object_or_404(Token.objects.select_related("target"), pk=pk, target__slug=slug)
    form = RotateForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose how long the old token still opens.")
        return redirect("telemetry:connect", slug)
    actor = Actor.person(request.user)  # type: ignore[arg-type]
    try:
        issued = tokens.rotate(token, grace=form.period(), actor=actor, at=timezone.now())
    except tokens.BadToken as refusal:
        messages.error(request, f"{token.name}: {refusal}.")
        return redirect("telemetry:connect", slug)
    return _page(request, token.target, issued=issued)


@require_POST
@permission_required(MAY_CHANGE, raise_exception=True)
def revoke(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take a token away for good, once its first signs were typed."""
    token = get_object_or_404(Token.objects.select_related("target"), pk=pk, target__slug=slug)
    if request.POST.get("start", "").strip() != token.start:
        messages.error(request, f"Type {token.start} to revoke it: it cannot be undone.")
        return redirect("telemetry:connect", slug)
    actor = Actor.person(request.user)  # type: ignore[arg-type]
    tokens.revoke(token, actor=actor, at=timezone.now())
    messages.success(request, f"{token.name} is revoked; it opens nothing any more.")
    return redirect("telemetry:connect", slug)


@require_safe
@permission_required(MAY_SEE, raise_exception=True)
def reflections(request: HttpRequest) -> HttpResponse:
    """List what agents said of their sessions, and what the sessions show."""
    found = _listed(request, "reflections", Reflection.objects.select_related("target"))
    return render(request, "telemetry/reflections.html", found)


@require_safe
@permission_required(MAY_SEE, raise_exception=True)
def error_reports(request: HttpRequest) -> HttpResponse:
    """List what other systems reported as errors."""
    found = _listed(request, "error-reports", ErrorReport.objects.select_related("target"))
    found["rows"] = [(report, TONES[report.severity]) for report in found["page"]]
    return render(request, "telemetry/error_reports.html", found)


def _listed(request: HttpRequest, part: str, rows: QuerySet[Any, Model]) -> dict[str, Any]:
    """Return a page of rows by key, newest first, of one target where the address names it."""
    slug, before = request.GET.get("target", ""), request.GET.get("before", "")
    if slug:
        rows = rows.filter(target__slug=slug)
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.order_by("-pk")[: PAGE + 1])
    older = found[PAGE - 1].pk if len(found) > PAGE else None
    return {
        "nav": "telemetry",
        "part": part,
        "page": found[:PAGE],
        "older": older,
        "slug": slug,
        "targets": Target.objects.all(),
    }


def _page(
    request: HttpRequest,
    target: Target,
    *,
    form: TokenForm | None = None,
    issued: tokens.Issued | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    found = arrivals.of(target, now)
    secret = issued.secret if issued else ""
    address = request.build_absolute_uri("/").rstrip("/")
    days, redacted = redactions.latest(target, now)
    context = {
        "nav": "telemetry",
        "target": target,
        "days": days,
        "redacted": redacted,
        "arrivals": found,
        "moving": arrivals.moving(found, now),
        "has_open": any(arrival.is_open for arrival in found),
        "form": form or TokenForm(),
        "rotate": RotateForm(),
        "issued": issued,
        "snippets": snippets.all_for(address, secret, target.slug, now),
        "may_change": request.user.has_perm(MAY_CHANGE),
        "address": address,
    }
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    part = "#live" if htmx and not htmx.boosted and request.method == "GET" else ""
    return render(request, f"telemetry/connect.html{part}", context, status=status)
