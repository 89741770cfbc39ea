"""Which event does a line of a log tell of?"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from telemetry.events import schemas, stacks
from telemetry.events.log_shapes import MESSAGES, audited, flattened, moment_of, phrase_of
from telemetry.events.schemas import UNKNOWN, AnyEvent, BadLine, from_line, from_values
from telemetry.models import Backend, EventType

_PHRASE = re.compile(r"\b(?P<phrase>Tool execution|Extension called|Task completed|Task failed)\b")
_TIME = re.compile(
    r"\[?(?P<time>\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,6})?(?:Z|[+-]\d{2}:?\d{2})?)"
)
_PAIR = re.compile(
    r"(?P<key>[A-Za-z_][\w.\-]{0,63}+)=(?:\"(?P<quoted>(?:[^\"\\]|\\.)*+)\"?|(?P<bare>[^\s\"]*+))"
)
_LOGFMT = re.compile(r"\s*[A-Za-z_@][\w.@]{0,63}=")
_CARRIER = "carrier's time"  # a name that no logger writes
_ESCAPED = re.compile(r"\\(.)")
_TRUE = frozenset({"true", "1", "yes", "ok", "success", "succeeded"})
_FALSE = frozenset({"false", "0", "no", "error", "failure", "failed"})
Fields = Mapping[str, Any]


def recognise(text: str, backend: str, time: str = "") -> AnyEvent | None:
    """Return the event of a line, None for other lines; raise BadLine when it is half of one.

    The time is the carrier's: it counts where the line tells none of its own.
    """
    if text.lstrip()[:1] == "{":
        return _from_json(text, backend, time)
    if backend == Backend.AUDIT_LOG:
        return None
    if _LOGFMT.match(text):
        return _from_entry(_fields(text, 0), time)
    phrase = _PHRASE.search(text)
    if phrase is None:
        return None
    return _told(phrase.group("phrase"), {**_fields(text, phrase.end()), _CARRIER: time})


def _fields(text: str, start: int) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for pair in _PAIR.finditer(text, start):
        quoted = pair.group("quoted")
        value = pair.group("bare") if quoted is None else _ESCAPED.sub(_unescaped, quoted)
        fields.setdefault(pair.group("key"), value)  # what is appended later overrides nothing
    time = _TIME.match(text.lstrip())
    if time:
        fields["timestamp"] = time.group("time")
    return fields


def _unescaped(match: re.Match[str]) -> str:
    return {"n": "\n", "t": "\t"}.get(match.group(1), match.group(1))


def _from_json(text: str, backend: str, time: str) -> AnyEvent | None:
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict):
        return None
    kind = entry.get("event_type")
    if isinstance(kind, str) and kind in EventType.values:
        return from_line(text)
    event = _from_entry(entry, time)
    if event is None and backend == Backend.AUDIT_LOG:
        fields = audited(entry)
        return _call({**fields, _CARRIER: time}, _text(fields["action"])) if fields else None
    return event


def _from_entry(entry: Fields, time: str) -> AnyEvent | None:
    """Read what a logger wrote as fields; the phrase may be its event or stand in its message."""
    unsaid = dict.fromkeys(MESSAGES)
    if phrase := phrase_of(entry):
        return _told(phrase, {**flattened(entry), **unsaid, _CARRIER: time})
    for said in (entry.get(name) for name in MESSAGES):
        if isinstance(said, str) and (found := _PHRASE.search(said)):
            pairs = _fields(said, found.end())
            fields = {**pairs, **flattened(entry), **unsaid, _CARRIER: time}
            return _told(found.group("phrase"), fields)
    return None


def _told(phrase: str, fields: Fields) -> AnyEvent:
    if phrase.startswith("Task"):
        task = _named(_first(fields, "task", "task_name", "name"), "task")
        return _task_failed(fields, task) if phrase == "Task failed" else _task_done(fields, task)
    return _call(fields, _named(_first(fields, "tool", "extension", "name"), "tool"))


def _call(fields: Fields, tool: str) -> AnyEvent:
    success = _flag(_first(fields, "success", "ok", "status"))
    code = _first(fields, "error_code", "code", "error_type")
    message = _first(fields, "error_message", "error", "exception", "message")
    return from_values(
        {
            "event_type": "tool_call",
            "timestamp": _moment(fields),
            "session_id": _session(fields),
            "id": _id(fields),
            "agent": _text(_first(fields, "agent", "actor")) or UNKNOWN,
            "tool": _named(tool, "tool"),
            "success": success,
            "error_code": None if success else _text(code) or None,
            "error_message": None if success else _text(message) or None,
            "latency_ms": _number(_first(fields, "latency_ms", "duration_ms")),
            **({} if success else _telling(fields)),
        }
    )


def _telling(fields: Fields) -> dict[str, Any]:
    """Return what tells the failure from others better than its words."""
    told = fields.get("frames")
    frames = told if isinstance(told, tuple | list) else ()
    return {
        "fingerprint": _text(fields.get("fingerprint"))[: schemas.LONGEST_NAME] or None,
        "frames": stacks.top(frame[:300] for frame in frames if frame and isinstance(frame, str)),
    }


def _task_done(fields: Fields, task: str) -> AnyEvent:
    return from_values(
        {
            "event_type": "tool_call",
            "timestamp": _moment(fields),
            "session_id": _session(fields),
            "id": _id(fields),
            "agent": _text(fields.get("agent")) or "scheduler",
            "tool": task,
            "success": True,
            "latency_ms": _number(_first(fields, "duration_ms", "latency_ms")),
        }
    )


def _task_failed(fields: Fields, task: str) -> AnyEvent:
    return from_values(
        {
            "event_type": "task_failure",
            "timestamp": _moment(fields),
            "session_id": _session(fields),
            "id": _id(fields),
            "task_name": task,
            "error_category": _text(_first(fields, "error_category", "error_code")) or UNKNOWN,
            "retry_count": int(_number(_first(fields, "retry_count", "retries"))),
            "final_status": _text(_first(fields, "final_status", "status")) or "failed",
            "agent": _text(fields.get("agent")) or "scheduler",
            "error_message": _text(_first(fields, "error_message", "error", "exception")) or None,
            **_telling(fields),
        }
    )


def _first(fields: Fields, *names: str) -> Any:  # JSON holds anything
    return next((fields[n] for n in names if fields.get(n) is not None), None)


def _text(value: object) -> str:
    if value is None or isinstance(value, str):
        return (value or "").strip()
    return json.dumps(value, default=str) if isinstance(value, dict | list) else str(value)


def _named(value: object, what: str) -> str:
    name = _text(value)[:1000]
    if not name:
        raise BadLine(f"the line names no {what}")
    return name


def _session(fields: Fields) -> str:
    return _text(_first(fields, "session", "session_id"))[:1000] or UNKNOWN


def _id(fields: Fields) -> str | None:
    return _text(_first(fields, "call", "call_id", "id", "event_id"))[:1000] or None


def _flag(value: object) -> bool:
    word = str(value).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise BadLine("success is neither true nor false")


def _number(value: object) -> float:
    if value is None or value == "":
        return 0.0
    try:
        number = float(str(value))
    except ValueError:
        raise BadLine("a duration or count is no number") from None
    if not 0 <= number < 1e12:
        raise BadLine("a duration or count is negative or too large")
    return number


def _moment(fields: Fields) -> datetime:
    at = moment_of(fields) or moment_of({"time": fields.get(_CARRIER)})
    if at is None:
        raise BadLine("the line has no readable time")
    return at
