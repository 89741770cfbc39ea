"""Which sessions were there, and what happened in one of them?"""

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from targets.models import Target
from telemetry import sessions
from telemetry.forms import SessionFilter
from telemetry.models import PatternAlias, SessionAgent, SessionTotal
from telemetry.pages.keys import is_id, read_moment
from telemetry.pages.stream import row

PAGE = 50
MOST_AGENTS = 50


@require_safe
@permission_required("telemetry.view_pattern", raise_exception=True)
def listing(request: HttpRequest) -> HttpResponse:
    """List the sessions that went on in a span, the one that went on last first."""
    form = SessionFilter(request.GET)
    before = _key(request.GET.get("before", ""))
    found = sessions.latest(
        form.narrowed(SessionTotal.objects.all()), before=before, most=PAGE + 1
    )
    slugs = dict(Target.objects.values_list("pk", "slug"))
    context = {
        "nav": "telemetry",
        "part": "sessions",
        "form": form,
        "rows": [
            (slugs[one.target_id], one, sessions.span(one.last_seen - one.first_seen))
            for one in found[:PAGE]
        ],
        "older": _keyed(found[PAGE - 1]) if len(found) > PAGE else "",
    }
    return render(request, "telemetry/sessions.html", context)


@require_safe
@permission_required("telemetry.view_pattern", raise_exception=True)
def session(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what happened in one session, in order."""
    session_id = request.GET.get("id", "")
    target = get_object_or_404(Target, slug=slug)
    steps = sessions.timeline(target, session_id)
    if not steps:
        raise Http404("No event of this session is kept.")
    patterns = dict(
        PatternAlias.objects.filter(
            target=target, fingerprint__in={step.event.fingerprint for step in steps} - {""}
        ).values_list("fingerprint", "pattern_id")
    )
    total = SessionTotal.objects.filter(target=target, session_id=session_id).first()
    first, last = steps[0].event.timestamp, steps[-1].event.timestamp
    if total is not None:  # none where held events alone are left
        first, last = total.first_seen, total.last_seen
    failed = sum(bool(step.event.fingerprint) for step in steps)
    agents = SessionAgent.objects.filter(target=target, session_id=session_id)
    context = {
        "nav": "telemetry",
        "part": "sessions",
        "target": target,
        "session_id": session_id,
        "steps": [
            {**row(step.event), "step": step, "pattern": patterns.get(step.event.fingerprint)}
            for step in steps
        ],
        "events": total.events if total else len(steps),
        "failures": total.failures if total else failed,
        "agents": list(agents.order_by("agent").values_list("agent", flat=True)[:MOST_AGENTS]),
        "lasted": sessions.span(last - first),
        "cut": len(steps) == sessions.MOST_EVENTS,
    }
    return render(request, "telemetry/session.html", context)


def _keyed(one: SessionTotal) -> str:
    return f"{one.last_seen.isoformat()}~{one.target_id}~{one.session_id}"


def _key(text: str) -> sessions.Key | None:
    """Read a key of the list; what is none is as good as none."""
    moment, _, rest = text.partition("~")
    target_id, _, session_id = rest.partition("~")
    at = read_moment(moment)
    return (at, int(target_id), session_id) if at and is_id(target_id) else None
