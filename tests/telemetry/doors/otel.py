"""How does a test write a span or a record once, and send it in both encodings?"""

import json
import time
from typing import Any

from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

PROTOBUF, JSON = "application/x-protobuf", "application/json"
TRACE, SPAN, PARENT = "5B8EFFF798038103D269B633813FC60C", "EEE19B7EC3C1B174", "EEE19B7EC3C1B173"
NOW = time.time_ns()


def value(plain: Any) -> dict[str, Any]:
    """Wrap a value as OTLP's JSON does."""
    if isinstance(plain, bool):
        return {"boolValue": plain}
    if isinstance(plain, int):
        return {"intValue": str(plain)}
    if isinstance(plain, float):
        return {"doubleValue": plain}
    if isinstance(plain, list):
        return {"arrayValue": {"values": [value(member) for member in plain]}}
    if isinstance(plain, dict):
        return {"kvlistValue": {"values": pairs(plain)}}
    return {"stringValue": plain}


def pairs(attributes: dict[str, Any]) -> list[dict[str, Any]]:
    """Write attributes."""
    return [{"key": name, "value": value(plain)} for name, plain in attributes.items()]


def span(
    name: str = "work", *, notes: Any = (), status: Any = None, **more: Any
) -> dict[str, Any]:
    """Write a span of 250 ms; `more` holds its attributes as `a` and other fields."""
    made = {
        "traceId": TRACE,
        "spanId": SPAN,
        "name": name,
        "kind": 1,
        "startTimeUnixNano": str(NOW - 250_000_000),
        "endTimeUnixNano": str(NOW),
        "attributes": pairs(more.pop("a", {})),
        "events": [
            {"name": n, "timeUnixNano": str(NOW), "attributes": pairs(found)} for n, found in notes
        ],
        **more,
    }
    return made | ({"status": status} if status else {})


def failed(message: str = "") -> dict[str, Any]:
    """Return the status of an error."""
    return {"code": 2, "message": message}


def record(attributes: dict[str, Any], body: str = "", **more: Any) -> dict[str, Any]:
    """Write a log record."""
    made = {"timeUnixNano": str(NOW), "body": value(body), "attributes": pairs(attributes)}
    return made | more


def traces(*spans: dict[str, Any], resource: dict[str, Any] | None = None) -> dict[str, Any]:
    """Write a request of spans."""
    whose = {"attributes": pairs(resource or {"service.name": "shop"})}
    return {"resourceSpans": [{"resource": whose, "scopeSpans": [{"spans": list(spans)}]}]}


def logs(*records: dict[str, Any], resource: dict[str, Any] | None = None) -> dict[str, Any]:
    """Write a request of log records."""
    whose = {"attributes": pairs(resource or {"service.name": "shop"})}
    return {"resourceLogs": [{"resource": whose, "scopeLogs": [{"logRecords": list(records)}]}]}


def encoded(request: dict[str, Any], kind: str) -> bytes:
    """Write a request in one of the encodings."""
    if kind == JSON:
        return json.dumps(request).encode()
    of_spans = "resourceSpans" in request
    message = ExportTraceServiceRequest() if of_spans else ExportLogsServiceRequest()
    ParseDict(with_base64(request), message, ignore_unknown_fields=True)
    return bytes(message.SerializeToString())


def with_base64(found: Any) -> Any:
    """Turn hex ids into what protobuf's own JSON has."""
    import base64

    if isinstance(found, list):
        return [with_base64(member) for member in found]
    if not isinstance(found, dict):
        return found
    ids = ("traceId", "spanId", "parentSpanId")
    return {
        key: base64.b64encode(bytes.fromhex(part)).decode() if key in ids else with_base64(part)
        for key, part in found.items()
    }
