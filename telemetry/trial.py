"""What would the sanitizer take out of this text? A person tries it; nothing is kept."""

import contextlib
import re
from collections.abc import Iterator

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from targets.models import Target
from telemetry.policies import policy
from telemetry.sanitizer import Finding, meaning, sanitize
from telemetry.sanitizer.redaction import LIMIT_BYTES
from telemetry.sanitizer.spans import PLACEHOLDERS

MOST_BYTES = LIMIT_BYTES - 5_536
MOST_DROPPED, PIECE = 64 << 20, 1 << 16
TOO_LONG = (
    f"This text is far too long: {MOST_BYTES} bytes can be tried at once. Paste a part of it, or"
    " use: manage.py sanitize --explain < FILE"
)
SHOWN = 500  # findings; a page of more helps nobody
_MARK = re.compile("|".join(map(re.escape, sorted(PLACEHOLDERS))))


class TrialForm(forms.Form):
    """Take a text and the target whose allowlist counts."""

    target = forms.ModelChoiceField(
        Target.objects.all(),
        to_field_name="slug",
        required=False,
        empty_label="None: only the configuration",
        label="Allowlist of",
        widget=forms.Select(attrs={"class": "si-select"}),
    )
    text = forms.CharField(
        strip=False,
        widget=forms.Textarea(
            attrs={
                "class": "si-textarea si-mono",
                "rows": 10,
                "spellcheck": "false",
                "autocomplete": "off",
            }
        ),
        error_messages={"required": "Paste a text first: a few lines of a log will do."},
    )

    def clean_text(self) -> str:
        """Refuse what is longer than one event may be."""
        text = str(self.cleaned_data["text"])
        size = len(text.encode("utf-8", "replace"))
        if size > MOST_BYTES:
            raise forms.ValidationError(
                f"This text has {size} bytes; {MOST_BYTES} can be tried at once. Paste a part of"
                " it, or use: manage.py sanitize --explain < FILE"
            )
        return text


@never_cache
@csrf_exempt  # whoever reads the form checks the token; a form that is too long is not read
@sensitive_post_parameters("text")
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("telemetry.view_pattern", raise_exception=True)
def try_sanitizer(request: HttpRequest) -> HttpResponse:
    """Show what a text becomes and which rule found what; neither is stored nor logged."""
    if _is_too_long(request):
        _drop(request)
        return _shown(request, {"form": TrialForm(), "refusal": TOO_LONG}, 413)
    return _judged(request)


@csrf_protect
def _judged(request: HttpRequest) -> HttpResponse:
    form = TrialForm(request.POST or None)
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        text = form.cleaned_data["text"].replace("\r\n", "\n")
        said, found = sanitize(text, policy(form.cleaned_data["target"]))
        found = tuple(sorted(found, key=lambda finding: finding.start))
        context |= {
            "pieces": list(_pieces(said)),
            "rows": [_row(finding, text) for finding in found[:SHOWN]],
            "count": len(found),
            "tried": True,
        }
    return _shown(request, context, 422 if form.errors else 200)


def _shown(request: HttpRequest, context: dict[str, object], status: int) -> HttpResponse:
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    part = "#result" if htmx and not htmx.boosted else ""
    # A fragment is swapped in only when it is well; its words say what is wrong.
    status = 200 if part else status
    context |= {"nav": "telemetry", "part": "sanitizer"}
    return render(request, f"telemetry/sanitizer.html{part}", context, status=status)


def _is_too_long(request: HttpRequest) -> bool:
    """Say whether the form is longer than Django reads one: its own answer has no words for it."""
    length = request.META.get("CONTENT_LENGTH") or ""
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return most is not None and length.isdecimal() and int(length) > most


def _drop(request: HttpRequest) -> None:
    """Read what is sent, unseen: a browser that is cut off while it sends shows no answer."""
    with contextlib.suppress(UnreadablePostError):
        for _ in range(MOST_DROPPED // PIECE):
            if not request.read(PIECE):
                break


def _pieces(said: str) -> Iterator[tuple[bool, str]]:
    """Tell our own marks from the words between them."""
    position = 0
    for mark in _MARK.finditer(said):
        yield False, said[position : mark.start()]
        yield True, mark.group()
        position = mark.end()
    yield False, said[position:]


def _row(finding: Finding, text: str) -> dict[str, object]:
    column = finding.start - text.rfind("\n", 0, finding.start)
    return {"finding": finding, "column": column, "meaning": meaning(finding.rule)}
