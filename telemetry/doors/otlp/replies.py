"""What does an exporter read: in its own encoding, and as the specification words it?"""

import msgspec
from django.http import HttpRequest, HttpResponse
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from telemetry.doors.receipts import Receipt
from telemetry.doors.refusals import Refusal

PROTOBUF, JSON = "application/x-protobuf", "application/json"
MOST_WORDS = 3
_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 405: 12, 413: 8, 415: 3, 429: 8, 503: 14}  # google.rpc


def traces(kind: str, receipt: Receipt) -> HttpResponse:
    """Answer for spans: nothing when all were kept, else how many were not and why."""
    if kind == JSON:
        return _json(_partial(receipt, "rejectedSpans"))
    answer = ExportTraceServiceResponse()
    if receipt.not_kept:
        answer.partial_success.rejected_spans = receipt.not_kept
        answer.partial_success.error_message = words(receipt)
    return HttpResponse(answer.SerializeToString(), content_type=PROTOBUF)


def logs(kind: str, receipt: Receipt) -> HttpResponse:
    """Answer for log records likewise."""
    if kind == JSON:
        return _json(_partial(receipt, "rejectedLogRecords"))
    answer = ExportLogsServiceResponse()
    if receipt.not_kept:
        answer.partial_success.rejected_log_records = receipt.not_kept
        answer.partial_success.error_message = words(receipt)
    return HttpResponse(answer.SerializeToString(), content_type=PROTOBUF)


def nothing(kind: str) -> HttpResponse:
    """Answer that there is nothing to say: in either encoding that is an empty message."""
    return HttpResponse(b"{}" if kind == JSON else b"", content_type=kind)


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Answer with a google.rpc.Status: its code and a sentence."""
    code = _CODES.get(refusal.status, 2)
    if request.content_type == PROTOBUF:
        body, kind = _status(code, refusal.words), PROTOBUF
    else:
        body = msgspec.json.encode({"code": code, "message": refusal.words})
        kind = JSON
    return HttpResponse(body, status=refusal.status, content_type=kind, headers=refusal.headers)


def words(receipt: Receipt) -> str:
    """Say why things were not kept, the most frequent reasons first."""
    told = [f"{count} × {why}" for why, count in receipt.why().most_common(MOST_WORDS)]
    more = len(receipt.why()) - len(told)
    return f"{receipt.not_kept} not kept: {'; '.join(told)}" + (f"; {more} more" if more else "")


def _partial(receipt: Receipt, field: str) -> dict[str, dict[str, str]]:
    if not receipt.not_kept:
        return {}
    # An int64 is text in protobuf's JSON.
    return {"partialSuccess": {field: str(receipt.not_kept), "errorMessage": words(receipt)}}


def _json(value: object) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(value), content_type=JSON)


def _status(code: int, message: str) -> bytes:
    """Write the two fields of a Status; its own library is not worth a dependency."""
    raw = message.encode()[:16_000]
    size = len(raw)
    length = bytes([size]) if size < 0x80 else bytes([size & 0x7F | 0x80, size >> 7])
    return bytes([0x08, code, 0x12]) + length + raw
