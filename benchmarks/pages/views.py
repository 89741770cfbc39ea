"""What do the pages about benchmarks show, and which acts do they offer?"""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.log import Actor
from benchmarks import definitions
from benchmarks.forms import DefinitionForm
from benchmarks.measures.own import BadDefinition
from benchmarks.models import Definition, Finding, Run, State
from benchmarks.pages import showing
from benchmarks.running import runs, trees
from benchmarks.running.runs import AlreadyMeasuring, Wish
from benchmarks.running.together import Scored
from benchmarks.running.trees import UnknownCommit
from ports.git import GitFailed
from targets.models import Target
from targets.repository import OriginUnreachable, Repository

PER_PAGE = 100
LONGEST = 18  # digits of a run's number
VIEW, MEASURE, DEFINE = (
    "benchmarks.view_run",
    "benchmarks.add_run",
    "benchmarks.add_definition",
)


@require_safe
@permission_required(VIEW, raise_exception=True)
def target(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a target's latest scores, how they went, and what has none."""
    found = get_object_or_404(Target, slug=slug)
    return render(request, "benchmarks/target.html", showing.context(found))


@require_safe
@permission_required(VIEW, raise_exception=True)
def run(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Show one run: its scores, what has none and why, and what was found."""
    found = get_object_or_404(Run.objects.select_related("target"), pk=pk, target__slug=slug)
    scores = list(found.scores.select_related("measurement"))
    name = request.GET.get("benchmark", "")
    findings = Finding.objects.filter(measurement__scores__run=found)
    if name:
        findings = findings.filter(measurement__benchmark=name)
    page = Paginator(findings.select_related("measurement"), PER_PAGE)
    context = {
        "nav": "targets",
        "target": found.target,
        "run": found,
        "tone": State(found.state).tone,
        "silent": found.is_silent(timezone.now()),
        "rows": showing.rows(scores, []),
        "page": page.get_page(request.GET.get("page")),
        "benchmark": name,
    }
    return render(request, "benchmarks/run.html", context)


@require_safe
@permission_required(VIEW, raise_exception=True)
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """Show two runs beside each other."""
    found = get_object_or_404(Target, slug=slug)
    new, old = (_chosen(found, request.GET.get(name, "")) for name in ("new", "old"))
    beside = showing.beside(new, old) if new and old else []
    context = {"nav": "targets", "target": found, "new": new, "old": old, "beside": beside}
    return render(request, "benchmarks/compare.html", context)


def _chosen(target: Target, number: str) -> Run | None:
    if not number.isdecimal() or len(number) > LONGEST:
        return None
    ended = Run.objects.filter(target=target, state=State.ENDED).select_related("target")
    return ended.filter(pk=int(number)).first()


@require_POST
@permission_required(MEASURE, raise_exception=True)
def measure(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask for the benchmarks of the newest commit, or of one that is named."""
    found = get_object_or_404(Target, slug=slug)
    commit = request.POST.get("commit", "").strip() or found.branch
    wish = Wish(found, commit, Actor.person(request.user))  # type: ignore[arg-type]
    try:
        asked = runs.ask(wish, at=timezone.now())
    except (AlreadyMeasuring, UnknownCommit, OriginUnreachable, GitFailed) as refusal:
        messages.error(request, str(refusal))
        return redirect("benchmarks:target", slug)
    return redirect(asked)


@require_POST
@permission_required(MEASURE, raise_exception=True)
def cancel(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Call a run off."""
    found = get_object_or_404(Run.objects.select_related("target"), pk=pk, target__slug=slug)
    actor = Actor.person(request.user)  # type: ignore[arg-type]
    if runs.cancel(found, actor=actor, at=timezone.now()):
        messages.success(request, "Called off. What was measured is found again.")
    else:
        messages.error(request, "It had ended already.")
    return redirect(found)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(DEFINE, raise_exception=True)
def define(request: HttpRequest, slug: str) -> HttpResponse:
    """Take the definition of a benchmark, try it at once, and keep it when asked to."""
    found = get_object_or_404(Target, slug=slug)
    form = DefinitionForm(request.POST or None)
    tried: Scored | None = None
    if request.method == "POST" and form.is_valid():
        actor = Actor.person(request.user)  # type: ignore[arg-type]
        try:
            wanted = definitions.read(form.said())
            if request.POST.get("act") == "keep":
                definitions.define(found, wanted, actor=actor, at=timezone.now())
                messages.success(request, f"{wanted.name} is measured with the others now.")
                return redirect("benchmarks:target", slug)
            commit = trees.commit(Repository.of(found), found.branch)
            tried = definitions.attempt(wanted, runs.tree_of(found, commit))
        except (BadDefinition, OriginUnreachable, *runs.REFUSALS) as refusal:
            form.add_error(None, str(refusal))
    status = 422 if request.method == "POST" and form.errors else 200
    context = {"nav": "targets", "target": found, "form": form, "tried": tried}
    return render(request, "benchmarks/define.html", context, status=status)


@require_POST
@permission_required(DEFINE, raise_exception=True)
def remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take a definition away."""
    row = get_object_or_404(Definition.objects.select_related("target"), pk=pk, target__slug=slug)
    actor = Actor.person(request.user)  # type: ignore[arg-type]
    definitions.remove(row, actor=actor, at=timezone.now())
    messages.success(request, f"{row.name} is measured no more. What it measured stays.")
    return redirect("benchmarks:target", slug)
