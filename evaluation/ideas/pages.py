"""How does a person look at ideas, and take one up or turn it down?"""

from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from evaluation.ideas.deciding import NotDecided, accept, dismiss
from evaluation.ideas.records import Idea, Priority, Stand
from evaluation.ideas.writing import NotAgain, again, course_of, courses
from generations.running.opening import CannotBegin
from proposals.decision import PERMISSION
from targets.models import Target

PER_PAGE = 50
MAY_SEE = "evaluation.view_evaluation"
GRAVEST = (Priority.HIGH, Priority.MEDIUM, Priority.LOW)


@require_safe
@permission_required(MAY_SEE, raise_exception=True)
def listing(request: HttpRequest) -> HttpResponse:
    """List ideas, those that wait unless another state is asked for, the gravest first."""
    chosen, state = request.GET.get("target", ""), request.GET.get("state", Stand.OPEN)
    gravest = Case(*(When(priority=one, then=rank) for rank, one in enumerate(GRAVEST)))
    found = Idea.objects.select_related("target").order_by(gravest, "-created_at", "-pk")
    if chosen:
        found = found.filter(target__slug=chosen)
    if state in Stand.values:
        found = found.filter(status=state)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "nav": "evaluations",
        "page": page,
        "courses": courses(page.object_list),
        "targets": Target.objects.all(),
        "chosen": chosen,
        "state": state if state in Stand.values else "",
        "states": Stand.choices,
        "may_decide": request.user.has_perm(PERMISSION),
    }
    return render(request, "evaluation/ideas.html", context)


@require_safe
@permission_required(MAY_SEE, raise_exception=True)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one idea, every attempt to write its change, and what came of each."""
    idea = get_object_or_404(Idea.objects.select_related("target"), pk=pk)
    context = {
        "nav": "evaluations",
        "idea": idea,
        "course": course_of(idea),
        "may_decide": request.user.has_perm(PERMISSION),
    }
    return render(request, "evaluation/idea.html", context)


@require_POST
@permission_required(MAY_SEE, raise_exception=True)
@permission_required(PERMISSION, raise_exception=True)
def try_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the change of an idea written once more, where nothing came of it."""
    idea = get_object_or_404(Idea.objects.select_related("target"), pk=pk)
    try:
        generation = again(idea, person=cast(User, request.user), at=timezone.now())
        messages.success(request, f"{generation} tries it again.")
    except (NotAgain, CannotBegin) as refusal:
        messages.error(request, str(refusal))
    return redirect(idea)


@require_POST
@permission_required(MAY_SEE, raise_exception=True)
@permission_required(PERMISSION, raise_exception=True)
def take_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an idea up."""
    person = cast(User, request.user)

    def act(idea: Idea) -> str:
        accept(idea, person=person, at=timezone.now())
        return f"Taken up: {idea.title}. Nothing is delivered by that: a change is written first."

    return _done(request, pk, act)


@require_POST
@permission_required(MAY_SEE, raise_exception=True)
@permission_required(PERMISSION, raise_exception=True)
def turn_down(request: HttpRequest, pk: int) -> HttpResponse:
    """Turn an idea down with a reason."""
    person, reason = cast(User, request.user), request.POST.get("reason", "")

    def act(idea: Idea) -> str:
        dismiss(idea, person=person, reason=reason, at=timezone.now())
        return f"Turned down: {idea.title}. It is not raised again."

    return _done(request, pk, act)


def _done(request: HttpRequest, pk: int, act: Callable[[Idea], str]) -> HttpResponse:
    idea = get_object_or_404(Idea.objects.select_related("target"), pk=pk)
    try:
        messages.success(request, act(idea))
    except NotDecided as refusal:
        messages.error(request, str(refusal))
    return redirect("evaluation:ideas")
