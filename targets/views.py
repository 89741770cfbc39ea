"""What do the target pages show, and which act do they offer?"""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from audit.log import Actor
from targets import portrait, registry
from targets.forms import AcceptForm
from targets.models import State, Target

PER_PAGE = 50


@require_safe
@permission_required("targets.view_target", raise_exception=True)
def listing(request: HttpRequest) -> HttpResponse:
    """List all targets with their state."""
    page = Paginator(Target.objects.all(), PER_PAGE).get_page(request.GET.get("page"))
    rows = [(target, portrait.TONES[State(target.state)]) for target in page]
    return render(request, "targets/list.html", {"nav": "targets", "page": page, "rows": rows})


@require_safe
@permission_required("targets.view_target", raise_exception=True)
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one target: its state in words, its settings, its repository and manifest."""
    return _page(request, get_object_or_404(Target, slug=slug), AcceptForm())


@require_POST
@permission_required("targets.change_target", raise_exception=True)
def accept(request: HttpRequest, slug: str) -> HttpResponse:
    """Accept a rewritten history, for a reason."""
    target = get_object_or_404(Target, slug=slug)
    form = AcceptForm(request.POST)
    if not form.is_valid():
        return _page(request, target, form, status=422)
    reason = form.cleaned_data["reason"]
    actor = Actor.person(request.user)  # type: ignore[arg-type]
    try:
        registry.accept(target, actor=actor, reason=reason, at=timezone.now())
    except registry.NotDiverged as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The rewritten history is ours now; the old one is kept aside.")
    return redirect(target)


def _page(
    request: HttpRequest, target: Target, form: AcceptForm, status: int = 200
) -> HttpResponse:
    context = {"nav": "targets", "target": target, "portrait": portrait.of(target), "form": form}
    return render(request, "targets/detail.html", context, status=status)
