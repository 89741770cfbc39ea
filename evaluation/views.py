"""What do the evaluation pages show?"""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from audit.log import Actor
from evaluation import at_once
from evaluation.asking import estimating
from evaluation.asking.estimating import Estimate
from evaluation.models import Asked, Became, Evaluation
from evaluation.scan import estimating as of_a_week
from evaluation.self_eval import KNOWN_FAILURES, NotReady
from personas import exchanges
from proposals.models import RejectedInput
from targets.models import Target

PER_PAGE = 50
ESTIMATES = (("Evaluation", estimating.estimate), ("Scan of the week", of_a_week.estimate))


@require_safe
@permission_required("evaluation.view_evaluation", raise_exception=True)
def listing(request: HttpRequest) -> HttpResponse:
    """List evaluations, newest first, of one target or of all."""
    chosen = request.GET.get("target", "")
    found = Evaluation.objects.select_related("target")
    if chosen:
        found = found.filter(target__slug=chosen)
    context = {
        "nav": "evaluations",
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "targets": Target.objects.all(),
        "chosen": chosen,
        "not_at_once": at_once.refusal(),
    }
    template = "evaluation/list.html"
    htmx = getattr(request, "htmx", None)
    return render(request, f"{template}#rows" if htmx and not htmx.boosted else template, context)


@require_POST
@permission_required("evaluation.view_evaluation", raise_exception=True)
@permission_required("proposals.decide_proposal", raise_exception=True)
def now(request: HttpRequest) -> HttpResponse:
    """Evaluate one target while its person waits, and show what came of it."""
    target = get_object_or_404(Target, slug=request.POST.get("target", ""))
    actor = Actor.person(request.user)  # type: ignore[arg-type]
    try:
        return redirect(at_once.evaluate_at_once(target, timezone.now(), actor=actor))
    except (at_once.NotAtOnce, NotReady) as reason:
        messages.error(request, str(reason))
        return redirect("evaluation:list")


@require_safe
@permission_required("evaluation.view_evaluation", raise_exception=True)
def estimates(request: HttpRequest) -> HttpResponse:
    """Show what an evaluation and a scan of each target would ask now, and could cost."""
    now = timezone.now()
    rows = [
        (target, what, *_estimated(estimate, target, now))
        for target in Target.objects.all()
        for what, estimate in ESTIMATES
    ]
    context = {"nav": "evaluations", "rows": rows}
    return render(request, "evaluation/estimate.html", context)


def _estimated(
    estimate: Callable[[Target, datetime], Estimate], target: Target, now: datetime
) -> tuple[Estimate | None, str]:
    """Estimate for one target; what keeps it from being looked at is its answer."""
    try:
        found = estimate(target, now)
    except (NotReady, *KNOWN_FAILURES) as reason:
        return None, str(reason)
    return found, found.verdict


@require_safe
@permission_required("evaluation.view_evaluation", raise_exception=True)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one evaluation: what went in, what came out, what was dropped and why."""
    evaluation = get_object_or_404(Evaluation.objects.select_related("target", "token"), pk=pk)
    asked = Asked.objects.filter(evaluation=evaluation).first()
    considerations = evaluation.considerations.select_related("pattern", "proposal")
    context = {
        "nav": "evaluations",
        "evaluation": evaluation,
        "asked": asked,
        "not_shown": asked.left_out if asked else [],
        "exchanges": exchanges.of_purpose(evaluation.target, evaluation.purpose),
        "held": considerations.filter(outcome=Became.REVIEW_FULL).first(),
        "considerations": considerations.order_by(
            F("proposal_id").asc(nulls_last=True), "outcome", "pk"
        ),
        "spoken": evaluation.spoken_to.all(),
        "dropped": RejectedInput.objects.filter(
            target=evaluation.target, engine=evaluation.engine, at=evaluation.started_at
        ),
    }
    return render(request, "evaluation/detail.html", context)
