"""What do the doors answer? None of them knows a session: a token alone opens them."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from telemetry import turns
from telemetry.doors import bodies, jsonl, reports, tally
from telemetry.doors.entry import door
from telemetry.doors.models import Scope, Token
from telemetry.doors.opinions import langfuse, phoenix
from telemetry.doors.otlp import from_json, from_protobuf, records, replies, spans, turning
from telemetry.doors.otlp.wire import BadItem
from telemetry.doors.receipts import Item, Receipt, keep
from telemetry.doors.refusals import Refusal
from telemetry.events.schemas import AnyEvent

PLACE = "otlp"


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Say in JSON why a request was turned away."""
    body = msgspec.json.encode({"error": refusal.words})
    return HttpResponse(
        body, status=refusal.status, content_type="application/json", headers=refusal.headers
    )


def answered(receipt: Receipt) -> HttpResponse:
    """Say what became of each item: 200 all kept, 207 some wrong, 400 none right."""
    right = receipt.accepted + receipt.duplicates + receipt.dropped.total()
    told: dict[str, Any] = {
        "accepted": receipt.accepted,
        "duplicates": receipt.duplicates,
        "rejected": receipt.rejected,
        "problems": [{"index": index, "reason": why} for index, why in receipt.problems],
    }
    if receipt.dropped:
        told["dropped"] = dict(receipt.dropped)
    status = 200 if not receipt.rejected else 207 if right else 400
    return HttpResponse(msgspec.json.encode(told), status=status, content_type="application/json")


@door("events", Scope.EVENTS, refused)
def events(request: HttpRequest, token: Token, now: datetime) -> HttpResponse:
    """Take events as JSON lines or one array."""
    bodies.kind_of(request, *jsonl.KINDS)
    receipt = Receipt()
    most = settings.SELFIMPROVE.doors.max_items
    items = jsonl.events_in(bodies.read(request), receipt, most=most)
    return _kept(token, "events", items, receipt, now, answered)


@door("traces", Scope.OTLP, replies.refused, full=503)
def traces(request: HttpRequest, token: Token, now: datetime) -> HttpResponse:
    """Take spans as OTLP says."""
    kind = bodies.kind_of(request, replies.PROTOBUF, replies.JSON)
    read = from_json.spans if kind == replies.JSON else from_protobuf.spans
    found = list(read(bodies.read(request), settings.SELFIMPROVE.doors.max_items))
    tools = spans.tool_spans(found)
    receipt = Receipt()
    items = list(_mapped(found, lambda span: spans.events_of(span, tools), receipt))
    turns.note(token.target, turning.of_spans(found), now)
    return _kept(token, "traces", items, receipt, now, lambda r: replies.traces(kind, r))


@door("logs", Scope.OTLP, replies.refused, full=503)
def logs(request: HttpRequest, token: Token, now: datetime) -> HttpResponse:
    """Take log records as OTLP says."""
    kind = bodies.kind_of(request, replies.PROTOBUF, replies.JSON)
    read = from_json.records if kind == replies.JSON else from_protobuf.records
    found = list(read(bodies.read(request), settings.SELFIMPROVE.doors.max_items))
    receipt = Receipt()
    items = list(_mapped(found, records.events_of, receipt))
    turns.note(token.target, turning.of_records(found), now)
    return _kept(token, "logs", items, receipt, now, lambda r: replies.logs(kind, r))


@door("otlp-metrics", Scope.OTLP, replies.refused, full=503)
def metrics(request: HttpRequest, token: Token, now: datetime) -> HttpResponse:
    """Take metrics and keep none: some agents cannot but send them, and show each refusal."""
    kind = bodies.kind_of(request, replies.PROTOBUF, replies.JSON)
    bodies.read(request)
    receipt = Receipt()
    receipt.drop("metrics, of which none are kept")
    tally.note(token, "otlp-metrics", receipt, now)
    return replies.nothing(kind)


@door("scores", Scope.OTLP, refused)
def langfuse_scores(request: HttpRequest, token: Token, now: datetime) -> HttpResponse:
    """Take what people and judges thought, as Langfuse's SDK sends it."""
    bodies.kind_of(request, "application/json")
    receipt = Receipt()
    most = settings.SELFIMPROVE.doors.max_items
    items = langfuse.scores_in(bodies.read(request), receipt, most=most, now=now)
    return _kept(token, "scores", items, receipt, now, langfuse.answered)


@door("annotations", Scope.OTLP, refused)
def phoenix_annotations(request: HttpRequest, token: Token, now: datetime) -> HttpResponse:
    """Take what people and judges thought, as Phoenix's client sends it."""
    bodies.kind_of(request, "application/json")
    receipt = Receipt()
    most = settings.SELFIMPROVE.doors.max_items
    items = phoenix.annotations_in(bodies.read(request), receipt, most=most, now=now)
    return _kept(token, "annotations", items, receipt, now, lambda r: phoenix.answered(r, items))


@door("reflections", Scope.REFLECTIONS, refused)
def reflections(request: HttpRequest, token: Token, now: datetime) -> HttpResponse:
    """Take what agents say worked and failed."""
    bodies.kind_of(request, *jsonl.KINDS)
    receipt = Receipt()
    reports.take_reflections(token.target, bodies.read(request), receipt, now)
    tally.note(token, "reflections", receipt, now)
    return answered(receipt)


@door("error-reports", Scope.ERROR_REPORTS, refused)
def error_reports(request: HttpRequest, token: Token, now: datetime) -> HttpResponse:
    """Take what other systems report as errors: our JSON, or an envelope of Sentry's SDKs."""
    kind = bodies.kind_of(request, *jsonl.KINDS, reports.ENVELOPE)
    receipt = Receipt()
    take = reports.take_envelope if kind == reports.ENVELOPE else reports.take_error_reports
    take(token.target, bodies.read(request), receipt, now)
    tally.note(token, "error-reports", receipt, now)
    return answered(receipt)


def _mapped(
    found: Iterable[Any], read: Callable[[Any], list[AnyEvent]], receipt: Receipt
) -> Iterator[Item]:
    """Yield the events of spans or records; note what is wrong or none of ours."""
    for index, one in enumerate(found):
        try:
            if isinstance(one, BadItem):
                raise one
            events = read(one)
        except BadItem as problem:
            receipt.reject(index, str(problem))
        except spans.Dropped as reason:
            receipt.drop(str(reason))
        else:
            yield from (Item(index, event, PLACE) for event in events)


def _kept(
    token: Token,
    name: str,
    items: list[Item],
    receipt: Receipt,
    now: datetime,
    answer: Callable[[Receipt], HttpResponse],
) -> HttpResponse:
    """Store, count, answer: in this order, so that an answer means a commit."""
    keep(token.target, items, receipt, now, lambda r: tally.note(token, name, r, now))
    return answer(receipt)
