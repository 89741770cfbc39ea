"""Which lines tell of an event, and what do they tell?"""

import json

import pytest

from telemetry.events.lines import recognise
from telemetry.events.schemas import BadLine, Escalation, TaskFailure, ToolCall
from telemetry.models import Backend

FILES, DOCKER, AUDIT = Backend.FILES, Backend.DOCKER, Backend.AUDIT_LOG


def test_a_tool_execution_is_a_tool_call() -> None:
    event = recognise(
        "2026-11-21T01:00:00.123Z INFO gateway.tools Tool execution tool=web_search agent=planner"
        " session=s-17 call=c-0193 success=false latency_ms=402 error_code=timeout"
        r' error="it said \"too slow\" within 400 ms"',
        FILES,
    )
    assert isinstance(event, ToolCall)
    assert (event.tool, event.agent, event.session_id, event.id) == (
        "web_search",
        "planner",
        "s-17",
        "c-0193",
    )
    assert (event.success, event.latency_ms, event.error_code) == (False, 402, "timeout")
    assert event.error_message == 'it said "too slow" within 400 ms'
    assert event.timestamp.isoformat() == "2026-11-21T01:00:00.123000+00:00"


def test_an_extension_called_is_a_tool_call() -> None:
    event = recognise(
        "[2026-11-21 01:00:00,5] Extension called extension=memory agent=a success=true"
        " latency_ms=3 error=ignored",
        DOCKER,
    )
    assert isinstance(event, ToolCall)
    assert (event.tool, event.success, event.error_message) == ("memory", True, None)


def test_a_completed_task_counts_as_a_call_that_worked() -> None:
    event = recognise("2026-11-21T01:00:00Z Task completed task=digest duration_ms=900", DOCKER)
    assert isinstance(event, ToolCall)
    assert (event.tool, event.agent, event.success, event.latency_ms) == (
        "digest",
        "scheduler",
        True,
        900,
    )


def test_a_failed_task_is_a_task_failure() -> None:
    event = recognise(
        "2026-11-21T01:00:00Z ERROR gateway.schedule Task failed task=digest session=s-t9"
        ' error_category=connection retry_count=0 final_status=failed error="reset by peer"',
        DOCKER,
    )
    assert isinstance(event, TaskFailure)
    assert (event.task_name, event.error_category, event.retry_count) == (
        "digest",
        "connection",
        0,
    )
    assert (event.final_status, event.error_message) == ("failed", "reset by peer")


def test_an_audit_entry_is_a_call_of_its_action() -> None:
    entry = {
        "timestamp": "2026-11-21T01:00:00Z",
        "action": "memory.write",
        "success": False,
        "error": "lock not free",
        "agent": "writer",
        "session": "s-1",
        "id": "a-1",
    }
    event = recognise(json.dumps(entry), AUDIT)
    assert isinstance(event, ToolCall)
    assert (event.tool, event.error_message, event.id) == ("memory.write", "lock not free", "a-1")
    assert recognise(json.dumps(entry), FILES) is None


def test_one_of_our_own_events_is_taken_as_it_is() -> None:
    line = (
        '{"event_type": "escalation", "timestamp": "2026-11-21T01:00:00Z", "session_id": "s",'
        ' "agent": "a", "reason_category": "timeout", "comment": "dropped"}'
    )
    assert isinstance(recognise(line, AUDIT), Escalation)


def test_a_structured_log_line_is_read_like_a_text_line() -> None:
    line = (
        '{"event": "Tool execution", "tool": "x", "success": true, "latency_ms": 1.5,'
        ' "timestamp": "2026-11-21T01:00:00Z"}'
    )
    event = recognise(line, FILES)
    assert isinstance(event, ToolCall)
    assert event.agent == "unknown"


@pytest.mark.parametrize(
    "text",
    [
        "Traceback (most recent call last):",
        '  File "/app/x.py", line 3, in <module>',
        "2026-11-21T01:00:00Z INFO gateway Started",
        "{not json",
        '{"a": 1}',
        "[" * 3000,
        "{" * 3000,
        "\ufffd\x01\x02",
    ],
)
@pytest.mark.parametrize("backend", [FILES, DOCKER, AUDIT])
def test_noise_is_no_event_and_no_error(text: str, backend: str) -> None:
    assert recognise(text, backend) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Tool execution tool=x success=true", "time"),
        ("2026-11-21T01:00:00Z Tool execution success=true", "no tool"),
        ("2026-11-21T01:00:00Z Tool execution tool=x success=perhaps", "neither true nor false"),
        ("2026-11-21T01:00:00Z Tool execution tool=x success=true latency_ms=fast", "no number"),
        ("2026-11-21T01:00:00Z Tool execution tool=x success=true latency_ms=-1", "negative"),
        ("2026-11-21T01:00:00Z Tool execution tool=x success=true latency_ms=nan", "negative"),
        ("2026-11-21T01:00:00Z Task failed retry_count=1", "no task"),
        ("2026-99-99T01:00:00Z Task failed task=x", "time"),
    ],
)
def test_half_an_event_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(BadLine, match=reason):
        recognise(text, FILES)
