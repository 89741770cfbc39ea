"""How do spans and records come out of OTLP's own JSON, with hex ids and integers as text?"""

import base64
import binascii
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import msgspec

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
    kept,
)
from telemetry.doors.refusals import Refusal

T = TypeVar("T")
Whole = int | float | str | None  # int64 is text by the specification, a number in its example
Named = int | str | None  # an enum: a number, or its name from a lax writer
_KINDS = {"INTERNAL": 1, "SERVER": 2, "CLIENT": 3, "PRODUCER": 4, "CONSUMER": 5}
_STATUSES = {"OK": 1, "ERROR": 2}
_DEEPEST = 20
_EMPTY = (b"", b"null")


class _Json(msgspec.Struct, rename="camel", gc=False):
    """Read what is named; ignore the rest, as the specification asks."""


_NOTHING = msgspec.Raw()


class _Value(_Json):
    string_value: str | None = None
    bool_value: bool | None = None
    int_value: Whole = None
    double_value: Whole = None
    bytes_value: str | None = None
    array_value: msgspec.Raw = _NOTHING  # read when it is asked for: most are none of ours
    kvlist_value: msgspec.Raw = _NOTHING


class _Pair(_Json):
    key: str = ""
    value: _Value | None = None


class _Array(_Json):
    values: list[_Value] | None = None


class _Pairs(_Json):
    values: list[_Pair] | None = None


class _Resource(_Json):
    attributes: list[_Pair] | None = None


class _Status(_Json):
    code: Named = None
    message: str | None = None


class _Note(_Json):
    name: str | None = None
    time_unix_nano: Whole = None
    attributes: list[_Pair] | None = None


class _Span(_Json):
    trace_id: str | None = None
    span_id: str | None = None
    parent_span_id: str | None = None
    name: str | None = None
    kind: Named = None
    start_time_unix_nano: Whole = None
    end_time_unix_nano: Whole = None
    attributes: list[_Pair] | None = None
    events: list[_Note] | None = None
    status: _Status | None = None


class _Record(_Json):
    trace_id: str | None = None
    span_id: str | None = None
    event_name: str | None = None
    body: _Value | None = None
    time_unix_nano: Whole = None
    observed_time_unix_nano: Whole = None
    attributes: list[_Pair] | None = None


class _ScopeSpans(_Json):
    spans: list[_Span] | None = None


class _ScopeLogs(_Json):
    log_records: list[_Record] | None = None


class _ResourceSpans(_Json):
    resource: _Resource | None = None
    scope_spans: list[_ScopeSpans] | None = None


class _ResourceLogs(_Json):
    resource: _Resource | None = None
    scope_logs: list[_ScopeLogs] | None = None


class _Traces(_Json):
    resource_spans: list[_ResourceSpans] | None = None


class _Logs(_Json):
    resource_logs: list[_ResourceLogs] | None = None


_traces, _logs = msgspec.json.Decoder(_Traces), msgspec.json.Decoder(_Logs)
_array, _pairs = msgspec.json.Decoder(_Array), msgspec.json.Decoder(_Pairs)


def spans(body: bytes, most: int) -> Iterator[Span | BadItem]:
    """Yield the spans of a request; refuse JSON that is none."""
    request = _parsed(_traces, body)
    groups = [(r.resource, s.spans or ()) for r in request.resource_spans or ()
              for s in r.scope_spans or ()]  # fmt: skip
    check_count(sum(len(found) for _, found in groups), most)
    for whose, found in groups:
        resource = _kept(whose.attributes, RESOURCE) if whose else {}
        for span in found:
            yield _span(span, resource)


def records(body: bytes, most: int) -> Iterator[Record | BadItem]:
    """Yield the log records of a request; refuse JSON that is none."""
    request = _parsed(_logs, body)
    groups = [(r.resource, s.log_records or ()) for r in request.resource_logs or ()
              for s in r.scope_logs or ()]  # fmt: skip
    check_count(sum(len(found) for _, found in groups), most)
    for whose, found in groups:
        resource = _kept(whose.attributes, RESOURCE) if whose else {}
        for record in found:
            yield _record(record, resource)


def _parsed(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:  # it names a place; a value only of an enum
        where = str(error).rpartition(" - at ")[2].strip("`")
        raise Refusal(400, f"The body is no OTLP request: {where} has a wrong type.") from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Refusal(400, "The body is no JSON.") from None


def _span(span: _Span, resource: Attributes) -> Span | BadItem:
    status = span.status or _Status()
    try:
        return Span(
            identity(span.trace_id or "", 32),
            identity(span.span_id or "", 16),
            identity(span.parent_span_id or "", 16),
            span.name or "",
            _enum(span.kind, "SPAN_KIND_", _KINDS),
            _whole(span.start_time_unix_nano),
            _whole(span.end_time_unix_nano),
            _enum(status.code, "STATUS_CODE_", _STATUSES),
            status.message or "",
            _kept(span.attributes, ALLOWED),
            [
                Note(note.name or "", _whole(note.time_unix_nano), _kept(note.attributes, ALLOWED))
                for note in span.events or ()
            ],
            resource,
        )
    except BadItem as problem:
        return problem


def _record(record: _Record, resource: Attributes) -> Record | BadItem:
    try:
        everything = [(pair.key, _plain(pair.value)) for pair in record.attributes or ()]
        return Record(
            identity(record.trace_id or "", 32),
            identity(record.span_id or "", 16),
            record.event_name or "",
            (record.body.string_value or "") if record.body else "",
            _whole(record.time_unix_nano),
            _whole(record.observed_time_unix_nano),
            kept(everything, ALLOWED),
            everything,
            resource,
        )
    except BadItem as problem:
        return problem


def _kept(pairs: Sequence[_Pair] | None, allowed: frozenset[str]) -> Attributes:
    """Look at the name first: most attributes are none of ours, and large."""
    found: Attributes = {}
    for pair in pairs or ():
        name = pair.key
        if name not in allowed or name in found or pair.value is None:
            continue
        plain = pair.value.string_value
        if plain is not None:
            found[name] = plain[:LONGEST_VALUE]
        elif isinstance(other := _plain(pair.value), bool | int | float):
            found[name] = other
    return found


def _plain(value: _Value | None, depth: int = 0) -> Any:
    """Return a value as plain Python, the same as protobuf gives."""
    if value is None or depth > _DEEPEST:
        return None
    if value.string_value is not None:
        return value.string_value
    if value.bool_value is not None:
        return value.bool_value
    if value.int_value is not None:
        return _whole(value.int_value)
    if value.double_value is not None:
        return _double(value.double_value)
    return _nested(value, depth) if value.bytes_value is None else _bytes(value.bytes_value)


def _nested(value: _Value, depth: int) -> Any:
    try:
        if bytes(value.array_value) not in _EMPTY:
            members = _array.decode(value.array_value).values or ()
            return [_plain(member, depth + 1) for member in members]
        if bytes(value.kvlist_value) not in _EMPTY:
            pairs = _pairs.decode(value.kvlist_value).values or ()
            return [(pair.key, _plain(pair.value, depth + 1)) for pair in pairs]
    except (msgspec.DecodeError, RecursionError):
        raise BadItem("an attribute has a wrong type") from None
    return None


def _whole(value: Whole) -> int:
    if value is None or value == "":
        return 0
    try:
        return int(value)
    except (ValueError, OverflowError):
        raise BadItem("a number or time is no whole number") from None


def _double(value: Whole) -> float:
    try:
        return float(value or 0)  # "NaN" and "Infinity" are text
    except ValueError:
        raise BadItem("a number is none") from None


def _bytes(value: str) -> bytes:
    try:
        return base64.b64decode(value)
    except (binascii.Error, ValueError):
        raise BadItem("bytes are no base64") from None


def _enum(value: int | str | None, prefix: str, names: dict[str, int]) -> int:
    if isinstance(value, int):
        return value
    return names.get((value or "").removeprefix(prefix), 0)
