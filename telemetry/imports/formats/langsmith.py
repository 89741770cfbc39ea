"""Which events do LangSmith's runs and feedback hold?"""

from collections.abc import Iterator
from typing import Any

from telemetry.imports.values import (
    Values,
    error_parts,
    first,
    inner,
    milliseconds,
    moment,
    name,
    rating,
)

TITLE = "LangSmith: runs or feedback (JSON, JSON lines or CSV)"
WRAPPERS = ("runs", "feedback", "traces")
_CALLS = {"tool", "retriever"}


def fits(record: Values) -> bool:
    """Say whether a record is a run or a feedback."""
    return "run_type" in record or _is_feedback(record)


def _is_feedback(record: Values) -> bool:
    return "key" in record and "score" in record and ("run_id" in record or "trace_id" in record)


def events_of(record: Values) -> Iterator[dict[str, Any]]:
    """Yield the events of one run with its children; inputs are never looked at."""
    if _is_feedback(record) and "run_type" not in record:
        yield from _of_feedback(record)
        return
    yield from _of_run(record)
    children = record.get("child_runs")
    for child in children if isinstance(children, list) else ():
        if isinstance(child, dict) and "run_type" in child:
            yield from events_of({"trace_id": record.get("trace_id") or record.get("id"), **child})


def _of_run(record: Values) -> Iterator[dict[str, Any]]:
    metadata = inner(inner(record.get("extra")).get("metadata"))
    same = {
        "id": f"langsmith:{name(record.get('id'))}",
        "timestamp": moment(record, "end_time", "start_time"),
        "session_id": _session(record, metadata),
        "agent": name(first(metadata, "agent", "agent_name", "lc_agent_name", "langgraph_node")),
    }
    code, words = error_parts(record.get("error"))
    failed = bool(record.get("error")) or record.get("status") == "error" or _refused(record)
    if record["run_type"] in _CALLS:
        yield {
            **same,
            "event_type": "tool_call",
            "tool": name(record.get("name"), str(record["run_type"])),
            "success": not failed,
            "error_code": code if failed else None,
            "error_message": words if failed else None,
            "latency_ms": milliseconds(record, "start_time", "end_time", record.get("latency")),
        }
    elif failed and (not record.get("parent_run_id") or record["run_type"] == "llm"):
        yield {
            **same,
            "event_type": "task_failure",
            "task_name": name(record.get("name"), str(record["run_type"])),
            "error_category": code or "error",
            "retry_count": 0,
            "final_status": "failed",
            "error_message": words,
        }
    yield from _of_statistics(record, same)


def _refused(record: Values) -> bool:
    """Say whether a tool answered with an error instead of raising one."""
    if record.get("run_type") != "tool":
        return False
    return inner(inner(record.get("outputs")).get("output")).get("status") == "error"


def _of_statistics(record: Values, same: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Take the feedback that a run carries as numbers."""
    for key, told in inner(record.get("feedback_stats")).items():
        thumb = rating(inner(told).get("avg"))
        if thumb and inner(told).get("n"):
            yield {
                **same,
                "event_type": "feedback",
                "id": f"{same['id']}:{key}"[:900],
                "rating": thumb,
            }


def _of_feedback(record: Values) -> Iterator[dict[str, Any]]:
    thumb = rating(first(record, "score", "value"))
    if thumb:
        yield {
            "event_type": "feedback",
            "id": f"langsmith:feedback:{name(record.get('id'), name(record.get('run_id')))}",
            "timestamp": moment(record, "created_at", "modified_at"),
            "session_id": name(first(record, "trace_id", "run_id")),
            "agent": name(None),
            "rating": thumb,
        }


def _session(record: Values, metadata: Values) -> str:
    thread = first(metadata, "session_id", "thread_id", "conversation_id")
    return name(thread or first(record, "trace_id", "id"))
