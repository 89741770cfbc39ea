"""How does a request of the API become one call, and what came of it an answer in JSON?"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from pydantic import BaseModel, ValidationError

from selfimprove.api import repeats
from selfimprove.api.sent import Sent
from selfimprove.mcp.callers import API, Caller, Refused, ensure_permitted
from telemetry.doors import bodies
from telemetry.doors.entry import PASSING, door
from telemetry.doors.models import Scope, Token
from telemetry.doors.refusals import Refusal
from telemetry.doors.views import refused

JSON = "application/json"
AGAIN_SECONDS = "5"
Act = Callable[..., Sent]  # takes caller, what was given, moment, and the place by name
Page = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Operation:
    """Say what one method at one address does, for whom, and what goes in and comes out."""

    method: str
    name: str
    does: str  # one sentence for the description
    scope: Scope
    may: tuple[str, ...]
    act: Act
    takes: type[BaseModel]
    gives: Mapping[int, type[BaseModel]]
    refuses: Mapping[int, str] = field(default_factory=dict)  # beside what every one refuses


def resource(operations: Sequence[Operation], beside: Mapping[str, Page]) -> Page:
    """Open one address to tokens, each method under the scope that it asks for."""
    pages = {**beside, **{one.method: _opened(one) for one in operations}}
    methods = " or ".join(pages)

    @csrf_exempt
    @login_not_required
    def entered(request: HttpRequest, **place: Any) -> HttpResponse:
        page = pages.get(request.method or "")
        if page is None:
            allow = {"Allow": ", ".join(pages)}
            return refused(request, Refusal(405, f"Ask with {methods}.", allow))
        return page(request, **place)

    entered.scope = operations[0].scope  # type: ignore[attr-defined]  # tells doors from pages
    return entered


def _opened(operation: Operation) -> Page:
    @door("api", operation.scope, refused, method=operation.method)
    def page(request: HttpRequest, token: Token, now: datetime, **place: Any) -> HttpResponse:
        caller = Caller(token, API)
        try:
            ensure_permitted(caller, operation.may)
            raw = _body(request) if operation.method == "POST" else b""
            given = _read(operation, request, raw)

            def act() -> Sent:
                return operation.act(caller, given, now, **place)

            changes = operation.method == "POST"
            sent = repeats.once(request, token, raw, now, act) if changes else act()
        except Refused as refusal:
            again = {"Retry-After": AGAIN_SECONDS} if refusal.status in PASSING else {}
            raise Refusal(refusal.status, str(refusal), again) from refusal
        return _answer(sent)

    return page


def _body(request: HttpRequest) -> bytes:
    chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
    if not chunked and request.META.get("CONTENT_LENGTH") in (None, "", "0"):
        return b""
    bodies.kind_of(request, JSON)
    return bodies.read(request)


def _read(operation: Operation, request: HttpRequest, raw: bytes) -> BaseModel:
    asked = _query(request) if operation.method == "GET" else _object(raw)
    try:
        return operation.takes.model_validate(asked)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise Refusal(422, f"{where[:100]}: {_worded(first)}") from None


def _worded(problem: Mapping[str, Any]) -> str:
    """Say what is wrong, and nothing of what was sent: it may be a secret in the wrong place."""
    if problem["type"] == "extra_forbidden":
        return "it is not known here; see /api/openapi.json."
    limits = problem.get("ctx", {})
    if problem["type"].endswith("too_short"):
        return f"it is too short; send at least {limits['min_length']}."
    if problem["type"].endswith("too_long"):
        return f"it is too long; send at most {limits['max_length']}."
    return f"{str(problem['msg']).removeprefix('Value error, ')[:300]}."


def _query(request: HttpRequest) -> dict[str, str]:
    found = {name: values for name, values in request.GET.lists() if name != "target"}
    twice = next((name for name, values in found.items() if len(values) > 1), None)
    if twice is not None:
        raise Refusal(422, f"{twice[:100]}: it is given more than once.")
    return {name: values[0] for name, values in found.items()}


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw.decode(), object_pairs_hook=_once) if raw else {}
    except (ValueError, RecursionError) as error:
        words = str(error) if isinstance(error, _Twice) else "The body is no JSON."
        raise Refusal(400, words) from None
    if not isinstance(found, dict):
        raise Refusal(400, "The body is no JSON object.")
    return found


class _Twice(ValueError):
    """A name stands twice in one object: which value counts would be a guess."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Twice("The body names something twice in one object.")
    return found


def _answer(sent: Sent) -> HttpResponse:
    headers = {"Cache-Control": "no-store", **sent.headers}
    return HttpResponse(
        json.dumps(sent.body), status=sent.status, content_type=JSON, headers=headers
    )
