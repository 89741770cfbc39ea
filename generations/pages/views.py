"""What do the pages about generations show?"""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from generations.models import Generation, Loop
from generations.pages import archive as archived
from generations.pages import comparing, listing, overview, showing
from targets.models import Target

VIEW = "generations.view_generation"


@require_safe
@permission_required(VIEW, raise_exception=True)
def listed(request: HttpRequest) -> HttpResponse:
    """List generations, the newest first, narrowed by the address."""
    context = listing.context(request.GET, timezone.now())
    return render(request, "generations/list.html", context)


@require_safe
@permission_required(VIEW, raise_exception=True)
def detail(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Show one generation: its phases, its change, what judged it, and why it ended."""
    generation = get_object_or_404(showing.found(slug, number))
    return render(request, "generations/detail.html", showing.page(generation, timezone.now()))


@require_safe
@permission_required(VIEW, raise_exception=True)
def archive(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what descends from what on a target, how its scores went, and what is left alone."""
    target = get_object_or_404(Target, slug=slug)
    return render(request, "generations/archive.html", archived.context(target, request.GET))


@require_safe
@permission_required(VIEW, raise_exception=True)
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """Show two generations of a target beside each other."""
    target = get_object_or_404(Target, slug=slug)
    context = comparing.context(target, request.GET, timezone.now())
    return render(request, "generations/compare.html", context)


@require_safe
@permission_required(VIEW, raise_exception=True)
def dashboard(request: HttpRequest) -> HttpResponse:
    """Show whether generations make things better."""
    context = overview.context(request.GET, timezone.now())
    return render(request, "generations/dashboard.html", context)


@require_safe
@permission_required(VIEW, raise_exception=True)
def by_key(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to the generation that the log names by its key."""
    return redirect(get_object_or_404(Generation.objects.select_related("target"), pk=pk))


@require_safe
@permission_required(VIEW, raise_exception=True)
def loop(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to the generations that were asked for in a row."""
    row = get_object_or_404(Loop, pk=pk)
    return redirect(f"{reverse('generations:list')}?loop={row.pk}")
