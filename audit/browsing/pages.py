"""What does the browser of the log do besides showing: keep a question, take an answer away?"""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from audit.browsing import exporting, saved
from audit.browsing.saved import Given, NotSaved
from audit.forms import FilterForm, SaveForm
from audit.log import Actor
from audit.models import SavedFilter
from audit.people import names


@require_POST
@permission_required(["audit.view_entry", "audit.export_log"], raise_exception=True)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Send everything that fits the address, and leave an entry that says so."""
    form, now = FilterForm(request.GET), timezone.now()
    asked = form.asked(now)
    if asked is None or kind not in exporting.FORMATS:
        raise Http404("The filters of this address cannot be understood.")
    content_type, written = exporting.FORMATS[kind]
    actor = Actor.person(_user(request))
    begun = exporting.begin(asked, form.query(), kind, actor=actor, at=now)
    answer = StreamingHttpResponse(written(begun), content_type=content_type)
    name = f"audit-log-{now:%Y%m%d-%H%M%S}.{kind}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("audit.view_entry", raise_exception=True)
def filters(request: HttpRequest) -> HttpResponse:
    """List saved filters, or save the one that was asked."""
    if request.method == "POST":
        query, form = request.POST.get("query", ""), SaveForm(request.POST)
        if not form.is_valid():
            messages.error(request, "Give the filter a name of at most 60 letters.")
            return redirect(f"{reverse('audit:log')}?{query}")
        try:
            kept = saved.save(_user(request), query, _given(form))
        except NotSaved as why:
            messages.error(request, str(why))
            return redirect(f"{reverse('audit:log')}?{query}")
        messages.success(request, f"Saved as “{kept.name}”.")
        return redirect(kept.get_absolute_url())
    user = _user(request)
    visible = list(saved.visible_to(user))
    known = names.of(one.query for one in visible)
    context = {
        "nav": "audit",
        "filters": [(one, known.say(one.query), saved.may_change(user, one)) for one in visible],
    }
    return render(request, "audit/filters.html", context)


@require_POST
@permission_required("audit.view_entry", raise_exception=True)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename, share or delete a saved filter."""
    user = _user(request)
    kept = get_object_or_404(saved.visible_to(user), pk=pk)
    if not saved.may_change(user, kept):
        raise PermissionDenied("It belongs to somebody else.")
    if request.POST.get("act") == "delete":
        kept.delete()
        messages.success(request, f"“{kept.name}” is deleted.")
        return redirect("audit:filters")
    _rename(request, kept)
    return redirect("audit:filters")


def _rename(request: HttpRequest, kept: SavedFilter) -> None:
    form = SaveForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Give the filter a name of at most 60 letters.")
        return
    try:
        saved.change(kept, _given(form))
    except NotSaved as why:
        messages.error(request, str(why))


def _given(form: SaveForm) -> Given:
    return Given(form.cleaned_data["name"], form.cleaned_data["shared"])


def _user(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    return user
