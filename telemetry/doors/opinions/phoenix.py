"""Which feedback do the annotations of Phoenix tell of: on a span, a trace or a session?"""

import hashlib
from datetime import datetime
from typing import Any

import msgspec
from django.http import HttpResponse

from telemetry.doors.otlp import facts
from telemetry.doors.receipts import Item, Receipt
from telemetry.doors.refusals import Refusal
from telemetry.events.schemas import UNKNOWN, Feedback

PLACE = "annotation"
NEITHER = "an annotation whose result is neither a known label nor a score between -1 and 1"


class Result(msgspec.Struct):
    """Hold what was found; the explanation is free text and is not kept."""

    label: str | None = None
    score: float | None = None


class Annotation(msgspec.Struct):
    """Hold what we look at of an annotation; one of the three ids says what it is of."""

    name: str
    result: Result | None = None
    session_id: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    identifier: str | None = None


class _Body(msgspec.Struct):
    data: list[msgspec.Raw]


_body, _one = msgspec.json.Decoder(_Body), msgspec.json.Decoder(Annotation)


def annotations_in(body: bytes, receipt: Receipt, *, most: int, now: datetime) -> list[Item]:
    """Return the feedback of a body of annotations."""
    try:
        raws = _body.decode(body).data
    except msgspec.ValidationError:
        raise Refusal(400, 'The body is no list of annotations: {"data": […]}.') from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Refusal(400, "The body is no JSON.") from None
    if len(raws) > most:
        raise Refusal(413, f"{len(raws)} annotations in one request; at most {most}.")
    found = (_item(index, raw, receipt, now) for index, raw in enumerate(raws))
    return [item for item in found if item]


def _item(index: int, raw: Any, receipt: Receipt, now: datetime) -> Item | None:
    try:
        told = _one.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        receipt.reject(index, "an annotation needs a name, and a result of a label or a score")
        return None
    of_what = told.session_id or told.trace_id or told.span_id
    if not of_what:
        receipt.reject(index, "an annotation needs a span_id, a trace_id or a session_id")
        return None
    result = told.result or Result()
    rating = facts.rating_of(result.label, result.score)
    if rating is None:
        receipt.drop(NEITHER)
        return None
    event = Feedback(
        timestamp=now,  # an annotation names no moment
        session_id=facts.name(of_what),
        id=_name(told, result),
        agent=UNKNOWN,
        rating=rating,
    )
    return Item(index, event, PLACE)


def _name(told: Annotation, result: Result) -> str:
    """Name an annotation by what it says of what: sent again it is the same, changed another."""
    key = repr((told.session_id, told.trace_id, told.span_id, told.name, told.identifier,
                result.label, result.score))  # fmt: skip
    return hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=20).hexdigest()


def answered(receipt: Receipt, items: list[Item]) -> HttpResponse:
    """Answer as the client expects: with an id for each that was taken."""
    body = {"data": [{"id": item.event.id} for item in items]}
    return HttpResponse(
        msgspec.json.encode(body),
        status=400 if receipt.rejected and not items else 200,
        content_type="application/json",
    )
