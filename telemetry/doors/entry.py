"""How is a request let in: by its token alone, and turned away in words that its sender reads?"""

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from telemetry.doors import pressure, tally, tokens
from telemetry.doors.models import Scope, Token
from telemetry.doors.refusals import Refusal

Say = Callable[[HttpRequest, Refusal], HttpResponse]
Page = Callable[..., HttpResponse]
View = Callable[..., HttpResponse]  # takes request, token, moment, and its place by name
PASSING = (429, 503)  # a database that is busy is not asked to count that it is
REALM = 'realm="selfimprove"'


def door(
    name: str, scope: Scope, say: Say, *, full: int = 429, method: str = "POST"
) -> Callable[[View], Page]:
    """Open a view to tokens with a scope; it never looks at a session, so needs no CSRF token."""

    def opened(view: View) -> Page:
        @csrf_exempt
        @login_not_required
        @wraps(view)
        def entered(request: HttpRequest, **place: Any) -> HttpResponse:
            now = timezone.now()
            holders: list[Token] = []
            try:
                if request.method != method:
                    raise Refusal(405, f"Ask with {method}.", {"Allow": method})
                with pressure.room(full):
                    return _let_in(view, request, scope, holders, now, place)
            except Refusal as refusal:
                for token in holders if refusal.status not in PASSING else ():
                    tally.note_refusal(token, name, refusal.words, now)
                return say(request, refusal)

        entered.scope = scope  # type: ignore[attr-defined]  # tells doors from pages
        return entered

    return opened


def _let_in(
    view: View,
    request: HttpRequest,
    scope: Scope,
    holders: list[Token],
    now: datetime,
    place: Mapping[str, Any],
) -> HttpResponse:
    """Check the token, then answer; whose token it is stays known for a refusal."""
    try:
        token = tokens.admit(secret_in(request.headers.get("Authorization", "")), scope, now)
    except tokens.NotOpen as error:
        holders += [error.token] if error.token else []
        raise _not_open(error, scope) from None
    holders.append(token)
    wanted = request.GET.get("target")
    if wanted and wanted != token.target.slug:
        words = f"The token belongs to {token.target.slug}; use one of the target that you name."
        raise Refusal(403, words, {"WWW-Authenticate": f"Bearer {REALM}"})
    tokens.note_use(token, now)
    return view(request, token, now, **place)


def _not_open(error: tokens.NotOpen, scope: Scope) -> Refusal:
    if isinstance(error, tokens.WrongScope):
        how = f'Bearer {REALM}, error="insufficient_scope", scope="{scope}"'
        return Refusal(403, str(error), {"WWW-Authenticate": how})
    how = f'Bearer {REALM}, error="invalid_token"'
    return Refusal(401, str(error), {"WWW-Authenticate": how})


def secret_in(header: str) -> str:
    """Return the token of the header: as a bearer, or as the password that some SDKs send."""
    # In OpenTelemetry's variables a blank is written %20, and not every SDK turns it back.
    kind, _, value = header.strip().replace("%20", " ", 1).partition(" ")
    if kind.lower() == "bearer" and value.strip():
        return value.strip()
    if kind.lower() == "basic":
        return _password(value.strip())
    words = "Send a token: Authorization: Bearer sit_… The page Connect an agent makes one."
    raise Refusal(401, words, {"WWW-Authenticate": f"Bearer {REALM}"})


def _password(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
