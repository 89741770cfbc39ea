"""Does what Claude Code, Codex and Gemini CLI really send become the right events?

The shapes are those of Claude Code 2.1, Codex 0.171 and Gemini CLI 0.61, with values of our own.
"""

import json
from typing import Any

import pytest

from telemetry.models import Event
from tests.telemetry.doors.knock import Knock
from tests.telemetry.doors.otel import JSON, NOW, PROTOBUF, encoded, logs, record
from tests.telemetry.planted import ISSUED

pytestmark = pytest.mark.django_db
KEY = ISSUED["github"]
COLUMNS = (
    "event_type", "session_id", "agent", "component", "success", "error_code", "error_category",
    "error_message", "latency_ms", "retry_count",
)  # fmt: skip
CLAUDE = {"service.name": "claude-code", "service.version": "2.1.197", "os.type": "linux"}
CODEX = {"service.name": "codex_exec", "service.version": "0.171.0", "env": "prod"}
GEMINI = {"service.name": "gemini-cli", "session.id": "g-1"}


@pytest.fixture
def knock() -> Knock:
    return Knock()


def told(
    knock: Knock, resource: dict[str, Any], *records: dict[str, Any], kind: str = JSON
) -> list[dict[str, Any]]:
    """Hand records in and return what is stored, without what an event does not have."""
    body = encoded(logs(*records, resource=resource), kind)
    assert knock.post("/v1/logs", body, kind).status_code == 200
    rows = Event.objects.order_by("timestamp", "pk").values(*COLUMNS)
    return [{name: v for name, v in row.items() if v not in ("", None)} for row in rows]


def claude(name: str, **more: Any) -> dict[str, Any]:
    common = {"session.id": "c-1", "event.name": name, "event.sequence": 3, "prompt.id": "p-1",
              "event.timestamp": "2026-03-02T09:30:00Z", "user.id": "0" * 64}  # fmt: skip
    return record({**common, **more}, f"claude_code.{name}")


def codex(name: str, **more: Any) -> dict[str, Any]:
    """Write a record as Codex does: its name is a place in its source, its own time is empty."""
    dotted = {key.replace("__", "."): value for key, value in more.items()}
    common = {"event.name": f"codex.{name}", "event.timestamp": "2026-03-02T09:30:00.042Z",
              "conversation.id": "x-1", "originator": "codex_exec", "model": "m"}  # fmt: skip
    made = record({**common, **dotted}, eventName="event otel/src/events/session_telemetry.rs:737")
    del made["body"]
    return made | {"timeUnixNano": "0", "observedTimeUnixNano": str(NOW)}


def output(code: int, words: str) -> str:
    return (
        f"Chunk ID: af2d83\nWall time: 0.0000 seconds\nProcess exited with code {code}\n"
        f"Original token count: 2\nOutput:\n{words}\n"
    )


def ran(code: int, words: str = KEY, **more: Any) -> dict[str, Any]:
    values = {"tool_name": "exec_command", "tool_namespace": "functions", "call_id": "call_1",
              "duration_ms": "80", "success": "true", "agent_name": "/root",
              "arguments": json.dumps({"cmd": KEY}), "output": output(code, words)}  # fmt: skip
    return codex("tool_result", **{**values, **more})


def gemini(name: str, **more: Any) -> dict[str, Any]:
    common = {"session.id": "g-1", "event.name": f"gemini_cli.{name}", "interactive": False}
    return record({**common, **more}, "Tool call: x. Decision: accept. Success: true.")


def shell(metadata: str) -> dict[str, Any]:
    return gemini("tool_call", function_name="run_shell_command", duration_ms=181, success=True,
                  decision="accept", tool_type="native", function_args=KEY,
                  metadata=metadata)  # fmt: skip


def test_claude_code(knock: Knock) -> None:
    good = claude("tool_result", tool_name="Bash", success="true", duration_ms="75",
                  tool_result_size_bytes="4")  # fmt: skip
    bad = claude("tool_result", tool_name="Read", success="false", duration_ms="8",
                 error_type="ShellError")  # fmt: skip
    taken = claude("tool_decision", decision="accept", source="config", tool_name="Bash")
    broken = claude("api_error", error="overloaded", status_code="500", attempt="3")
    found = told(knock, CLAUDE, taken, claude("api_request", cost_usd="0.1"), good, bad, broken)
    common = {"session_id": "c-1", "agent": "claude-code"}
    called = {**common, "event_type": "tool_call"}
    assert found == [
        {**called, "component": "Bash", "success": True, "latency_ms": 75.0},
        {**called, "component": "Read", "success": False, "latency_ms": 8.0,
         "error_code": "ShellError"},
        {**common, "event_type": "task_failure", "component": "model_request",
         "error_category": "http_500", "error_message": "overloaded", "retry_count": 2},
    ]  # fmt: skip


@pytest.mark.parametrize("kind", [JSON, PROTOBUF])
def test_codex_names_its_events_beside_a_place_in_its_source(knock: Knock, kind: str) -> None:
    starts = codex("conversation_starts", provider_name="ours")
    found = told(knock, CODEX, starts, ran(0), kind=kind)
    assert found == [
        {"event_type": "tool_call", "session_id": "x-1", "agent": "codex_exec",
         "component": "exec_command", "success": True, "latency_ms": 80.0}
    ]  # fmt: skip


def test_a_command_of_codex_that_fails_is_a_failed_call(knock: Knock) -> None:
    (found,) = told(knock, CODEX, ran(127))
    assert (found["success"], found["error_code"]) == (False, "exit_127")
    assert KEY not in repr([vars(row) for row in Event.objects.all()])


@pytest.mark.parametrize(
    "words",
    [
        output(0, "Process exited with code 1"),
        "Process exited with code 1",
        output(0, "x" * 500 + "\nOutput:\nProcess exited with code 1"),
    ],
)
def test_what_a_command_of_codex_writes_does_not_decide(knock: Knock, words: str) -> None:
    (found,) = told(knock, CODEX, ran(0, output=words))
    assert found["success"] is True


def test_the_agent_of_codex_is_its_service_and_not_the_place_of_a_thread(knock: Knock) -> None:
    assert told(knock, CODEX, ran(0))[0]["agent"] == "codex_exec"
    assert told(knock, CODEX, ran(0, agent_name="reviewer"))[1]["agent"] == "reviewer"


def test_a_model_request_of_codex_that_fails_counts_once_for_all_its_attempts(
    knock: Knock,
) -> None:
    status = {"http__response__status_code": 500, "error__message": "http 500"}
    tried = [codex("api_request", attempt=number, **status) for number in range(5)]
    fine = codex("api_request", attempt=0, http__response__status_code=200)
    (found,) = told(knock, CODEX, fine, *tried)
    assert found == {
        "event_type": "task_failure", "session_id": "x-1", "agent": "codex_exec",
        "component": "model_request", "error_category": "http_500", "error_message": "http 500",
        "retry_count": 0,
    }  # fmt: skip


def test_gemini_cli(knock: Knock) -> None:
    bad = gemini("tool_call", function_name="read_file", duration_ms=16, success=False,
                 decision="accept", error="File not found: x.txt",
                 error_type="file_not_found")  # fmt: skip
    found = told(knock, GEMINI, gemini("api_request", request_text=KEY), bad,
                 shell('{\n  "exitCode": 0,\n  "isError": false\n}'))  # fmt: skip
    called = {"event_type": "tool_call", "session_id": "g-1", "agent": "gemini-cli"}
    assert found == [
        {**called, "component": "read_file", "success": False, "latency_ms": 16.0,
         "error_code": "file_not_found", "error_message": "File not found: x.txt"},
        {**called, "component": "run_shell_command", "success": True, "latency_ms": 181.0},
    ]  # fmt: skip


def test_a_command_of_gemini_cli_that_fails_is_a_failed_call(knock: Knock) -> None:
    (found,) = told(knock, GEMINI, shell('{\n  "exitCode": 1,\n  "isError": true\n}'))
    assert (found["success"], found["error_code"]) == (False, "exit_1")


@pytest.mark.parametrize(
    "metadata",
    ["", "{", "[]", '{"isError": true}', '{"exitCode": 1}', '{"exitCode": -1, "isError": true}',
     '{"exitCode": 9999, "isError": true}', '{"exitCode": "1", "isError": true}', "[" * 5000],
)  # fmt: skip
def test_metadata_that_names_no_exit_code_changes_nothing(knock: Knock, metadata: str) -> None:
    (found,) = told(knock, GEMINI, shell(metadata))
    assert found["success"] is True


def test_a_body_does_not_stand_in_for_a_name_that_we_do_not_know(knock: Knock) -> None:
    assert told(knock, CODEX, record({"event.name": "codex.sse_event"}, "tool_result")) == []


@pytest.mark.parametrize(("kind", "answer"), [(JSON, b"{}"), (PROTOBUF, b"")])
def test_metrics_are_taken_and_forgotten_so_that_no_agent_shows_an_error(
    knock: Knock, kind: str, answer: bytes
) -> None:
    body = b"{}" if kind == JSON else b"\n\x00"
    told = knock.post("/v1/metrics", body, kind)
    assert (told.status_code, told["Content-Type"], told.content) == (200, kind, answer)
    tally = knock.token.tallies.get(door="otlp-metrics")
    assert tally.reasons == {"metrics, of which none are kept": 1}
    assert knock.post("/v1/metrics", body, kind, secret="").status_code == 401
    assert not Event.objects.exists()
