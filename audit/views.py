"""What does the audit browser show?"""

import uuid

from django.contrib.auth.decorators import permission_required
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_htmx.middleware import HtmxDetails

from audit import paging, proofs, sequencer, story
from audit.anchors import standing
from audit.browsing import saved, timeline
from audit.browsing.telling import line, steps
from audit.events import Event
from audit.forms import FilterForm
from audit.models import TOLD, Checkpoint, Entry
from audit.people import names


@require_safe
@permission_required("audit.view_entry", raise_exception=True)
def entries(request: HttpRequest) -> HttpResponse:
    """List entries, newest first, narrowed by the address."""
    form = FilterForm(request.GET)
    if _holds_empty_filters(request) and not _wants_fragment(request):
        return redirect(_address_of(form))
    asked = form.asked(timezone.now())
    page = paging.NONE
    if asked is not None:
        given = request.GET
        page = paging.around(asked, before=given.get("before", ""), after=given.get("after", ""))
    context = {
        "nav": "audit",
        "form": form,
        "page": page,
        "lines": [line(entry, asked.terms if asked else ()) for entry in page.entries],
        "saved": saved.visible_to(request.user),  # type: ignore[arg-type]
        "checkpoint": Checkpoint.objects.order_by("-size").first(),
        "verified": _last_verified(),
        "published": standing.standings(timezone.now()),
        "trouble": sequencer.trouble(),
    }
    answer = render(request, _template(request, "audit/log.html", "entries"), context)
    if _holds_empty_filters(request):
        answer.headers["HX-Push-Url"] = _address_of(form)
    return answer


@require_safe
@permission_required("audit.view_entry", raise_exception=True)
def entry(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Show one entry, the story it belongs to, and its proof."""
    found = get_object_or_404(Entry, uid=uid)
    below, above, whole = story.rested_on(found), story.resting_on(found), story.story(found)
    prefetch_related_objects([found, *below, *above, *whole], *TOLD)
    names.share([found, *below, *above, *whole])
    place = next(place for place, other in enumerate(whole) if other.uid == found.uid)
    context = {
        "nav": "audit",
        "line": line(found),
        "entry": found,
        "rested_on": timeline.beyond(below, whole),
        "erasable": found.texts or any(name.text for name in found.names.known.values()),
        "missing": story.missing(found),
        "resting_on": timeline.beyond(above, whole),
        "story": timeline.timeline(whole, found, {other.uid for other in above}),
        "length": len(whole),
        "steps": steps(whole, found),
        "place": place + 1,
        "below": found.pk + 1,
        "in_story": (whole[place - 1] if place else None, next(iter(whole[place + 1 :]), None)),
        "in_log": story.beside(found),
        "proof": proofs.proof_of(found),
    }
    return render(request, "audit/entry.html", context)


def _holds_empty_filters(request: HttpRequest) -> bool:
    """Tell an address that a form wrote, with all its empty fields, from one to keep."""
    return any(request.GET.get(name) == "" for name in FilterForm.base_fields)


def _address_of(form: FilterForm) -> str:
    query = form.query()
    return f"{reverse('audit:log')}{'?' if query else ''}{query}"


def _last_verified() -> Entry | None:
    return Entry.objects.filter(event=Event.LOG_VERIFIED).order_by("-id").first()


def _wants_fragment(request: HttpRequest) -> bool:
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted


def _template(request: HttpRequest, page: str, fragment: str) -> str:
    return f"{page}#{fragment}" if _wants_fragment(request) else page
