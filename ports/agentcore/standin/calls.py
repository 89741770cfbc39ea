"""Which call of AgentCore is a request, and would the real service take it?"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

OPERATIONS = {
    "bedrock-agentcore": (
        *("CreateEvent", "RetrieveMemoryRecords", "Evaluate", "StartCodeInterpreterSession"),
        *("InvokeCodeInterpreter", "StopCodeInterpreterSession"),
    ),
    "bedrock-agentcore-control": (
        *("ListMemories", "ListCodeInterpreters", "ListPolicyEngines", "ListEvaluators"),
        "ListGateways",
    ),
}
KEPT = 100_000  # bytes of a file
PLACE = re.compile(r"/(memories|code-interpreters|policy-engines|evaluat\w+|gateways)(/|\Z)")


class NotTaken(Exception):
    """The real service would refuse the request, with these words."""

    status = 400


@dataclass(frozen=True)
class Call:
    """Hold one request: its operation in botocore's description, and what its path names."""

    operation: Any
    named: Mapping[str, str]
    query: Mapping[str, str]

    @property
    def name(self) -> str:
        """Name the operation."""
        return str(self.operation.name)


def find(method: str, address: str) -> Call | None:
    """Return what a method and a path mean; None where botocore is not there, or knows none."""
    found = urlsplit(address)
    if not PLACE.match(found.path):
        return None
    for way, pattern, operation in known():
        named = pattern.fullmatch(found.path)
        if named and way == method:
            query = {key: values[-1] for key, values in parse_qs(found.query).items()}
            given = {key: unquote(value) for key, value in named.groupdict().items()}
            return Call(operation, given, query)
    return None


def read(call: Call, headers: Mapping[str, str], raw: bytes) -> dict[str, Any]:
    """Return the request's parameters; raise NotTaken where the description forbids them."""
    shape = call.operation.input_shape
    sent = _body(raw)
    found: dict[str, Any] = {}
    inside = {}
    for name, member in shape.members.items():
        place = member.serialization.get("location")
        wire = member.serialization.get("name", name)
        where = {
            "uri": call.named.get(wire),
            "querystring": call.query.get(wire),
            "header": headers.get(wire.lower()),
        }
        value = where[place] if place in where else sent.get(wire)
        if place is None:
            inside[wire] = name
        if value is not None:
            found[name] = _read(member, value, name)
    if unknown := sorted(set(sent) - set(inside)):
        raise NotTaken(f"{unknown[0]}: unknown field")
    return _checked(found, shape)


def shortened(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as they may be kept a thousand times: of a file only its start."""
    arguments = sent.get("arguments", {})
    if "content" not in arguments:
        return dict(sent)
    files = [
        {name: one[:KEPT] if isinstance(one, bytes) else one for name, one in file.items()}
        for file in arguments["content"]
    ]
    return {**sent, "arguments": {**arguments, "content": files}}


def _checked(found: dict[str, Any], shape: Any) -> dict[str, Any]:
    from botocore.validate import ParamValidator

    report = ParamValidator().validate(found, shape)
    if report.has_errors():
        raise NotTaken(report.generate_report())
    return found


@cache
def known() -> tuple[tuple[str, re.Pattern[str], Any], ...]:
    """Load the descriptions of the calls that we make, which takes a moment."""
    try:
        from botocore.session import Session
    except ImportError:
        return ()
    session = Session()
    found = []
    for service, names in OPERATIONS.items():
        model = session.get_service_model(service)
        for name in names:
            operation = model.operation_model(name)
            path = re.escape(operation.http["requestUri"]).replace(r"\{", "{").replace(r"\}", "}")
            pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
            found.append((operation.http["method"], re.compile(pattern), operation))
    return tuple(found)


def _body(raw: bytes) -> dict[str, Any]:
    if not raw:
        return {}
    try:
        sent = json.loads(raw)
    except (ValueError, RecursionError):
        raise NotTaken("the body is not valid JSON") from None
    if not isinstance(sent, dict):
        raise NotTaken("the body is not an object")
    return sent


def _read(shape: Any, value: Any, where: str) -> Any:
    """Turn what JSON holds into what botocore would have been given, and check its words."""
    kind = shape.type_name
    if getattr(shape, "is_document_type", False):  # whatever JSON can say
        return value
    if kind == "structure" and isinstance(value, dict):
        if unknown := sorted(set(value) - set(shape.members)):
            raise NotTaken(f"{where}.{unknown[0]}: unknown field")
        return {
            name: _read(shape.members[name], one, f"{where}.{name}") for name, one in value.items()
        }
    if kind == "list" and isinstance(value, list):
        return [_read(shape.member, one, f"{where}.{n}") for n, one in enumerate(value)]
    reading = READING.get(kind)
    return reading(shape, value, where) if reading else value


def _blob(_shape: Any, value: Any, where: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, binascii.Error, ValueError):
        raise NotTaken(f"{where}: base64 is required") from None


def _number(_shape: Any, value: Any, where: str) -> Any:
    if isinstance(value, str):  # from a path or a query
        if not value.isdecimal():
            raise NotTaken(f"{where}: a number is required")
        return int(value)
    return value


def _moment(_shape: Any, value: Any, where: str) -> datetime:
    try:
        return datetime.fromtimestamp(value, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        raise NotTaken(f"{where}: a moment is required") from None


def _text(shape: Any, value: Any, where: str) -> Any:
    """Check what botocore leaves to the service: patterns and enumerations."""
    if isinstance(value, str):
        pattern = shape.metadata.get("pattern")
        if pattern and not re.fullmatch(pattern, value):
            raise NotTaken(f"{where}: it must match {pattern}")
        if shape.enum and value not in shape.enum:
            raise NotTaken(f"{where}: it must be one of {', '.join(shape.enum)}")
        if len(value) > shape.metadata.get("max", len(value)):
            raise NotTaken(f"{where}: at most {shape.metadata['max']} characters")
    return value


READING = {
    "blob": _blob,
    "integer": _number,
    "long": _number,
    "timestamp": _moment,
    "string": _text,
}
