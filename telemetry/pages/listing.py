"""Which failures look alike, which of them need somebody, and how is the list narrowed?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_htmx.middleware import HtmxDetails

from telemetry import charts
from telemetry.forms import PatternFilter
from telemetry.imports.pages import where_to_import
from telemetry.models import Pattern, Severity, Source
from telemetry.pages import keys
from telemetry.patterns import counts, moves, outside
from telemetry.patterns.vocabulary import State

PAGE = 50
TONES = {"low": "quiet", "medium": "accent", "high": "warn", "critical": "bad"}
GRAVE = [Severity.HIGH, Severity.CRITICAL]
BACK_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Tab:
    """One saved view: a name, what it holds, and what an empty one promises."""

    key: str
    label: str
    empty: str
    title: str = "Nothing here now"


TABS = (
    Tab("all", "All", "The first failure appears here within seconds.", "No failure seen yet"),
    Tab(
        "attention",
        "Needs attention",
        "A pattern comes here when it escalates, comes back after its remedy or its mute, or is "
        "new and grave.",
    ),
    Tab("new", "New", "What has first failed in the last 24 hours is listed here."),
    Tab(
        "recurred",
        "Recurred",
        "What fails again although its remedy was declared effective is listed here.",
    ),
    Tab(
        "muted",
        "Muted or known",
        "What somebody mutes or marks as known waits here, and comes back when its end comes.",
    ),
)


@require_safe
@permission_required("telemetry.view_pattern", raise_exception=True)
def patterns(request: HttpRequest) -> HttpResponse:
    """List patterns, latest first, narrowed by the address."""
    now = timezone.now()
    form = PatternFilter(request.GET)
    tab = next((tab for tab in TABS if tab.key == request.GET.get("tab")), TABS[0])
    narrowed = form.narrowed(Pattern.objects.filter(merged_into=None))
    found = narrowed.filter(_held_by(tab, now), keys.behind(request.GET.get("before", "")))
    rows = list(
        found.select_related("target", "assignee").order_by("-last_seen", "-pk")[: PAGE + 1]
    )
    context = {
        "nav": "telemetry",
        "part": "patterns",
        "form": form,
        "tab": tab,
        "tabs": [(one, count) for one, count in zip(TABS, _counted(narrowed, now), strict=True)],
        "lines": lines(rows[:PAGE], now),
        "older": keys.of_pattern(rows[PAGE - 1]) if len(rows) > PAGE else "",
        "paged": bool(request.GET.get("before")),
        "may_sort": request.user.has_perm(moves.PERMISSION),
        "moving": Source.objects.filter(last_read_at__gt=now - timedelta(minutes=2)).exists(),
        "bring_in": where_to_import,  # asked for where the page is empty alone
        "sources": Source.objects.exists(),
    }
    return render(request, template(request, "telemetry/patterns.html", "list"), context)


def lines(found: Sequence[Pattern], now: datetime) -> list[dict[str, Any]]:
    """Put each pattern with its day and its remedies as a line, in a few queries for all."""
    weeks = counts.weeks(found, now)
    answered = outside.remedies([each.pk for each in found])
    return [
        {
            "pattern": each,
            "tone": TONES.get(each.severity, "quiet"),
            # What came since the last grouping is in the day already.
            "in_all": max(each.count, weeks[each.pk].today),
            "weighed": weeks[each.pk].weighed,
            "spark": charts.sparkline(
                weeks[each.pk].hours, f"{weeks[each.pk].today} in 24 hours, hour by hour"
            ),
            "remedies": answered.get(each.pk, ()),
        }
        for each in found
    ]


def template(request: HttpRequest, page: str, fragment: str) -> str:
    """Return the page, or the part of it that htmx asks for."""
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    return f"{page}#{fragment}" if htmx and not htmx.boosted else page


def _held_by(tab: Tab, now: datetime) -> Q:
    grave = Q(state=State.NEW, severity__in=GRAVE)
    back = Q(decision="", returned_at__gte=now - BACK_FOR) & ~Q(state=State.QUIET)
    held = {
        "attention": Q(state__in=[State.RECURRED, State.ESCALATING]) | grave | back,
        "new": Q(state=State.NEW),
        "recurred": Q(state=State.RECURRED),
        "muted": Q(state__in=[State.MUTED, State.KNOWN]),
    }
    return held.get(tab.key, Q())


def _counted(found: QuerySet[Pattern], now: datetime) -> list[int]:
    """Count each tab's rows, in one query."""
    names = [f"n_{tab.key}" for tab in TABS]
    sums = {
        name: Count("pk", filter=_held_by(tab, now)) if tab.key != "all" else Count("pk")
        for name, tab in zip(names, TABS, strict=True)
    }
    counted = found.order_by().aggregate(**sums)
    return [counted[name] or 0 for name in names]
