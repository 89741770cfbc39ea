"""What the pages across the rooms show."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.middleware import HtmxDetails

from audit.log import Actor
from selfimprove import switch
from selfimprove.console import figures, in_force, inbox
from selfimprove.doctor import agentcore
from telemetry.sanitizer import sanitize


class Request(HttpRequest):
    """Hold what the middlewares add for a person who has signed in."""

    htmx: HtmxDetails
    user: User


@require_safe
def home(request: Request) -> HttpResponse:
    """Show what needs a person, what is on its way, and what was recorded last."""
    found = inbox.gather(timezone.now(), request.user.has_perm)
    name = "console/home.html"
    template = f"{name}#live" if request.htmx and not request.htmx.boosted else name
    return render(request, template, {"nav": "home", "inbox": found})


@require_safe
@permission_required("proposals.view_proposal", raise_exception=True)
def dashboard(request: Request) -> HttpResponse:
    """Show whether the loop makes things better."""
    found = figures.gather(timezone.now(), request.GET.get("days", ""))
    return render(request, "console/dashboard.html", {"nav": "dashboard", "figures": found})


@require_safe
@permission_required("selfimprove.view_run", raise_exception=True)
def settings(request: Request) -> HttpResponse:
    """Show the configuration in force, the schedule and the switch."""
    found = in_force.gather(timezone.now())
    return render(request, "console/settings.html", {"nav": "settings", "found": found})


@require_safe
@permission_required("selfimprove.view_run", raise_exception=True)
def agentcore_status(request: Request) -> HttpResponse:
    """Ask AgentCore's services, at most once a minute, and show what is used instead."""
    shown = {"nav": "settings", "rows": agentcore.lately(), "is_on": agentcore.is_on()}
    return render(request, "console/agentcore.html", shown)


@require_POST
@permission_required("selfimprove.pause_loop", raise_exception=True)
def pause(request: Request) -> HttpResponse:
    """Stop the loop."""
    reason = sanitize(request.POST.get("reason", "").strip())[0]
    actor = Actor.person(request.user)
    try:
        switch.pause(actor=actor, reason=reason, at=timezone.now())
    except switch.AlreadySo as error:
        messages.warning(request, str(error))
    return redirect("settings")


@require_POST
@permission_required("selfimprove.pause_loop", raise_exception=True)
def resume(request: Request) -> HttpResponse:
    """Let the loop go on."""
    try:
        switch.resume(actor=Actor.person(request.user), at=timezone.now())
    except switch.AlreadySo as error:
        messages.warning(request, str(error))
    return redirect("settings")
