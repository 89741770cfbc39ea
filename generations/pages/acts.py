"""How does a person begin a generation, or call one off?"""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from audit.log import Actor
from generations.forms import RunForm
from generations.models import Generation, Loop
from generations.running import opening, series
from generations.running.opening import CannotBegin, Wish

RUN = "generations.run_generation"
HAD_ENDED = "It had ended already, or was called off before."


@require_POST
@permission_required(RUN, raise_exception=True)
def begin(request: HttpRequest) -> HttpResponse:
    """Begin one generation, or several in a row."""
    form = RunForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"Nothing was begun. {form.refusal}")
        return redirect("generations:list")
    said = form.cleaned_data
    wish = Wish(
        target=said["target"],
        actor=_actor(request),
        writer=said["writer"],
        dry_run=said["dry_run"],
    )
    try:
        if said["wanted"] == 1:
            return redirect(opening.begin(wish, at=timezone.now()))
        loop = series.ask(wish, said["wanted"], at=timezone.now())
    except CannotBegin as refusal:
        messages.error(request, f"Nothing was begun. {refusal}")
        return redirect(f"{reverse('generations:list')}?target={wish.target.slug}")
    return redirect(_place(loop))


@require_POST
@permission_required(RUN, raise_exception=True)
def cancel(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Call a generation off."""
    rows = Generation.objects.select_related("target").filter(target__slug=slug)
    generation = get_object_or_404(rows, number=number)
    if opening.cancel(generation, actor=_actor(request), at=timezone.now()):
        generation.refresh_from_db(fields=["outcome"])
        within = " What it does right now ends within moments." if generation.is_open else ""
        messages.success(request, f"Called off.{within}")
    else:
        messages.error(request, HAD_ENDED)
    return redirect(generation)


@require_POST
@permission_required(RUN, raise_exception=True)
def cancel_loop(request: HttpRequest, pk: int) -> HttpResponse:
    """Call several generations in a row off, with the one that is at work."""
    loop = get_object_or_404(Loop.objects.select_related("target"), pk=pk)
    if series.cancel(loop, actor=_actor(request), at=timezone.now()):
        messages.success(request, "Called off. The generation at work ends within moments.")
    else:
        messages.error(request, HAD_ENDED)
    return redirect(_place(loop))


def _actor(request: HttpRequest) -> Actor:
    return Actor.person(cast(User, request.user))


def _place(loop: Loop) -> str:
    return f"{reverse('generations:list')}?loop={loop.pk}"
