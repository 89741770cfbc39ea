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
from audit.texts import erasing


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(["audit.view_entry", "audit.erase_payload"], raise_exception=True)
def erase(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Show what would go and ask for a reason and a word; then erase it."""
    entry = get_object_or_404(Entry, uid=uid)
    form = EraseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        actor = Actor.person(request.user)  # type: ignore[arg-type]
        try:
            erasing.erase(uid, actor=actor, reason=form.cleaned_data["reason"], at=timezone.now())
        except erasing.NotErased as why:
            messages.error(request, str(why))
        else:
            messages.success(request, "The words of this entry are erased.")
        return redirect(entry)
    context = {
        "nav": "audit",
        "entry": entry,
        "sentence": sentences.sentence(entry),
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "audit/erase.html", context, status=status)
