"""What do the addresses for programs answer?

A list holds figures and words, and a token of the scope `metrics` opens it, as it opens spending.
A report holds source code, which a scraper has no business to read: a token in a person's name
that may read proposals opens it, as long as that person may see generations.
"""

from datetime import datetime

import msgspec
from django.http import HttpRequest, HttpResponse

from generations.models import Generation
from generations.reporting import document, listing
from generations.reporting.listing import AT_ONCE, BadFilter, Wanted
from telemetry.doors.entry import door
from telemetry.doors.models import Scope, Token
from telemetry.doors.refusals import Refusal
from telemetry.doors.views import refused

JSON = "application/json"
PERMISSION = "generations.view_generation"
FILTERS = ("outcome", "reason", "writer", "subject", "before", "limit", "target")


@door("generations", Scope.METRICS, refused, method="GET")
def generations(request: HttpRequest, token: Token, now: datetime) -> HttpResponse:
    """List the generations of the token's target, the newest first."""
    try:
        wanted = _wanted(request, token)
        rows = listing.found(wanted)
    except BadFilter as error:
        raise Refusal(400, f"{error}.") from None
    older = rows[-1].pk if len(rows) == wanted.most else None
    told = {"generations": [listing.plain(row) for row in rows], "before": older}
    return HttpResponse(msgspec.json.encode(told), content_type=JSON)


@door("generation", Scope.PROPOSALS_READ, refused, method="GET")
def generation(request: HttpRequest, token: Token, now: datetime, *, number: int) -> HttpResponse:
    """Give the report of one generation of the token's target."""
    if token.person is None or not token.person.has_perm(PERMISSION):
        raise Refusal(403, f"The person in whose name the token acts lacks {PERMISSION}.")
    rows = Generation.objects.select_related("target", "loop", "parent", "report")
    found = rows.filter(target=token.target, number=number).first()
    if found is None:
        raise Refusal(404, f"{token.target.slug} has no generation {number}.")
    return HttpResponse(document.encoded(found), content_type=JSON)


@door("generation-schema", Scope.METRICS, refused, method="GET")
def schema(request: HttpRequest, token: Token, now: datetime) -> HttpResponse:
    """Give the JSON schema of reports."""
    return HttpResponse(
        msgspec.json.encode(document.schema()), content_type="application/schema+json"
    )


def _wanted(request: HttpRequest, token: Token) -> Wanted:
    if unknown := sorted(set(request.GET) - set(FILTERS)):
        raise BadFilter(f"{unknown[0]}: no such filter; there are {', '.join(FILTERS)}")
    given = request.GET
    return Wanted(
        target=token.target,
        outcome=given.get("outcome", ""),
        reason=given.get("reason", ""),
        writer=given.get("writer", ""),
        subject=given.get("subject", ""),
        before=_number("before", given.get("before", "0")),
        most=_number("limit", given.get("limit", str(AT_ONCE))),
    )


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadFilter(f"{name}: {text[:20]!r} is no number")
    return int(text)
