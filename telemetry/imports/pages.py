"""How does a person bring a history in, see how far it is, and read what came of it?"""

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe
from django_htmx.middleware import HtmxDetails

from audit.log import Actor
from targets.models import Target
from telemetry.collecting.states import in_bytes
from telemetry.doors.pages import MAY_CHANGE, MAY_SEE
from telemetry.imports import asking, uploads
from telemetry.imports.forms import UNDER_WAY, UploadForm, WishForm, again, too_large
from telemetry.imports.records import Import, State
from telemetry.models import EventType
from telemetry.storing.keeping import days_of

LISTED = 10
GONE = "Its files are gone: choose them once more."


@require_safe
@never_cache
@permission_required(MAY_SEE, raise_exception=True)
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the form, what runs or ran last, and the imports before."""
    return _page(request, get_object_or_404(Target, slug=slug))


@csrf_exempt  # the inner view checks it: where the bytes go must be said before they are read
@require_POST
@never_cache
@permission_required(MAY_CHANGE, raise_exception=True)
def begin(request: HttpRequest, slug: str) -> HttpResponse:
    """Take files into a folder of ours, and ask for their import."""
    target = get_object_or_404(Target, slug=slug)
    with uploads.landing(settings.SELFIMPROVE.telemetry.max_import_bytes) as landing:
        request.upload_handlers = [landing]
        try:
            return _begin(request, target, landing)
        except TooManyFilesSent:
            form = UploadForm({"format": "auto"})
            most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
            form.add_error("upload", f"More than {most} files: join them, or use import_events.")
            return _page(request, target, form=form, status=422)


@csrf_protect
def _begin(request: HttpRequest, target: Target, landing: uploads.Landing) -> HttpResponse:
    form = UploadForm(request.POST)
    form.judge(landing)
    if not form.is_valid():
        return _page(request, target, form=form, status=422)
    wish = form.wish(request.POST.get("act", ""))
    actor = Actor.person(request.user)  # type: ignore[arg-type]
    try:
        asking.ask(target, landing, wish, actor=actor, at=timezone.now())
    except asking.UnderWay:
        form.add_error(None, UNDER_WAY)
        return _page(request, target, form=form, status=409)
    return redirect("telemetry:import", target.slug)


@require_POST
@never_cache
@permission_required(MAY_CHANGE, raise_exception=True)
def rerun(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Ask for something else of files that are held."""
    row = _row(slug, pk)
    form = WishForm(request.POST)
    if not form.is_valid():
        return _page(request, row.target, wish=form, shown=row, status=422)
    actor = Actor.person(request.user)  # type: ignore[arg-type]
    wish = form.wish(request.POST.get("act", ""))
    try:
        asking.ask_again(row, wish, actor=actor, at=timezone.now())
    except asking.UnderWay:
        messages.error(request, UNDER_WAY)
    except asking.NotHeld:
        messages.error(request, GONE)
    return redirect("telemetry:import", slug)


@require_POST
@never_cache
@permission_required(MAY_CHANGE, raise_exception=True)
def give_up(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Want no more of an import, or of files that are held."""
    row = _row(slug, pk)
    actor = Actor.person(request.user)  # type: ignore[arg-type]
    asking.give_up(row, actor=actor, at=timezone.now())
    return redirect(row)


def _row(slug: str, pk: int) -> Import:
    return get_object_or_404(Import.objects.select_related("target"), pk=pk, target__slug=slug)


@dataclass(frozen=True, slots=True)
class Shown:
    """One import as the page shows it."""

    row: Import

    @property
    def size(self) -> str:
        """Say how large its files are."""
        return in_bytes(self.row.size)

    @property
    def done(self) -> str:
        """Say how much of them is read."""
        return in_bytes(self.row.taken)

    @property
    def doing(self) -> str:
        """Say what is done right now."""
        row = self.row
        if row.stopping_by:
            return f"{row.stopping_by} gave it up: it ends at the next step"
        if row.state == State.WAITING:
            return (
                "It goes on shortly" if row.begun_at else "It begins as soon as the worker is free"
            )
        return (
            "Storing the events"
            if row.storing
            else "Looking through the files: nothing is stored yet"
        )

    @property
    def kinds(self) -> list[tuple[str, int]]:
        """Return the events of each type, the most first."""
        words = dict(EventType.choices)
        counted = sorted(self.row.kinds.items(), key=lambda each: -each[1])
        return [(str(words.get(kind, kind)), count) for kind, count in counted]

    @property
    def shift(self) -> str:
        """Say by how much the events were moved."""
        days, rest = divmod(abs(self.row.shifted_seconds), 86_400)
        way = "back" if self.row.shifted_seconds < 0 else "forward"
        return f"{days} days and {rest // 3600} hours {way}"

    @property
    def tiles(self) -> list[tuple[str, int]]:
        """Return the figures that matter."""
        row = self.row
        refused = ("Refused", row.bad + row.too_old)
        if row.dry_run or row.state == State.REFUSED:
            would = [] if row.detail else [("Would come in", row.stored)]
            return [("Events in the files", row.events), *would, refused]
        came = [("Events came in", row.stored), ("Were there already", row.duplicates)]
        return [*came, ("New failure patterns", row.new_patterns), refused]

    @property
    def more_bad(self) -> int:
        """Count the bad lines that are not named."""
        return self.row.bad - len(self.row.problems)

    @property
    def patterns_url(self) -> str:
        """Return where the target's patterns are."""
        return f"{reverse('telemetry:patterns')}?{urlencode({'target': self.row.target.slug})}"

    @property
    def events_url(self) -> str:
        """Return where the events of its span are."""
        asked = {"target": self.row.target.slug}
        if self.row.oldest and self.row.newest:
            since, until = self.row.oldest.astimezone(UTC), self.row.newest.astimezone(UTC)
            end = until.replace(microsecond=0) + timedelta(seconds=1)
            asked |= {
                "span": "own",
                "since": f"{since:%Y-%m-%dT%H:%M:%S}",
                "until": f"{end:%Y-%m-%dT%H:%M:%S}",
            }
        return f"{reverse('telemetry:events')}?{urlencode(asked)}"


def _shown(request: HttpRequest, rows: list[Import]) -> Import | None:
    """Return the import that the address names, else the one at work, else the last."""
    asked = request.GET.get("shown", "")
    named = [row for row in rows if str(row.pk) == asked]
    at_work = [row for row in rows if row.is_open]
    rest = [] if request.GET.get("new") else rows
    return next(iter([*named, *at_work, *rest]), None)


def _page(
    request: HttpRequest,
    target: Target,
    *,
    form: UploadForm | None = None,
    wish: WishForm | None = None,
    shown: Import | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = list(Import.objects.filter(target=target).select_related("target")[:LISTED])
    busy = any(each.is_open for each in rows)
    row = shown or (None if form and not busy else _shown(request, rows))
    most = settings.SELFIMPROVE.telemetry.max_import_bytes
    context: dict[str, Any] = {
        "nav": "telemetry",
        "target": target,
        "form": form or UploadForm(),
        "wish": wish or (again(row) if row else None),
        "shown": Shown(row) if row else None,
        "past": [Shown(each) for each in rows],
        "moving": bool(row and row.is_open),
        "held": bool(row and row.is_held),
        "busy": busy,
        "may_change": request.user.has_perm(MAY_CHANGE),
        "most_bytes": most,
        "most": in_bytes(most),
        "too_large": too_large(),
        "days": days_of(target),
    }
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    part = "#live" if htmx and not htmx.boosted and request.method == "GET" else ""
    return render(request, f"telemetry/imports/page.html{part}", context, status=status)


def where_to_import() -> str:
    """Return where a history is brought in: the only target's page, else where one is chosen."""
    slugs = list(Target.objects.values_list("slug", flat=True)[:2])
    return (
        reverse("telemetry:import", args=slugs)
        if len(slugs) == 1
        else reverse("telemetry:targets")
    )
