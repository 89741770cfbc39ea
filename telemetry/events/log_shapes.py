"""How do the well-known loggers write what we call time, message, error and session?"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from telemetry.events.stacks import frames_of

Fields = Mapping[str, Any]

# Names of one thing in python-json-logger, structlog, bunyan, pino, zerolog, logrus, zap, serilog.
TIMES = (
    *("timestamp", "time", "ts", "@timestamp", "asctime", "datetime", "date", "@t"),
    "eventTime",
)
MESSAGES = ("event", "message", "msg", "@m", "MESSAGE")
_NESTED = ("fields", "extra", "attributes", "context", "ctx", "data", "@fields", "Properties")
_WRITERS = ("pid", "hostname", "levelname", "lineno", "v")  # beside the name of a logger
_ERRORS = ("err", "error", "exception", "exc_info")
_MEANT = {
    "tool execution": "Tool execution",
    "tool executed": "Tool execution",
    "tool call": "Tool execution",
    "tool called": "Tool execution",
    "extension called": "Extension called",
    "task completed": "Task completed",
    "task failed": "Task failed",
}
_NOT_A_LETTER = re.compile(r"[\s._:\-]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SHORT = 40  # a name of an event is short; a sentence is not looked at letter by letter
_LAST_LINE = re.compile(
    r"(?P<type>[A-Za-z_][\w.]*?(?:Error|Exception|Timeout|Exit|Interrupt))\b:?"
)


def phrase_of(entry: Fields) -> str:
    """Return which of our phrases an entry's event or message is, however it is spelt."""
    for name in MESSAGES:
        value = entry.get(name)
        if isinstance(value, str) and 0 < len(value) <= _SHORT:
            words = _NOT_A_LETTER.sub(" ", _CAMEL.sub(" ", value)).strip().lower()
            if words in _MEANT:
                return _MEANT[words]
    return ""


def flattened(entry: Fields) -> dict[str, Any]:
    """Return an entry with its nested fields beside the others, and its error in our names."""
    flat: dict[str, Any] = {}
    for name in _NESTED:
        inner = entry.get(name)
        if isinstance(inner, Mapping):
            flat.update({key: value for key, value in inner.items() if isinstance(key, str)})
    flat.update(entry)
    if any(name in entry for name in _WRITERS):
        flat["name"] = None  # the logger's own
    if flat.get("error_code") is None and flat.get("error_message") is None:
        flat.update(_error_of(flat))
    return flat


def audited(entry: Fields) -> dict[str, Any] | None:
    """Return an entry of an audit log in our names, None when it tells of no action."""
    if entry.get("action") is not None:
        return flattened(entry)
    event = entry.get("event")
    if isinstance(event, Mapping) and event.get("action"):  # Elastic's common schema
        told = {"action": event["action"], "success": event.get("outcome"), "id": event.get("id")}
        return {**flattened(entry), **told, "event": None}
    if entry.get("event.action"):  # the same, with dots
        told = {"action": entry["event.action"], "success": entry.get("event.outcome")}
        return {**flattened(entry), **told}
    if entry.get("eventName") and entry.get("eventTime"):  # the clouds' trails
        failed = entry.get("errorCode")
        told = {
            "action": entry["eventName"],
            "success": not failed,
            "error_code": failed,
            "error_message": entry.get("errorMessage"),
            "id": entry.get("eventID"),
        }
        return {**entry, **told}
    return None


def _error_of(entry: Fields) -> dict[str, Any]:
    """Read an error as an object, as a traceback or as a text."""
    for name in _ERRORS:
        value = entry.get(name)
        if isinstance(value, Mapping):
            return _from_object(value)
        if isinstance(value, str) and "\n" in value.strip():
            return _from_traceback(value)
    return {}


def _from_object(error: Fields) -> dict[str, Any]:
    kind = error.get("code") or error.get("type") or error.get("name") or error.get("kind")
    words = error.get("message") or error.get("msg") or error.get("reason")
    found = {"error_code": kind, "error_message": words}
    stack = error.get("stack") or error.get("stack_trace")
    frames = {"frames": frames_of(stack)} if isinstance(stack, str) else {}
    return {name: str(value) for name, value in found.items() if value} | frames


def _from_traceback(text: str) -> dict[str, Any]:
    """Take type and words of the last line, and of the frames above it the functions alone."""
    last = text.strip().splitlines()[-1].strip()
    match = _LAST_LINE.match(last)
    frames = {"frames": frames_of(text)}
    if not match:
        return {"error_message": last, **frames}
    words, kind = last[match.end() :].strip(), match.group("type").rpartition(".")[2]
    return {"error_code": kind, "error_message": words or last, **frames}


def moment_of(fields: Fields) -> datetime | None:
    """Return when an entry was written: a text, or a number of seconds or parts of them."""
    value = next((fields[name] for name in TIMES if fields.get(name) not in (None, "")), None)
    if isinstance(value, bool | dict | list) or value is None:
        return None
    if isinstance(value, int | float):
        return _from_number(float(value))
    text = str(value).strip()
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):  # a year before 1 or after 9999, once in UTC
        pass
    try:
        return _from_number(float(text))
    except ValueError:
        return None


def _from_number(number: float) -> datetime | None:
    """Read seconds, milli-, micro- or nanoseconds since 1970 by how large the number is."""
    for limit, parts in ((1e11, 1), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9)):
        if number / parts >= 1e8 and number < limit:
            try:
                return datetime.fromtimestamp(number / parts, UTC)
            except (ValueError, OverflowError, OSError):
                return None
    return None
