"""What does a program with a token learn of its target's spending?"""

from datetime import datetime

import msgspec
from django.http import HttpRequest, HttpResponse

from personas.ledger import spending
from telemetry.doors.entry import door
from telemetry.doors.models import Scope, Token
from telemetry.doors.refusals import Refusal
from telemetry.doors.views import refused


@door("spending", Scope.METRICS, refused, method="GET")
def spent(request: HttpRequest, token: Token, now: datetime) -> HttpResponse:
    """Give the spending of the token's target, as the page sums it up."""
    try:
        report = spending.report(
            now,
            month=request.GET.get("month", ""),
            simulated=request.GET.get("simulated") == "1",
            target=token.target,
        )
    except spending.BadMonth as error:
        raise Refusal(400, f"month: {error}.") from None
    body = msgspec.json.encode(report.plain())
    return HttpResponse(body, content_type="application/json")
