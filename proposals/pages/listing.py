"""Which proposals does the list show, and how is it narrowed?"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from proposals import decision
from proposals.models import OPEN, Engine, Kind, Proposal, Risk, Status
from proposals.revising import asked
from targets.models import Target
from telemetry.models import Severity

PER_PAGE = 50
ALL = "all"


@dataclass(frozen=True)
class Tab:
    """One view of the list: a name, its statuses, and what an empty one promises."""

    key: str
    label: str
    statuses: tuple[Status, ...]
    empty: str
    asked: bool = False  # whether changes are requested, where people decide


TABS = (
    Tab(
        "review",
        "Awaiting review",
        (Status.PENDING,),
        "When telemetry shows a failure that keeps coming back, a proposal appears here.",
    ),
    Tab(
        "changes",
        "Changes requested",
        (Status.PENDING, Status.APPROVED, Status.PR_OPEN),
        "What a reviewer wants changed waits here for its revision.",
        asked=True,
    ),
    Tab(
        "delivery",
        "In delivery",
        (Status.APPROVED, Status.PR_OPEN),
        "What you approve shows here while it is proven, merged, deployed and watched.",
    ),
    Tab(
        "implemented",
        "Implemented",
        (Status.IMPLEMENTED,),
        "A change arrives here once its measured effect in production holds.",
    ),
    Tab(
        "reverted",
        "Reverted",
        (Status.REVERTED,),
        "A change that makes things worse is taken back by itself and listed here, with why.",
    ),
    Tab("rejected", "Rejected", (Status.REJECTED,), "What a person turned down stays listed."),
    Tab(
        "ended",
        "Failed or superseded",
        (Status.FAILED, Status.SUPERSEDED),
        "What could not be delivered, or was overtaken, stays listed.",
    ),
    Tab(ALL, "All", tuple(Status), "The first evaluation of telemetry writes the first one."),
)
ORDERS: Mapping[str, tuple[str, ...]] = {
    "newest": ("-created_at", "pk"),
    "oldest": ("created_at", "pk"),
    "changed": ("-updated_at", "pk"),
}

ENGINES = {
    Engine.EMBEDDED.value: "Rule engine",
    Engine.ANTHROPIC.value: "Language model",
    Engine.BEDROCK.value: "Language model at Bedrock",
    Engine.SCRIPTED.value: "Simulated",
    Engine.PERSON.value: "A person",
    Engine.PROGRAM.value: "A program",
}


class FilterForm(forms.Form):
    """Narrow the list by what stands in the address."""

    q = forms.CharField(
        label="Search",
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "class": "si-input",
                "placeholder": "Title, file, author, parameter or id",
                "data-search": "",
            }
        ),
    )
    target = forms.ModelChoiceField(
        queryset=Target.objects.all(), required=False, to_field_name="slug", empty_label="All"
    )
    severity = forms.ChoiceField(required=False, choices=[("", "Any"), *Severity.choices])
    risk = forms.ChoiceField(required=False, choices=[("", "Any"), *Risk.choices])
    kind = forms.ChoiceField(required=False, choices=[("", "Any"), *Kind.choices])
    engine = forms.ChoiceField(
        label="Written by", required=False, choices=[("", "Any"), *ENGINES.items()]
    )
    order = forms.ChoiceField(
        required=False,
        choices=[("newest", "Newest"), ("oldest", "Oldest"), ("changed", "Last changed")],
    )

    @property
    def is_used(self) -> bool:
        """Tell whether anything but the order is narrowed."""
        return any(self.data.get(name) for name in self.fields if name != "order")

    def narrowed(self, rows: QuerySet[Proposal]) -> QuerySet[Proposal]:
        """Return the rows that the valid fields ask for."""
        self.is_valid()
        for name in ("target", "severity", "risk", "kind", "engine"):
            if wanted := self.cleaned_data.get(name):
                rows = rows.filter(**{name: wanted})
        if words := self.cleaned_data.get("q", "").strip():
            rows = rows.filter(matching(words))
        return rows

    def ordering(self) -> tuple[str, ...]:
        """Return the order that is asked for."""
        return ORDERS.get(self.cleaned_data.get("order") or "newest", ORDERS["newest"])


@require_safe
@permission_required("proposals.view_proposal", raise_exception=True)
def listing(request: HttpRequest) -> HttpResponse:
    """List proposals by state, narrowed and paged by the address."""
    form = FilterForm(request.GET)
    found = form.narrowed(Proposal.objects.all())
    tab = _tab(request.GET.get("state", ""))
    rows = found.filter(_within(tab)).order_by(*form.ordering())
    rows = rows.select_related("target", "report", "rehearsal").defer("document", "diff")
    rows = asked.listed(rows.prefetch_related("notices"))
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "nav": "proposals",
        "form": form,
        "page": page,
        "tab": tab,
        "tabs": _counted(found, tab),
        "selectable": Status.PENDING in tab.statuses
        and not tab.asked
        and request.user.has_perm(decision.PERMISSION),
        "moving": any(_moves(proposal) for proposal in page),
    }
    fragment = request.headers.get("HX-Request") and not request.headers.get("HX-Boosted")
    template = "proposals/list.html#rows" if fragment else "proposals/list.html"
    return render(request, template, context)


def _tab(key: str) -> Tab:
    return next((tab for tab in TABS if tab.key == key), TABS[0])


def _within(tab: Tab) -> Q:
    """Return what a tab holds: what is to be revised has one of its own while it is pending."""
    within = Q(status__in=tab.statuses)
    if tab.asked:
        return within & Q(asked.is_asked())
    return within & ~Q(asked.is_asked()) if tab.statuses == (Status.PENDING,) else within


def _counted(found: QuerySet[Proposal], current: Tab) -> list[dict[str, Any]]:
    counts = {
        row["status"]: row["n"]
        for row in found.order_by().values("status").annotate(n=Count("pk"))
    }
    wanted = dict(
        found.filter(asked.is_asked(), status__in=OPEN)
        .order_by()
        .values_list("status")
        .annotate(n=Count("pk"))
    )
    return [
        {
            "key": tab.key,
            "label": tab.label,
            "count": _of(tab, counts, wanted),
            "current": tab is current,
        }
        for tab in TABS
    ]


def _of(tab: Tab, counts: Mapping[str, int], wanted: Mapping[str, int]) -> int:
    if tab.asked:
        return sum(wanted.values())
    less = wanted.get(Status.PENDING, 0) if tab.statuses == (Status.PENDING,) else 0
    return sum(counts.get(status, 0) for status in tab.statuses) - less


def _moves(proposal: Proposal) -> bool:
    """Tell whether this row will change by itself within seconds."""
    unchecked = proposal.status == Status.PENDING and proposal.report_id is None
    return unchecked or proposal.status in (Status.APPROVED, Status.PR_OPEN)


def matching(words: str) -> Q:
    """Return the rows whose title, author, parameter, files or id hold these words."""
    found = Q(title__icontains=words) | Q(author__icontains=words)
    found |= Q(parameter__icontains=words) | Q(affected_files__icontains=words)
    try:
        found |= Q(pk=uuid.UUID(words))
    except ValueError:
        if len(words) >= 6:
            found |= Q(path__icontains=words)
    return found
