"""Are tool executions and task outcomes recognised as the well-known loggers write them?"""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from telemetry.events.lines import recognise
from telemetry.events.log_shapes import moment_of
from telemetry.events.schemas import BadLine, TaskFailure, ToolCall
from telemetry.models import Backend

AT = datetime(2026, 11, 21, 1, 0, 0, 123000, tzinfo=UTC)
SECONDS = AT.timestamp()
TRACE = (
    "Traceback (most recent call last):\n"
    '  File "/srv/app/tools.py", line 7, in call\n'
    "    raise SearchTimeout('slow')\n"
    "tools.errors.SearchTimeout: no answer within 400 ms"
)

# One failed call of web_search each, as a logger writes it.
CALLS: dict[str, dict[str, Any] | str] = {
    "python-json-logger": {
        "asctime": "2026-11-21 01:00:00,123",
        "levelname": "ERROR",
        "name": "gateway.tools",
        "message": "Tool execution",
        "tool": "web_search",
        "success": False,
        "error_code": "SearchTimeout",
        "error_message": "no answer within 400 ms",
    },
    "python-json-logger, exc_info and pairs in the message": {
        "timestamp": "2026-11-21T01:00:00.123Z",
        "levelname": "ERROR",
        "name": "gateway.tools",
        "message": "Tool execution tool=web_search success=false",
        "exc_info": TRACE,
    },
    "structlog": {
        "event": "tool_execution",
        "level": "error",
        "timestamp": "2026-11-21T01:00:00.123Z",
        "tool": "web_search",
        "success": False,
        "exception": TRACE,
    },
    "bunyan": {
        "name": "gateway",
        "hostname": "box",
        "pid": 7,
        "level": 50,
        "time": "2026-11-21T01:00:00.123Z",
        "msg": "Tool execution",
        "v": 0,
        "tool": "web_search",
        "success": False,
        "err": {
            "name": "SearchTimeout",
            "message": "no answer within 400 ms",
            "stack": "SearchTimeout: no answer\n    at call (/srv/app/tools.js:7:1)",
        },
    },
    "pino": {
        "level": 50,
        "time": int(SECONDS * 1000),
        "pid": 7,
        "hostname": "box",
        "msg": "toolExecution",
        "tool": "web_search",
        "success": False,
        "err": {"type": "SearchTimeout", "message": "no answer within 400 ms", "stack": "…"},
    },
    "zerolog": {
        "level": "error",
        "time": SECONDS,
        "message": "tool call",
        "tool": "web_search",
        "success": False,
        "error_code": "SearchTimeout",
        "error": "no answer within 400 ms",
    },
    "zap": {
        "level": "error",
        "ts": SECONDS,
        "msg": "tool.call",
        "tool": "web_search",
        "success": False,
        "error_code": "SearchTimeout",
        "error": "no answer within 400 ms",
    },
    "logrus with fields": {
        "@timestamp": "2026-11-21T01:00:00.123Z",
        "msg": "Tool execution",
        "fields": {
            "tool": "web_search",
            "success": False,
            "error": {"code": "SearchTimeout", "message": "no answer within 400 ms"},
        },
    },
    "logfmt": 'time=2026-11-21T01:00:00.123Z level=error msg="Tool execution" tool=web_search'
    ' success=false error_code=SearchTimeout error="no answer within 400 ms"',
    "logfmt, named as an event": "ts=1795222800.123 event=tool_call tool=web_search"
    ' success=false error_code=SearchTimeout error="no answer within 400 ms"',
    "structlog's console": "2026-11-21T01:00:00.123Z [error    ] Tool execution"
    '    error_code=SearchTimeout error="no answer within 400 ms" success=False'
    " tool=web_search",
}


@pytest.mark.parametrize("logger", sorted(CALLS))
def test_a_failed_call_is_the_same_event_whoever_writes_it(logger: str) -> None:
    line = CALLS[logger]
    event = recognise(line if isinstance(line, str) else json.dumps(line), Backend.FILES)
    assert isinstance(event, ToolCall)
    assert (event.tool, event.success, event.timestamp) == ("web_search", False, AT)
    assert (event.error_code, event.error_message) == ("SearchTimeout", "no answer within 400 ms")


AUDITED: dict[str, dict[str, Any]] = {
    "our own": {"timestamp": "2026-11-21T01:00:00.123Z", "action": "memory.write", "ok": False},
    "elastic": {
        "@timestamp": "2026-11-21T01:00:00.123Z",
        "event": {"action": "memory.write", "outcome": "failure", "id": "e-1"},
        "error": {"code": "locked", "message": "lock not free"},
    },
    "elastic with dots": {
        "@timestamp": "2026-11-21T01:00:00.123Z",
        "event.action": "memory.write",
        "event.outcome": "failure",
    },
    "a cloud's trail": {
        "eventTime": "2026-11-21T01:00:00.123Z",
        "eventName": "memory.write",
        "errorCode": "locked",
        "errorMessage": "lock not free",
        "eventID": "e-1",
    },
}


@pytest.mark.parametrize("log", sorted(AUDITED))
def test_an_audit_entry_is_a_call_whoever_writes_it(log: str) -> None:
    event = recognise(json.dumps(AUDITED[log]), Backend.AUDIT_LOG)
    assert isinstance(event, ToolCall)
    assert (event.tool, event.success, event.timestamp) == ("memory.write", False, AT)
    assert recognise(json.dumps(AUDITED[log]), Backend.FILES) is None


@pytest.mark.parametrize("word", ["task_failed", "Task failed", "TaskFailed", "task.failed"])
def test_a_failed_task_is_one_however_it_is_spelt(word: str) -> None:
    entry = {"ts": SECONDS, "msg": word, "task": "digest", "err": {"code": "E1", "message": "m"}}
    event = recognise(json.dumps(entry), Backend.FILES)
    assert isinstance(event, TaskFailure)
    assert (event.task_name, event.error_category, event.error_message) == ("digest", "E1", "m")


def test_a_loggers_name_is_no_tool() -> None:
    entry = {"name": "gateway", "pid": 1, "time": SECONDS, "msg": "Tool execution", "ok": True}
    with pytest.raises(BadLine, match="names no tool"):
        recognise(json.dumps(entry), Backend.FILES)


def test_the_carriers_time_counts_only_where_the_line_has_none() -> None:
    carried = "2026-11-20T09:00:00Z"
    line = {"msg": "Tool execution", "tool": "x", "success": True}
    for entry, year in ((line, 20), ({**line, "ts": SECONDS}, 21)):
        event = recognise(json.dumps(entry), Backend.DOCKER, carried)
        assert event is not None
        assert event.timestamp.day == year
    text = recognise("Tool execution tool=x success=true", Backend.DOCKER, carried)
    assert text is not None
    assert text.timestamp.hour == 9


@pytest.mark.parametrize("factor", [1, 1e3, 1e6, 1e9])
def test_a_number_is_a_time_in_seconds_or_parts_of_them(factor: float) -> None:
    found = moment_of({"time": SECONDS * factor})
    assert found is not None
    assert abs((found - AT).total_seconds()) < 0.001


@pytest.mark.parametrize(
    "value", [True, 0, -5, 12, 1e30, float("nan"), float("inf"), "soon", {}, [], None, ""]
)
def test_what_is_no_time_is_none(value: Any) -> None:
    assert moment_of({"time": value}) is None
