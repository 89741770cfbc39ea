"""What is there to know about one pattern, and what can be done with it?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.db.models import Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit.models import TOLD, Entry
from audit.people import names
from audit.sentences import sentence, tone
from telemetry import charts, evidence, series
from telemetry.models import MinuteCount, Pattern, PatternMove, ToolHour
from telemetry.pages.listing import TONES, template
from telemetry.patterns import (
    counts,
    diagnosing,
    exposures,
    judging,
    moves,
    outside,
    suggesting,
    weight,
)
from telemetry.patterns.counts import DAY
from telemetry.patterns.vocabulary import Diagnosis
from telemetry.timeplot import Mark

SLOTS = 96  # buckets of a chart: a quarter of an hour each for a day
SPANS = {"day": ("24 hours", DAY), "week": ("7 days", 7 * DAY)}
MOST_LINES = 60
MOST_PEOPLE = 200
MOST_ALIASES = 100


@dataclass(frozen=True)
class Line:
    """Hold one entry of a pattern's past, with the move that can be undone."""

    entry: Entry
    sentence: str
    tone: str
    move: PatternMove | None


@require_safe
@permission_required("telemetry.view_pattern", raise_exception=True)
def pattern(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one pattern: what happens, how often, to whom, since when, and what was done."""
    found = get_object_or_404(Pattern.objects.select_related("target", "assignee"), pk=pk)
    if template(request, "", "live") == "#live":  # htmx asks for the moving part alone
        return render(request, "telemetry/pattern.html#live", _live(request, found))
    return page(request, found)


def page(
    request: HttpRequest, found: Pattern, refusal: str = "", status: int = 200
) -> HttpResponse:
    """Draw the whole page, with what was refused if something was."""
    aliases = found.aliases.order_by("-count", "pk")[:MOST_ALIASES]
    context = {
        **_live(request, found),
        "aliases": list(aliases),
        "similar": suggesting.similar_to(found),
        "remedies": outside.remedies([found.pk]).get(found.pk, ()),
        "history": _history(found),
        "told_by": diagnosing.told_by(found),
        "diagnoses": Diagnosis.choices,
        "people": people(),
        "may_sort": request.user.has_perm(moves.PERMISSION),
        "refusal": refusal,
        "given": request.POST,
    }
    return render(request, "telemetry/pattern.html", context, status=status)


def _live(request: HttpRequest, found: Pattern) -> dict[str, Any]:
    now = timezone.now()
    key = request.GET.get("span", "day")
    words, length = SPANS.get(key, SPANS["day"])
    points = _points(found, now, length)
    day = evidence.of(found, now - DAY, now + timedelta(minutes=5))
    week = counts.weeks([found], now)[found.pk]
    systemic = weight.systemic(
        count=day.count,
        sessions=day.sessions,
        agents=len(day.agents),
        failing=judging.failing_share(found, now),
        burst=week.weighed.burst,
    )
    return {
        "nav": "telemetry",
        "part": "patterns",
        "pattern": found,
        "tone": TONES.get(found.severity, "quiet"),
        "proof": exposures.progress(found, now),
        "day": day,
        "weighed": week.weighed,
        "systemic": systemic,
        "affected": counts.affected(found, now - DAY),
        "spans": [(name, label, name == key) for name, (label, _) in SPANS.items()],
        "span": words,
        "chart": _chart(found, points, now - length, now, words),
        "columns": ("From", "Calls", "Failures"),
        "rows": [
            (f"{point.at:%Y-%m-%d %H:%M} UTC", point.calls, point.failures)
            for point in points
            if point.calls
        ],
        "moving": found.last_seen > now - timedelta(minutes=10),
    }


def _chart(
    found: Pattern, points: Sequence[series.Point], start: datetime, end: datetime, words: str
) -> str:
    marks = [
        Mark(one.at, one.label, "revert" if one.taken_back else "")
        for one in outside.deployments(found.target_id, start, end)
    ]
    return charts.time_series(
        points,
        title=f"Failure rate of {found.component or 'this pattern'}",
        description=f"Share of failing calls of the component in the last {words}.",
        marks=marks,
    )


def _points(found: Pattern, now: datetime, length: timedelta) -> Sequence[series.Point]:
    """Return the component's span, or less when it is known for less; a long one by hours."""
    if length > 2 * DAY:
        return _by_hours(found, now, length)
    counted = MinuteCount.objects.filter(
        target=found.target, component=found.component, at__gte=now - length
    )
    first = counted.aggregate(at=Min("at"))["at"]
    if first is None:
        return ()
    stored = series.stored_seconds()
    size = stored * max(1, math.ceil((now - first).total_seconds() / SLOTS / stored))
    return series.failures(
        found.target, first, now, component=found.component, bucket_seconds=size
    )


def _by_hours(found: Pattern, now: datetime, length: timedelta) -> Sequence[series.Point]:
    counted = ToolHour.objects.filter(
        target=found.target, component=found.component, hour__gte=now - length
    )
    first = counted.aggregate(at=Min("hour"))["at"]
    if first is None:
        return ()
    hours = max(1, math.ceil((now - first) / timedelta(hours=SLOTS)))
    return series.by_hours(found.target, first, now, hours, component=found.component)


def _history(found: Pattern) -> list[Line]:
    """Return the pattern's entries of the log, the latest first, with what can be undone."""
    undoable = {move.entry_uid: move for move in found.moves.filter(undone_at=None)}
    entries = Entry.objects.filter(subject=f"pattern:{found.pk}").prefetch_related(*TOLD)
    shown = list(entries.order_by("-pk")[:MOST_LINES])
    names.share(shown)
    return [Line(entry, sentence(entry), tone(entry), undoable.get(entry.uid)) for entry in shown]


def people() -> list[User]:
    """Return who may be given a pattern."""
    people = User.objects.filter(is_active=True).order_by("username")[:MOST_PEOPLE]
    return [person for person in people if person.has_perm("telemetry.view_pattern")]
