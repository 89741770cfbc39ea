"""What can be taken along from a page, to be verified elsewhere?"""

import uuid

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from audit.keys.folder import KeyTrouble
from audit.log import Actor
from audit.models import Entry
from audit.offline import proving, writing
from audit.offline.copies import NotCopied
from audit.offline.proving import NotProven
from audit.offline.writing import NotSent

PLAIN = "text/plain; charset=utf-8"


@require_POST  # it leaves an entry
@permission_required("audit.export_log", raise_exception=True)
def copy(request: HttpRequest) -> HttpResponseBase:
    """Send a copy of the log as one tar, piece by piece."""
    try:
        sent = writing.send(actor=Actor.person(request.user), at=timezone.now())  # type: ignore[arg-type]
    except (NotCopied, NotSent, KeyTrouble) as error:
        return HttpResponse(f"Nothing is sent: {error}.\n", status=409, content_type=PLAIN)
    answer = StreamingHttpResponse(sent, content_type="application/x-tar")
    answer["Content-Disposition"] = f'attachment; filename="{sent.name}.tar"'
    return answer


@require_safe
@permission_required("audit.view_entry", raise_exception=True)
def proof(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Send the proof of one entry as a file."""
    entry = get_object_or_404(Entry, uid=uid)
    try:
        text = proving.bundle(entry)
    except NotProven as error:
        return HttpResponse(f"No proof is sent: {error}.\n", status=409, content_type=PLAIN)
    answer = HttpResponse(text, content_type=PLAIN)
    answer["Content-Disposition"] = f'attachment; filename="{uid}{proving.SUFFIX}"'
    return answer
