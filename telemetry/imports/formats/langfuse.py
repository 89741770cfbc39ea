"""Which events do Langfuse's observations, traces and scores hold, from its pages or its API?"""

from collections.abc import Iterator
from typing import Any

from telemetry.imports.values import (
    Values,
    error_parts,
    first,
    inner,
    listed,
    milliseconds,
    moment,
    name,
    rating,
)

TITLE = "Langfuse: observations, traces or scores (JSON, JSON lines or CSV)"
WRAPPERS = ("data", "observations", "traces", "scores")
_CALLS = {"TOOL", "RETRIEVER", "EMBEDDING"}
_TYPES = _CALLS | {"SPAN", "GENERATION", "EVENT", "AGENT", "CHAIN", "EVALUATOR", "GUARDRAIL"}
_KINDS = ("openinference.span.kind", "gen_ai.operation.name")
_TOOLS = {"TOOL", "execute_tool"}


def fits(record: Values) -> bool:
    """Say whether a record is an observation, a trace or a score."""
    return _is_observation(record) or _is_score(record) or _is_trace(record)


def _is_observation(record: Values) -> bool:
    return str(record.get("type", "")).upper() in _TYPES and bool(
        first(record, "startTime", "start_time")
    )


def _is_score(record: Values) -> bool:
    placed = first(record, "traceId", "trace_id", "sessionId", "session_id")
    valued = "value" in record or "stringValue" in record or "string_value" in record
    return bool(placed) and valued and "name" in record and "run_type" not in record


def _is_trace(record: Values) -> bool:
    told = {"observations", "scores", "observationCount", "sessionId", "userId", "bookmarked"}
    return "id" in record and "timestamp" in record and bool(told & record.keys())


def events_of(record: Values) -> Iterator[dict[str, Any]]:
    """Yield the events of one record; input and output are never looked at."""
    if _is_observation(record):
        yield from _of_observation(record, record)
    elif _is_score(record):
        yield from _of_score(record)
    elif _is_trace(record):
        for observation in listed(record.get("observations")):
            if isinstance(observation, dict) and _is_observation(observation):
                yield from _of_observation(observation, record)
        for score in listed(record.get("scores")):
            if isinstance(score, dict) and "value" in score:
                yield from _of_score({"traceId": record["id"], **score})


def _of_observation(record: Values, trace: Values) -> Iterator[dict[str, Any]]:
    kind = str(record["type"]).upper()
    failed = str(record.get("level", "")).upper() == "ERROR"
    code, words = error_parts(first(record, "statusMessage", "status_message"))
    same = {
        "id": f"langfuse:{name(record.get('id'))}",
        "timestamp": moment(record, *_ended(record)),
        "session_id": _session(record, trace),
        "agent": _agent(record, trace),
    }
    if kind in _CALLS or _is_tool(record):
        yield {
            **same,
            "event_type": "tool_call",
            "tool": name(record.get("name"), kind.lower()),
            "success": not failed,
            "error_code": code if failed else None,
            "error_message": words if failed else None,
            "latency_ms": milliseconds(record, *_span(record), record.get("latency")),
        }
    elif failed and (kind in {"GENERATION", "AGENT"} or not _parent(record)):
        yield {
            **same,
            "event_type": "task_failure",
            "task_name": name(record.get("name"), kind.lower()),
            "error_category": code or "error",
            "retry_count": 0,
            "final_status": "failed",
            "error_message": words,
        }


def _of_score(record: Values) -> Iterator[dict[str, Any]]:
    value = first(record, "stringValue", "string_value", "value")
    thumb = rating(value) or rating(record.get("value"))
    if thumb:
        yield {
            "event_type": "feedback",
            "id": f"langfuse:score:{name(record.get('id'), name(record.get('traceId')))}",
            "timestamp": moment(record, "timestamp", "createdAt", "created_at", "updatedAt"),
            "session_id": _session(record, record),
            "agent": name(first(record, "traceName", "trace_name")),
            "rating": thumb,
        }


def _is_tool(record: Values) -> bool:
    metadata = inner(record.get("metadata"))
    attributes = {**metadata, **inner(metadata.get("attributes"))}
    return any(attributes.get(kind) in _TOOLS for kind in _KINDS)


def _ended(record: Values) -> tuple[str, ...]:
    return ("endTime", "end_time", "startTime", "start_time")


def _span(record: Values) -> tuple[str, str]:
    return ("startTime", "endTime") if "startTime" in record else ("start_time", "end_time")


def _parent(record: Values) -> Any:
    return first(record, "parentObservationId", "parent_observation_id")


def _session(record: Values, trace: Values) -> str:
    found = first(record, "sessionId", "session_id") or first(trace, "sessionId", "session_id")
    return name(found or first(record, "traceId", "trace_id") or trace.get("id"))


def _agent(record: Values, trace: Values) -> str:
    metadata = inner(record.get("metadata"))
    own = first(metadata, "agent", "agent_name", "gen_ai.agent.name", "langgraph_node")
    outer = trace.get("name") if trace is not record else None
    return name(own or first(record, "traceName", "trace_name") or outer)
