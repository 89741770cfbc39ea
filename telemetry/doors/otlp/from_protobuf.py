"""How do spans and records come out of protobuf?"""

from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from telemetry.doors.otlp.names import ALLOWED, RESOURCE
from telemetry.doors.otlp.wire import (
    LONGEST_VALUE,
    Attributes,
    BadItem,
    Note,
    Record,
    Span,
    check_count,
    identity,
)
from telemetry.doors.refusals import Refusal

_DEEPEST = 20


def spans(body: bytes, most: int) -> Iterator[Span | BadItem]:
    """Yield the spans of a request; refuse bytes that are none."""
    request = _parsed(ExportTraceServiceRequest, body)
    groups = [(r.resource.attributes, s.spans) for r in request.resource_spans
              for s in r.scope_spans]  # fmt: skip
    check_count(sum(len(found) for _, found in groups), most)
    for attributes, found in groups:
        resource = _kept(attributes, RESOURCE)
        for span in found:
            yield _span(span, resource)


def records(body: bytes, most: int) -> Iterator[Record | BadItem]:
    """Yield the log records of a request; refuse bytes that are none."""
    request = _parsed(ExportLogsServiceRequest, body)
    groups = [(r.resource.attributes, s.log_records) for r in request.resource_logs
              for s in r.scope_logs]  # fmt: skip
    check_count(sum(len(found) for _, found in groups), most)
    for attributes, found in groups:
        resource = _kept(attributes, RESOURCE)
        for record in found:
            yield _record(record, resource)


def _parsed(kind: Any, body: bytes) -> Any:
    try:
        return kind.FromString(body)
    except DecodeError:
        raise Refusal(400, "The body is no OTLP request in protobuf.") from None


def _span(span: Any, resource: Attributes) -> Span | BadItem:
    try:
        return Span(
            identity(span.trace_id.hex(), 32),
            identity(span.span_id.hex(), 16),
            identity(span.parent_span_id.hex(), 16),
            span.name,
            span.kind,
            span.start_time_unix_nano,
            span.end_time_unix_nano,
            span.status.code,
            span.status.message,
            _kept(span.attributes, ALLOWED),
            [Note(e.name, e.time_unix_nano, _kept(e.attributes, ALLOWED)) for e in span.events],
            resource,
        )
    except BadItem as problem:
        return problem


def _record(record: Any, resource: Attributes) -> Record | BadItem:
    body = record.body
    try:
        return Record(
            identity(record.trace_id.hex(), 32),
            identity(record.span_id.hex(), 16),
            record.event_name,
            body.string_value,
            record.time_unix_nano,
            record.observed_time_unix_nano,
            _kept(record.attributes, ALLOWED),
            [(pair.key, _plain(pair.value)) for pair in record.attributes],
            resource,
        )
    except BadItem as problem:
        return problem


def _kept(pairs: Iterable[Any], allowed: frozenset[str]) -> Attributes:
    found: Attributes = {}
    for pair in pairs:
        name = pair.key
        if name in allowed and name not in found:
            value = pair.value
            kind = value.WhichOneof("value")
            if kind == "string_value":
                found[name] = value.string_value[:LONGEST_VALUE]
            elif kind in ("bool_value", "int_value", "double_value"):
                found[name] = getattr(value, kind)
    return found


def _plain(value: Any, depth: int = 0) -> Any:
    """Return a value as plain Python, so that it can be told from another."""
    kind = value.WhichOneof("value")
    if kind is None or depth > _DEEPEST:
        return None
    if kind == "array_value":
        return [_plain(member, depth + 1) for member in value.array_value.values]
    if kind == "kvlist_value":
        return [(pair.key, _plain(pair.value, depth + 1)) for pair in value.kvlist_value.values]
    return getattr(value, kind)
