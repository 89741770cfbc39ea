"""Which feedback do the scores of Langfuse's SDK tell of?"""

import hashlib
from datetime import datetime
from typing import Any

import msgspec
from django.http import HttpResponse

from telemetry.doors.otlp import facts
from telemetry.doors.receipts import Item, Receipt
from telemetry.doors.refusals import Refusal
from telemetry.events.schemas import UNKNOWN, Feedback

PLACE = "score"
NEITHER = "a score that is neither a label nor between -1 and 1"


class Score(msgspec.Struct, rename="camel"):
    """Hold what we look at of a score; its comment is free text of a person and is not kept."""

    value: float | str
    name: str = ""
    id: str | None = None
    trace_id: str | None = None
    session_id: str | None = None
    timestamp: str | None = None


_one, _many = msgspec.json.Decoder(Score), msgspec.json.Decoder(list[msgspec.Raw])


def scores_in(body: bytes, receipt: Receipt, *, most: int, now: datetime) -> list[Item]:
    """Return the feedback of one score or an array of them."""
    try:
        raws: list[Any] = _many.decode(body) if body.lstrip()[:1] == b"[" else [body]
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Refusal(400, "The body is no JSON.") from None
    if len(raws) > most:
        raise Refusal(413, f"{len(raws)} scores in one request; at most {most}.")
    found = (_item(index, raw, receipt, now) for index, raw in enumerate(raws))
    return [item for item in found if item]


def _item(index: int, raw: Any, receipt: Receipt, now: datetime) -> Item | None:
    try:
        score = _one.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        receipt.reject(index, "a score needs a value: a number or a label")
        return None
    rating = facts.rating_of(score.value, score.value)
    if rating is None:
        receipt.drop(NEITHER)
        return None
    written = facts.written_moment(score.timestamp) if score.timestamp else None
    event = Feedback(
        timestamp=written or now,
        session_id=facts.name(score.session_id or "", score.trace_id or ""),
        id=score.id[:1000] if score.id else _name(score, now),
        agent=UNKNOWN,
        rating=rating,
    )
    return Item(index, event, PLACE)


def _name(score: Score, now: datetime) -> str:
    """Name a score without an id by what it says of which trace: sent again, it is the same."""
    of_trace = score.trace_id or score.session_id or now.isoformat()
    key = repr((of_trace, score.name, score.value, score.timestamp))
    return hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=20).hexdigest()


def answered(receipt: Receipt) -> HttpResponse:
    """Answer as the SDK expects: by status."""
    body = {"accepted": receipt.accepted, "rejected": receipt.rejected}
    return HttpResponse(
        msgspec.json.encode(body),
        status=400 if receipt.rejected and not receipt.accepted else 200,
        content_type="application/json",
    )
