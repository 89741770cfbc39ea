"""What do the pages of sources show, and which acts do they offer?"""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.log import Actor
from targets.models import Target
from telemetry import charts, sources
from telemetry.collecting.adapters import ABOUT
from telemetry.collecting.forms import SourceForm
from telemetry.collecting.states import State, in_bytes, state_of
from telemetry.models import Backend, Source


@dataclass(frozen=True, slots=True)
class Line:
    """One source as a row shows it."""

    source: Source
    state: State
    behind: str
    spark: SafeString

    @property
    def rate(self) -> str:
        """Return its pace as people say it."""
        rate = self.state.pace.lines_a_minute
        return f"{rate:,.0f}" if rate >= 10 or not rate else f"{rate:.1f}"


def card(request: HttpRequest, target: Target) -> dict[str, Any]:
    """Return what the card of a target's sources shows to this person."""
    user = request.user
    return {
        "request": request,
        "target": target,
        "lines": _lines(target) if user.has_perm("telemetry.view_source") else [],
        "may_see": user.has_perm("telemetry.view_source"),
        "may_change": user.has_perm("telemetry.change_source"),
        "may_add": user.has_perm("telemetry.add_source"),
    }


@require_safe
@permission_required("telemetry.view_source", raise_exception=True)
def listing(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the card alone, for whoever looks on."""
    target = get_object_or_404(Target, slug=slug)
    if not request.headers.get("HX-Request"):
        return redirect(target)
    return render(request, "telemetry/sources/_card.html", card(request, target))


@require_POST
@permission_required("telemetry.change_source", raise_exception=True)
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Pause a source, or let reading go on."""
    source = _source(pk)
    actor, now = Actor.person(request.user), timezone.now()  # type: ignore[arg-type]
    if request.POST.get("to") == "pause":
        sources.pause(source, actor=actor, at=now)
    else:
        sources.resume(source, actor=actor, at=now)
    if request.headers.get("HX-Request"):
        return render(request, "telemetry/sources/_card.html", card(request, source.target))
    return redirect(source.target)


@require_POST
@permission_required("telemetry.change_source", raise_exception=True)
def try_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the beginning of a source, store nothing, and show what it would give."""
    source = _source(pk)
    actor, now = Actor.person(request.user), timezone.now()  # type: ignore[arg-type]
    context = {
        "nav": "targets",
        "source": source,
        "target": source.target,
        "state": state_of(source, now),
        "trial": sources.test(source, actor=actor, at=now),
        "at": now,
    }
    return render(request, "telemetry/sources/trial.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("telemetry.add_source", raise_exception=True)
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """Take one more place of a target."""
    target = get_object_or_404(Target, slug=slug)
    form = SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actor = Actor.person(request.user)  # type: ignore[arg-type]
        given = form.cleaned_data
        try:
            sources.add(target=target, actor=actor, at=timezone.now(), **given)
        except sources.BadSource as error:
            form.add_error("location", str(error))
        else:
            messages.success(request, f"{given['location']} is read from now on.")
            return redirect(target)
    status = 422 if form.errors else 200
    context = {"nav": "targets", "target": target, "form": form, "about": _about()}
    return render(request, "telemetry/sources/add.html", context, status=status)


def _source(pk: int) -> Source:
    return get_object_or_404(Source.objects.select_related("target"), pk=pk)


def _about() -> list[tuple[str, str]]:
    return [(str(backend.label), ABOUT[backend]) for backend in Backend]


def _lines(target: Target) -> list[Line]:
    now = timezone.now()
    return [_line(source, state_of(source, now)) for source in target.sources.order_by("pk")]


def _line(source: Source, state: State) -> Line:
    behind = "" if source.behind_bytes is None else in_bytes(source.behind_bytes)
    minutes = list(state.pace.by_minute)
    spark = charts.sparkline(minutes, f"{sum(minutes)} lines in {len(minutes)} minutes")
    return Line(source, state, behind, spark)
