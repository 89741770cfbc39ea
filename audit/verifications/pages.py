"""What does the page say on which the log is verified?"""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.middleware import HtmxDetails

from audit import sequencer
from audit.anchors import standing
from audit.events import Event
from audit.log import Actor
from audit.models import Checkpoint, Entry
from audit.offline.writing import MOST_TO_SEND
from audit.verifications import asking
from audit.verifications.asking import UnderWay
from audit.verifications.records import Verification


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("audit.verify_log", raise_exception=True)
def verify(request: HttpRequest) -> HttpResponse:
    """Ask for a verification, show how far it is, and what came out the last time."""
    busy = False
    if request.method == "POST":
        since = asking.verified_size() if request.POST.get("scope") == "new" else 0
        try:
            asking.ask(since=since, actor=_actor(request), at=timezone.now())
        except UnderWay:
            busy = True
        if not _wants_fragment(request):
            return redirect("audit:verify")
    return _shown(request, busy=busy)


@require_POST
@permission_required("audit.verify_log", raise_exception=True)
def stop(request: HttpRequest, number: int) -> HttpResponse:
    """Want no more of a verification."""
    row = get_object_or_404(Verification, pk=number)
    asking.give_up(row, actor=_actor(request), at=timezone.now())
    return _shown(request) if _wants_fragment(request) else redirect("audit:verify")


def _shown(request: HttpRequest, *, busy: bool = False) -> HttpResponse:
    total = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    verified_size = min(asking.verified_size(), total)
    context = {
        "nav": "audit",
        "verified": Entry.objects.filter(event=Event.LOG_VERIFIED).order_by("-id").first(),
        "total": total,
        "verified_size": verified_size,
        "new": total - verified_size,
        "row": asking.newest(),
        "busy": busy,
        "most_to_send": MOST_TO_SEND,
        "trouble": sequencer.trouble(),
        "published": standing.standings(timezone.now()),
    }
    part = "#verdict" if _wants_fragment(request) else ""
    return render(request, f"audit/verify.html{part}", context)


def _actor(request: HttpRequest) -> Actor:
    return Actor.person(request.user)  # type: ignore[arg-type]


def _wants_fragment(request: HttpRequest) -> bool:
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted
