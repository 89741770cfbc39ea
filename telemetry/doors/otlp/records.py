"""Which events does a log record tell of: of the coding agents, or of our own names?"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from telemetry.doors.otlp import endings, facts, names
from telemetry.doors.otlp.spans import EVALUATION, FAILED_REQUEST, Dropped
from telemetry.doors.otlp.wire import BadItem, Record, text
from telemetry.events.schemas import (
    UNKNOWN,
    AnyEvent,
    BadLine,
    Escalation,
    Failing,
    Feedback,
    TaskFailure,
    ToolCall,
    UserCorrection,
    from_values,
)

PREFIXES = ("claude_code.", "codex.", "gemini_cli.", "qwen-code.", "selfimprove.")
LONGEST = 100  # signs of an event's name
OTHER = "a log record of another kind"
TURN = "user_prompt"
_REFUSED = frozenset({"reject", "rejected", "deny", "denied", "abort", "aborted", "cancel"})
_CHANGED = frozenset({"modify", "modified", "edit", "edited"})
_ENDINGS = {"timeout": "timeout", "max_turns": "capability_gap", "aborted": "user_request",
            "cancelled": "user_request"}  # fmt: skip
_WELL = frozenset({"", "goal", "success", "completed", "complete", "done"})
_AUTOMATIC = ("config", "hook", "policy", "automated")


def events_of(record: Record) -> list[AnyEvent]:
    """Return what a record tells of; raise Dropped with the reason, or BadItem."""
    name = name_of(record)
    read = _READERS.get(name)
    if read is None:
        raise Dropped(OTHER)
    return read(record)


def name_of(record: Record) -> str:
    """Return the event's name without its prefix, wherever it stands."""
    told = (record.name, text(record.attributes, *names.EVENT_NAME))
    plain = [_plain(name) for name in told if name] or [_plain(record.body)]
    # Codex's eventName is a line of its own source; what happened stands in event.name.
    return next((name for name in plain if name in _READERS), plain[0])


def _plain(name: str) -> str:
    """Return a name without its agent's prefix; a body may be anything, and is then none."""
    if len(name) > LONGEST:
        return ""
    for prefix in PREFIXES:
        name = name.removeprefix(prefix)
    return name


def _system(record: Record) -> str:
    """Return which agent it is by the prefix of its event's name, when it says so nowhere else."""
    told = (record.name, text(record.attributes, *names.EVENT_NAME), record.body[:LONGEST])
    return next((p.rstrip(".") for p in PREFIXES[:-1] if any(t.startswith(p) for t in told)), "")


def when(record: Record) -> datetime:
    """Return the record's moment: some leave its time empty and write it elsewhere."""
    if nanoseconds := record.at or record.observed:
        return facts.moment(nanoseconds)
    at = facts.written_moment(text(record.attributes, *names.EVENT_TIME))
    if at is None:
        raise BadItem("a log record has no time")
    return at


def _common(record: Record) -> dict[str, Any]:
    return {
        "timestamp": when(record),
        "session_id": facts.session(record.attributes, record.resource, record.trace_id),
        "id": text(record.attributes, *names.GIVEN_ID)[:1000] or digest(record),
        "agent": _agent(record),
    }


def _agent(record: Record) -> str:
    named = facts.agent(record.attributes, record.resource)
    return facts.name(_system(record)) if named == UNKNOWN else named


def digest(record: Record) -> str:
    """Name a record for good by all that it holds: sent again, it is the same one."""
    resource = sorted(record.resource.items())
    whole = (record.trace_id, record.span_id, record.name, record.body, record.at,
             record.observed, record.everything, resource)  # fmt: skip
    return hashlib.blake2b(repr(whole).encode("utf-8", "replace"), digest_size=20).hexdigest()


def _tool_result(record: Record) -> list[AnyEvent]:
    attributes = record.attributes
    told = next((facts.flag(attributes[n]) for n in names.SUCCESS if n in attributes), None)
    error = text(attributes, *names.ERROR_MESSAGE)
    code = text(attributes, *names.ERROR_TYPE)
    if told and (ended := endings.exit_code(record.everything)):
        told, code = False, f"exit_{ended}"  # the tool did run; what it ran has failed
    success = told if told is not None else not (error or code)
    call = ToolCall(
        **_common(record),
        tool=facts.name(text(attributes, *names.TOOL)),
        success=success,
        error_code=None if success else code or "error",
        error_message=None if success else error or None,
        latency_ms=_duration(record),
        **({} if success else _telling(record)),
    )
    corrections = _corrections(record)
    refused = any(c.correction_type == "abandon" for c in corrections)
    return [*corrections] if refused else [call, *corrections]  # what was refused never ran


def _turn(record: Record) -> list[AnyEvent]:
    when(record)  # a turn without a time is wrong, not left out
    raise Dropped("a person's turn, of which only session and moment are kept for two days")


def _decision(record: Record) -> list[AnyEvent]:
    corrections = _corrections(record)
    if not corrections:
        raise Dropped("a decision that corrects nothing, or that no person took")
    return [*corrections]


def _corrections(record: Record) -> list[UserCorrection]:
    """Read what a person decided; settings and hooks decide as well, and are no persons."""
    decision, source = (text(record.attributes, name).lower() for name in names.DECISION[:2])
    if source.startswith(_AUTOMATIC):
        return []
    if decision in _REFUSED:
        return [UserCorrection(**_common(record), correction_type="abandon")]
    if decision in _CHANGED:
        return [UserCorrection(**_common(record), correction_type="rephrase")]
    return []


def _api_error(record: Record) -> list[AnyEvent]:
    attributes = record.attributes
    status = text(attributes, *names.STATUS_CODE)
    kind = text(attributes, *names.ERROR_TYPE, *names.EXCEPTION_TYPE)
    attempts = facts.number(attributes.get("attempt"))
    failure = TaskFailure(
        **_common(record),
        task_name="model_request",
        error_category=facts.name(kind, f"http_{status}" if status else "", "error"),
        retry_count=int(min(max(0, attempts - 1), 1_000_000)),
        final_status="failed",
        error_message=text(attributes, *names.EXCEPTION_MESSAGE, *names.ERROR_MESSAGE) or None,
        **_telling(record),
    )
    return [failure]


def _request(record: Record) -> list[AnyEvent]:
    """Read a model request of Codex, which has no event for those that failed.

    It tells of each attempt, and of none whether it was the last: the first stands for all.
    """
    failed = facts.number(record.attributes.get(names.STATUS_CODE[0])) >= 400
    if not failed and not text(record.attributes, *names.ERROR_MESSAGE):
        raise Dropped(OTHER)
    if facts.number(record.attributes.get("attempt")):
        raise Dropped("a further attempt of a failed model request, which is kept")
    return _api_error(record)


def _telling(record: Record) -> dict[str, Any]:
    """Return what tells the failure from others better than its words."""
    return {
        "frames": facts.frames(text(record.attributes, *names.STACK)),
        "fingerprint": facts.fingerprint(record.attributes) or None,
    }


def _evaluation(record: Record) -> list[AnyEvent]:
    rating = facts.rating(record.attributes)
    if rating is None:
        raise Dropped("an evaluation whose score is neither a label nor between 0 and 1")
    return [Feedback(**_common(record), rating=rating)]


def _finish(record: Record) -> list[AnyEvent]:
    ending = text(record.attributes, *names.FINISH).lower()
    if ending in _WELL:
        raise Dropped("an agent's end that did not fail")
    reason: Any = _ENDINGS.get(ending, "error")
    return [Escalation(**_common(record), reason_category=reason)]


def _own(kind: type[AnyEvent], *fields: str) -> Callable[[Record], list[AnyEvent]]:
    """Read one of our own event names, whose attributes are called as our fields are."""

    def read(record: Record) -> list[AnyEvent]:
        values: dict[str, Any] = {
            name: record.attributes[name] for name in fields if name in record.attributes
        }
        if issubclass(kind, Failing):
            values |= _telling(record)
        if kind is TaskFailure:
            count = int(min(facts.number(record.attributes.get("retry_count")), 1_000_000))
            message = text(record.attributes, *names.ERROR_MESSAGE) or None
            values = {"error_category": "error", "final_status": "failed", **values}
            values |= {"retry_count": count} | ({"error_message": message} if message else {})
        try:
            return [from_values({"event_type": kind.event_type, **_common(record), **values})]
        except BadLine as error:
            raise BadItem(str(error)) from None

    return read


def _duration(record: Record) -> float:
    found = (record.attributes[name] for name in names.DURATION if name in record.attributes)
    return facts.number(next(found, None))


_READERS: dict[str, Callable[[Record], list[AnyEvent]]] = {
    "tool_result": _tool_result,
    "tool_call": _tool_result,
    "tool_decision": _decision,
    "decision": _decision,
    "api_error": _api_error,
    "api_request": _request,
    TURN: _turn,
    "agent.finish": _finish,
    EVALUATION: _evaluation,
    FAILED_REQUEST: _api_error,
    "user_correction": _own(UserCorrection, "correction_type"),
    "feedback": _own(Feedback, "rating"),
    "escalation": _own(Escalation, "reason_category"),
    "task_failure": _own(TaskFailure, "task_name", "error_category", "final_status"),
}
