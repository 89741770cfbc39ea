"""Which events does a trajectory of SWE-agent hold?"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from telemetry.imports.formats.timeless import moments
from telemetry.imports.values import Values, digest, error_parts, inner, listed, name

TITLE = "SWE-agent: a trajectory (.traj)"
WRAPPERS: tuple[str, ...] = ()
AGENT = "swe-agent"
_HEAD = 4_000  # characters of an observation that tell whether an action worked
_DONE = {"submitted", "submitted (exit_cost)", "submitted (exit_context)"}
_TOOL = re.compile(r"\s*(?:cd\s+\S+\s*&&\s*)?(?:[A-Z_]+=\S*\s+)*([A-Za-z_./][\w./+-]*)")
_FAILED: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), code)
    for pattern, code in (
        (r"^.{0,200}\b(?:(?:execution|command) timed out|was cancelled because)", "timeout"),
        (r"^command failed to execute", "command_failed"),
        (r"^your proposed edit has introduced new syntax error", "edit_refused"),
        (r"^no replacement was performed", "edit_refused"),
        (r"^(?:error: )?the path .{1,200} does not exist", "not_found"),
        (r"^(?:error: )?file .{1,200} not found", "not_found"),
        (r"^(?:/bin/)?(?:ba)?sh: .{0,200}command not found", "command_not_found"),
        (r"^.{0,200}: no such file or directory", "not_found"),
        (r"^(?:/bin/)?(?:ba)?sh: .{0,200}syntax error", "bad_input"),
        (r"^(?:usage: |error: |invalid )", "bad_input"),
    )
)


def fits(record: Values) -> bool:
    """Say whether a record is a whole trajectory."""
    steps = record.get("trajectory")
    return isinstance(steps, list) and ("info" in record or "history" in record)


def events_of(record: Values, *, written: datetime, stem: str) -> Iterator[dict[str, Any]]:
    """Yield a call per step and the failure that the run ended in; thoughts are not looked at."""
    steps = [step for step in listed(record.get("trajectory")) if isinstance(step, dict)]
    session = name(record.get("instance_id") or record.get("environment"), stem)
    if session in {"swe_main", "main"}:  # the environment's name tells nothing
        session = stem
    own = digest([session, [[step.get("action"), step.get("observation")] for step in steps]])
    times = moments(written, [_seconds(step) for step in steps])
    for number, (step, at) in enumerate(zip(steps, times, strict=True)):
        tool = _TOOL.match(str(step.get("action") or ""))
        if tool:
            code, words = _failure(str(step.get("observation") or "")[:_HEAD])
            yield {
                "event_type": "tool_call",
                "id": f"swe-agent:{own}:{number}",
                "timestamp": at,
                "session_id": session,
                "agent": AGENT,
                "tool": name(tool.group(1)),
                "success": code is None,
                "error_code": code,
                "error_message": words,
                "latency_ms": _seconds(step) * 1000,
            }
    status = inner(record.get("info")).get("exit_status")
    if status not in _DONE:
        ending = name(status, "no_exit_status")
        yield {
            "event_type": "task_failure",
            "id": f"swe-agent:{own}:end",
            "timestamp": written,
            "session_id": session,
            "agent": AGENT,
            "task_name": "resolve issue",
            "error_category": ending,
            "retry_count": 0,
            "final_status": "failed",
            "error_message": f"the run ended with {ending}",
        }


def _seconds(step: Values) -> float:
    took = step.get("execution_time")
    return float(took) if isinstance(took, int | float) and 0 <= took < 1e6 else 0.0


def _failure(observation: str) -> tuple[str | None, str | None]:
    """Tell by its words whether an action failed: a trajectory holds no exit codes."""
    said = observation.strip()
    for pattern, code in _FAILED:
        if pattern.search(said):
            return code, said.partition("\n")[0]
    if said.startswith("Traceback (most recent call last)"):
        kind, words = error_parts(said)
        return kind or "exception", words
    return None, None
