"""What do the pages of agents, exchanges and spending show?"""

from datetime import timedelta

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from personas import showing
from personas.ledger import spending
from personas.ledger.spending import BadMonth
from personas.models import Exchange, Outcome
from personas.providers import readiness
from targets.models import Target

PER_PAGE = 50
LATEST = 10


@require_safe
@permission_required("personas.view_exchange", raise_exception=True)
def agents(request: HttpRequest) -> HttpResponse:
    """Show the declared agents, or every mistake in their file."""
    found = showing.declared(timezone.now())
    ready, reason = readiness(card.agent for card in found.cards)
    context = {"nav": "agents", "found": found, "ready": ready, "reason": reason}
    return render(request, "personas/agents.html", context)


@require_safe
@permission_required("personas.view_exchange", raise_exception=True)
def agent(request: HttpRequest, name: str) -> HttpResponse:
    """Show one agent: its declaration, its prompt, and what it asked last."""
    now = timezone.now()
    found = showing.declared(now)
    card = next((card for card in found.cards if card.agent.name == name), None)
    exchanges = Exchange.objects.filter(agent=name).select_related("line", "target")
    if card is None and not exchanges.exists():
        raise Http404
    since = now - timedelta(days=showing.DAYS)
    spent = spending.of_agents(since)
    context = {
        "nav": "agents",
        "name": name,
        "card": card,
        "mistakes": found.mistakes,
        "exchanges": exchanges[:LATEST],
        "days": showing.DAYS,
        "spent": spent.get(name),
        "simulated": spending.of_agents(since, simulated=True).get(name),
    }
    return render(request, "personas/agent.html", context)


@require_safe
@permission_required("personas.view_exchange", raise_exception=True)
def exchanges(request: HttpRequest) -> HttpResponse:
    """List exchanges, the newest first, by agent, target, outcome or purpose."""
    found = Exchange.objects.select_related("line", "target")
    # No database can look for a NUL.
    given = {name: request.GET.get(name, "") for name in showing.FILTERS}
    chosen = {name: value.replace("\x00", "") for name, value in given.items()}
    for name, column in showing.FILTERS.items():
        if chosen[name]:
            found = found.filter(**{column: chosen[name]})
    context = {
        "nav": "agents",
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "chosen": chosen,
        "agents": showing.names(),
        "targets": Target.objects.all(),
        "outcomes": Outcome.choices,
    }
    return render(request, "personas/exchanges.html", context)


@require_safe
@permission_required("personas.view_exchange", raise_exception=True)
def exchange(request: HttpRequest, pk: int) -> HttpResponse:
    """Show all that was kept of one exchange."""
    found = get_object_or_404(Exchange.objects.select_related("line", "target"), pk=pk)
    context = {"nav": "agents", "exchange": found, "line": found.line}
    return render(request, "personas/exchange.html", context)


@require_safe
@permission_required("personas.view_line", raise_exception=True)
def spent(request: HttpRequest) -> HttpResponse:
    """Show what was spent in a month, on what, and how much of each budget is used."""
    now = timezone.now()
    simulated = request.GET.get("simulated") == "1"
    wrong, month = "", request.GET.get("month", "")
    try:
        report = spending.report(now, month=month, simulated=simulated)
    except BadMonth as error:
        wrong, report = str(error), spending.report(now, simulated=simulated)
    context = {
        "nav": "spending",
        "report": report,
        "wrong": wrong,
        "bars": [showing.bar(standing) for standing in report.budgets],
        "months": showing.months(now),
        "reason": showing.who_answers(),
    }
    template = "personas/spending.html"
    return render(request, template, context, status=422 if wrong else 200)


@require_safe
@permission_required("personas.view_line", raise_exception=True)
def spent_json(request: HttpRequest) -> JsonResponse:
    """Give a program of a signed-in person the rows of the page."""
    simulated = request.GET.get("simulated") == "1"
    try:
        report = spending.report(
            timezone.now(), month=request.GET.get("month", ""), simulated=simulated
        )
    except BadMonth as error:
        return JsonResponse({"error": str(error)}, status=422)
    return JsonResponse(report.plain())
