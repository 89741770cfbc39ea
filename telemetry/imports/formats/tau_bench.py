"""Which events do the results of tau-bench and of its successor hold?"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from telemetry.events.log_shapes import moment_of
from telemetry.imports.formats.timeless import moments
from telemetry.imports.values import Values, digest, error_parts, first, inner, listed, name

TITLE = "τ-bench: results of runs (JSON)"
WRAPPERS = ("simulations", "results")
AGENT = "tau-bench"
_HANDED_OVER = {"transfer_to_human_agents", "transfer_to_human_agent"}
_REACHED = 1 - 1e-6


def fits(record: Values) -> bool:
    """Say whether a record is one run of a task."""
    first_kind = "reward" in record and isinstance(record.get("traj"), list)
    second_kind = "reward_info" in record and isinstance(record.get("messages"), list)
    return "task_id" in record and (first_kind or second_kind)


def events_of(record: Values, *, written: datetime, stem: str) -> Iterator[dict[str, Any]]:
    """Yield a call per tool, what was handed over, and the failure of the task."""
    messages = listed(record.get("traj")) or listed(record.get("messages"))
    messages = [message for message in messages if isinstance(message, dict)]
    own = name(record.get("id"), digest([record.get("task_id"), record.get("trial"), messages]))
    ended = moment_of({"time": first(record, "end_time", "timestamp")}) or written
    task = f"task {name(record.get('task_id'))}"
    same = {"session_id": f"{task} trial {record.get('trial', 0)} {own[:8]}", "agent": AGENT}
    times = list(moments(ended, [1.0] * len(messages)))
    calls: dict[str, str] = {}
    for number, message in enumerate(messages):
        at = moment_of({"time": message.get("timestamp")}) or times[number]
        place = {**same, "id": f"tau-bench:{own}:{number}", "timestamp": at}
        calls.update(_calls(message))
        if message.get("role") == "tool":
            yield from _of_answer(message, calls, place)
    yield from _of_outcome(record, {**same, "id": f"tau-bench:{own}:end", "timestamp": ended})


def _calls(message: Values) -> dict[str, str]:
    """Return the names of the tools that a message calls, by the calls' ids."""
    found = {}
    for call in listed(message.get("tool_calls")):
        if isinstance(call, dict):
            told = first(call, "name") or inner(call.get("function")).get("name")
            found[str(call.get("id", ""))] = name(told)
    return found


def _of_answer(
    message: Values, calls: dict[str, str], place: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    own = str(first(message, "tool_call_id", "id") or "")
    tool = name(message.get("name"), calls.get(own, "")) if message.get("name") else calls.get(own)
    said = message.get("content")
    words = said if isinstance(said, str) else json.dumps(said, default=str)
    failed = message.get("error") is True or words.lstrip().lower().startswith("error")
    code, told = (
        error_parts(words.lstrip().removeprefix("Error:").strip()) if failed else (None, None)
    )
    yield {
        **place,
        "event_type": "tool_call",
        "tool": name(tool),
        "success": not failed,
        "error_code": (code or "tool_error") if failed else None,
        "error_message": told,
        "latency_ms": 0.0,
    }
    if tool in _HANDED_OVER and not failed:
        yield {
            **place,
            "id": f"{place['id']}:handed over",
            "event_type": "escalation",
            "reason_category": "capability_gap",
        }


def _of_outcome(record: Values, place: dict[str, Any]) -> Iterator[dict[str, Any]]:
    reward = first(record, "reward")
    if reward is None:
        reward = inner(record.get("reward_info")).get("reward")
    if isinstance(reward, int | float) and reward >= _REACHED:
        return
    code, words = error_parts(inner(record.get("info")).get("error"))
    ended = record.get("termination_reason")
    yield {
        **place,
        "event_type": "task_failure",
        "task_name": f"task {name(record.get('task_id'))}",
        "error_category": code or name(ended if words is None else "error", "wrong_outcome"),
        "retry_count": 0,
        "final_status": "failed",
        "error_message": words or "the task's outcome was not reached",
    }
