"""Which events came in, and which are coming in now?"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.db.models import F, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from targets.models import Target
from telemetry import sessions
from telemetry.events.rows import event_of
from telemetry.events.schemas import to_line
from telemetry.forms import EventFilter
from telemetry.imports.pages import where_to_import
from telemetry.models import Event
from telemetry.pages import keys
from telemetry.pages.keys import is_id
from telemetry.rollups import finding
from telemetry.rollups.finding import Found, Key
from telemetry.storing import keeping

PAGE = 50
MOST_NEW = 200  # rows that one look of the live tail adds; more than that is said, not shown
LATELY = 20_000  # twice the largest batch
ANY = 0  # in a cursor: whatever target it does not name
NO_CONTENT = 204


@require_safe
@permission_required("telemetry.view_pattern", raise_exception=True)
def events(request: HttpRequest) -> HttpResponse:
    """List events, the latest first, narrowed by the address."""
    now = timezone.now()
    form = EventFilter(request.GET)
    ended = form.has_ended(now)
    before = keys.read(request.GET.get("before", ""))
    live = request.GET.get("live") == "1" and before is None and not ended
    # The cursor first: what comes in between is shown twice rather than never.
    tail = _cursor(_newest()) if live else ""
    found = _found(form, before, now)
    shown = found.events[:PAGE]
    last = (shown[-1].timestamp, shown[-1].pk) if len(found.events) > PAGE else None
    context = {
        "nav": "telemetry",
        "part": "events",
        "form": form,
        "events": [row(event) for event in shown],
        "older": keys.of_event(last) if last else "",
        "further": found.further,
        "further_key": keys.before(found.further) if found.further else "",
        "paged": before is not None,
        "pattern": form.cleaned_data.get("pattern"),
        "bring_in": where_to_import,  # asked for where the page is empty alone
        "live": live,
        "ended": ended,
        "tail": tail,
    }
    return render(request, "telemetry/events.html", context)


def _found(form: EventFilter, before: Key | None, now: datetime) -> Found:
    """Look for a page of events and one more: by its session, or hour by hour."""
    events = form.narrowed(Event.objects.select_related("target"))
    if not form.is_valid():
        return Found([])
    session = form.cleaned_data.get("session")
    if session and sessions.events_of(session) <= finding.MOST_READ:
        return Found(list(finding.ordered(finding.behind(events, before))[: PAGE + 1]))
    since, until = form.bounds(now)
    kept_since = min((keeping.cutoff(each, now) for each in Target.objects.all()), default=now)
    return finding.latest(
        events,
        form.counted(),
        before=before,
        since=since,
        until=until,
        kept_since=kept_since - timedelta(days=1),  # expiry comes once a night
        most=PAGE + 1,
    )


@require_safe
@permission_required("telemetry.view_pattern", raise_exception=True)
def tail(request: HttpRequest) -> HttpResponse:
    """Return the events behind the cursor as rows, with the next cursor; nothing when none came.

    The cursor holds a place per target: within a target ids are in the order of commits, between
    targets they are not.
    """
    form = EventFilter(request.GET)
    narrowed = form.narrowed(Event.objects.select_related("target"))
    reached, newest = _read(request.GET.get("after", "")), _newest()
    lowest = reached.get(ANY, 0)
    behind = Q()
    for target, last in newest.items():
        if target != ANY and last > reached.get(target, lowest):
            behind |= Q(target_id=target, pk__gt=reached.get(target, lowest), pk__lte=last)
    ended = form.has_ended(timezone.now())
    if not behind and not ended:
        return HttpResponse(status=NO_CONTENT)
    since = min((reached.get(target, lowest) for target in newest if target != ANY), default=0)
    found = narrowed.filter(behind, pk__gt=since) if behind else narrowed.none()
    rows = list(found.order_by("-pk")[: MOST_NEW + 1])
    context = {
        "events": [row(event) for event in rows[:MOST_NEW]],
        "more": len(rows) > MOST_NEW,
        "tail": _cursor(newest),
        "ended": ended,
        "fresh": True,
    }
    return render(request, "telemetry/_tail.html", context)


@require_safe
@permission_required("telemetry.view_pattern", raise_exception=True)
def event(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one event as it is kept."""
    found = get_object_or_404(Event.objects.select_related("target"), pk=pk)
    context = {"nav": "telemetry", "part": "events", **row(found)}
    return render(request, "telemetry/event.html", context)


def row(event: Event) -> dict[str, Any]:
    """Put an event beside its sanitised JSON."""
    told = json.loads(to_line(event_of(event)))
    return {"event": event, "json": json.dumps(told, indent=2, ensure_ascii=False)}


def _newest() -> Mapping[int, int]:
    """Return the last event of each target that had one lately, and from where all had none.

    Lately is so many ids ago: more than those that are being stored at any time.
    """
    top = Event.objects.aggregate(top=Max("pk"))["top"] or 0
    lowest = max(0, top - LATELY)
    # Grouped by a sum, lest SQLite walk all of an index that begins with the target.
    rows = Event.objects.filter(pk__gt=lowest).order_by().annotate(owner=F("target_id") + 0)
    return {ANY: lowest, **dict(rows.values_list("owner").annotate(last=Max("pk")))}


def _cursor(places: Mapping[int, int]) -> str:
    return "-".join(f"{target}.{last}" for target, last in sorted(places.items()))


def _read(cursor: str) -> dict[int, int]:
    """Read a cursor; what is none is as good as none."""
    places: dict[int, int] = {}
    for part in cursor.split("-")[:500]:
        target, _, last = part.partition(".")
        if is_id(target) and is_id(last):
            places[int(target)] = int(last)
    return places
