"""Where do people have the words of an entry erased, and how are they asked twice?"""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audit import sentences
from audit.forms import EraseForm
from audit.log import Actor
from audit.models import Entry
from audit.people import names
from audit.people.checking import NAMING
from audit.texts import erasing


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(["audit.view_entry", "audit.erase_payload"], raise_exception=True)
def erase(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Show what would go and ask for a reason and a word; then erase it."""
    entry = get_object_or_404(Entry, uid=uid)
    form = EraseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _erase(request, entry, form.cleaned_data)
        except erasing.NotErased as why:
            messages.error(request, str(why))
        else:
            messages.success(request, "It is erased.")
        return redirect(entry)
    mentioned = _person(entry)
    context = {
        "nav": "audit",
        "entry": entry,
        "sentence": sentences.sentence(entry),
        "texts": {name: text.strip() for name, text in entry.texts.items()},
        "person": entry.names.known.get(mentioned),
        "only_person": entry.event in NAMING,
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "audit/erase.html", context, status=status)


def _erase(request: HttpRequest, entry: Entry, given: dict[str, str]) -> None:
    actor = Actor.person(request.user)  # type: ignore[arg-type]
    reason, now = given["reason"], timezone.now()
    if given["what"] == EraseForm.PERSON:
        erasing.erase_person(_person(entry), actor=actor, reason=reason, at=now)
    else:
        erasing.erase(entry.uid, actor=actor, reason=reason, at=now)


def _person(entry: Entry) -> str:
    """Return the pseudonym of whom an entry is about, or who acted; empty where it is nobody."""
    about = names.PSEUDONYM.findall(str(entry.subject))
    acted = [str(entry.actor)] if entry.actor_type == "person" else []
    return next(iter([*about, *acted]), "")
