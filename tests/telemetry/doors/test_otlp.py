"""Do spans and log records of every convention become the right events, in both encodings?"""

import gzip
import json
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from telemetry.models import Event
from tests.telemetry.doors.knock import Knock, issue
from tests.telemetry.doors.otel import (
    JSON,
    NOW,
    PARENT,
    PROTOBUF,
    SPAN,
    TRACE,
    encoded,
    failed,
    logs,
    record,
    span,
    traces,
)
from tests.telemetry.planted import ISSUED
from tests.telemetry.scene import add_target

pytestmark = pytest.mark.django_db
KEY = ISSUED["github"]
NOT_LISTED = (
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.input.messages",
    "langfuse.observation.input",
    "input.value",
    "output.value",
    "http.url",
    "exception.stacktrace",
)


@pytest.fixture
def knock() -> Knock:
    return Knock()


def send(knock: Knock, request: dict[str, Any], kind: str = JSON) -> Any:
    path = "/v1/traces" if "resourceSpans" in request else "/v1/logs"
    return knock.post(path, encoded(request, kind), kind)


def stored() -> list[dict[str, Any]]:
    names = ("event_type", "session_id", "agent", "component", "success", "error_code",
             "error_category", "error_message", "latency_ms", "rating", "correction_type",
             "reason_category", "retry_count", "timestamp")  # fmt: skip
    return list(Event.objects.order_by("event_type", "uid").values(*names))


def only(knock: Knock, request: dict[str, Any]) -> dict[str, Any]:
    """Send it and return the one event's values that say something."""
    assert send(knock, request).status_code == 200
    (found,) = stored()
    return {name: value for name, value in found.items() if value not in ("", None)}


THROWN = ("exception", {"exception.type": "TimeoutError", "exception.message": "no answer",
                        "exception.stacktrace": f"in f: password={KEY}"})  # fmt: skip
TOOLS = {
    "operation": span(a={"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search"}),
    "name": span("execute_tool search"),
    "openinference": span(a={"openinference.span.kind": "TOOL", "tool.name": "search"}),
    "openllmetry": span(a={"traceloop.span.kind": "tool", "traceloop.entity.name": "search"}),
    "langfuse": span("search", a={"langfuse.observation.type": "tool"}),
    "mcp": span("tools/call search", kind=3, a={"mcp.method.name": "tools/call"}),
}


@pytest.mark.parametrize("one", TOOLS.values(), ids=TOOLS)
def test_a_tool_call_is_known_by_any_convention(knock: Knock, one: dict[str, Any]) -> None:
    found = only(
        knock, traces({**one, "status": failed(), "events": span(notes=[THROWN])["events"]})
    )
    assert found["event_type"] == "tool_call"
    assert found["component"] == "search"
    assert found["success"] is False
    assert (found["error_code"], found["error_message"]) == ("TimeoutError", "no answer")
    assert found["latency_ms"] == 250.0
    assert (found["agent"], found["session_id"]) == ("shop", TRACE.lower())


SESSIONS = ["gen_ai.conversation.id", "session.id", "langfuse.session.id", "conversation.id"]


@pytest.mark.parametrize("name", SESSIONS)
@pytest.mark.parametrize("where", ["span", "resource"])
def test_a_session_is_found_in_the_span_or_its_resource(
    knock: Knock, name: str, where: str
) -> None:
    one = span("execute_tool x", a={name: "s-7"} if where == "span" else {})
    resource = {"service.name": "shop", **({name: "s-7"} if where == "resource" else {})}
    assert only(knock, traces(one, resource=resource))["session_id"] == "s-7"


ERRORS: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"a": {"error.type": "http_429"}, "status": failed("slow down")}, ("http_429", "slow down")),
    ({"a": {"error.type": "http_429"}}, ("http_429", "")),
    ({"status": failed("ValueError('x')\nTraceback (most recent call last)")},
     ("error", "ValueError('x')")),
    ({"a": {"langfuse.observation.level": "ERROR", "langfuse.observation.status_message": "no"}},
     ("error", "no")),
    ({"a": {"success": "false", "error": "bad"}}, ("error", "bad")),
    ({"status": {"code": "STATUS_CODE_ERROR"}}, ("error", "")),
]  # fmt: skip


@pytest.mark.parametrize(("more", "told"), ERRORS)
def test_a_failure_is_known_by_status_or_attribute(
    knock: Knock, more: dict[str, Any], told: tuple[str, str]
) -> None:
    found = only(knock, traces(span("execute_tool x", **more)))
    assert found["success"] is False
    assert (found["error_code"], found.get("error_message", "")) == told


@pytest.mark.parametrize("status", [None, {"code": 0}, {"code": 1}, {}])
def test_a_span_without_an_error_succeeded(knock: Knock, status: dict[str, int] | None) -> None:
    assert only(knock, traces(span("execute_tool x", status=status)))["success"] is True


@pytest.mark.parametrize(
    "one",
    [
        span("invoke_agent planner", a={"gen_ai.agent.name": "planner"}),
        span("x", a={"gen_ai.operation.name": "invoke_workflow", "gen_ai.agent.name": "planner",
                     "gen_ai.workflow.name": "planner"}),
        span("planner", a={"openinference.span.kind": "AGENT", "agent.name": "planner"}),
    ],
)  # fmt: skip
def test_a_failed_run_of_an_agent_is_a_failed_task(knock: Knock, one: dict[str, Any]) -> None:
    assert send(knock, traces(one)).json()["partialSuccess"]["rejectedSpans"] == "1"
    assert not Event.objects.exists()
    found = only(knock, traces({**one, "status": failed("out of turns")}))
    assert (found["event_type"], found["component"]) == ("task_failure", "planner")
    assert found["error_message"] == "out of turns"


def test_events_within_a_span_are_feedback_and_failed_requests(knock: Knock) -> None:
    judged = ("gen_ai.evaluation.result", {"gen_ai.evaluation.score.label": "pass"})
    broken = ("gen_ai.client.operation.exception", {"exception.type": "RateLimit"})
    send(
        knock, traces(span("chat m", notes=[judged, broken], a={"gen_ai.operation.name": "chat"}))
    )
    feedback, failure = stored()
    assert (feedback["event_type"], feedback["rating"]) == ("feedback", "thumbs_up")
    assert (failure["component"], failure["error_category"]) == ("chat", "RateLimit")


def test_a_client_span_within_the_agents_own_is_one_call(knock: Knock) -> None:
    outer = span("execute_tool search", spanId=PARENT)
    inner = span("tools/call search", kind=3, parentSpanId=PARENT,
                 a={"mcp.method.name": "tools/call"})  # fmt: skip
    send(knock, traces(inner, outer))
    assert len(stored()) == 1


def test_what_is_none_of_ours_is_counted_with_its_reason(knock: Knock) -> None:
    answer = send(knock, traces(
        span("execute_tool x"),
        span("chat m", spanId="1" * 16, a={"gen_ai.operation.name": "chat"}),
        span("GET /", spanId="2" * 16),
        span("tools/call x", spanId="3" * 16, kind=2, a={"mcp.method.name": "tools/call"}),
    ))  # fmt: skip
    told = answer.json()["partialSuccess"]
    assert told["rejectedSpans"] == "3"
    assert told["errorMessage"].startswith("3 not kept: 1 × ")
    tally = knock.token.tallies.get(door="traces")
    assert (tally.accepted, tally.dropped, tally.rejected) == (1, 3, 0)


NANOS = str(NOW)
RECORDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "claude result": (
        record({"event.name": "tool_result", "tool_name": "Bash", "success": "true",
                "duration_ms": "12", "tool_input": KEY}, "claude_code.tool_result"),
        {"event_type": "tool_call", "component": "Bash", "success": True, "latency_ms": 12.0},
    ),
    "codex result": (
        record({"event.name": "codex.tool_result", "tool_name": "shell", "success": False,
                "output": KEY, "conversation.id": "c-9"}, timeUnixNano="0",
               observedTimeUnixNano=NANOS),
        {"event_type": "tool_call", "component": "shell", "success": False, "error_code": "error",
         "session_id": "c-9"},
    ),
    "gemini call": (
        record({"event.name": "gemini_cli.tool_call", "function_name": "edit", "success": False,
                "error": "no file", "error_type": "not_found", "duration_ms": 3,
                "decision": "auto_accept"}),
        {"event_type": "tool_call", "component": "edit", "error_code": "not_found",
         "error_message": "no file", "latency_ms": 3.0},
    ),
    "gemini refused": (
        record({"event.name": "gemini_cli.tool_call", "function_name": "edit", "success": False,
                "decision": "reject"}),
        {"event_type": "user_correction", "correction_type": "abandon"},
    ),
    "claude refused": (
        record({"event.name": "tool_decision", "decision": "reject", "source": "user_reject"}),
        {"event_type": "user_correction", "correction_type": "abandon"},
    ),
    "codex denied": (
        record({"decision": "denied", "source": "User"}, "codex.tool_decision"),
        {"event_type": "user_correction", "correction_type": "abandon", "agent": "shop"},
    ),
    "modified": (
        record({"decision": "modify"}, eventName="tool_decision"),
        {"event_type": "user_correction", "correction_type": "rephrase"},
    ),
    "api error": (
        record({"event.name": "api_error", "status_code": "529", "error": "overloaded",
                "attempt": "3"}),
        {"event_type": "task_failure", "component": "model_request", "error_category": "http_529",
         "error_message": "overloaded", "retry_count": 2},
    ),
    "evaluation": (
        record({"gen_ai.evaluation.score.value": 0.2}, eventName="gen_ai.evaluation.result"),
        {"event_type": "feedback", "rating": "thumbs_down"},
    ),
    "gave up": (
        record({"event.name": "gemini_cli.agent.finish", "terminate_reason": "MAX_TURNS"}),
        {"event_type": "escalation", "reason_category": "capability_gap"},
    ),
    "own escalation": (
        record({"reason_category": "user_request"}, "selfimprove.escalation"),
        {"event_type": "escalation", "reason_category": "user_request"},
    ),
    "own correction": (
        record({"correction_type": "retry", "agent": "planner"}, "selfimprove.user_correction"),
        {"event_type": "user_correction", "correction_type": "retry", "agent": "planner"},
    ),
    "own feedback": (
        record({"rating": "thumbs_up"}, eventName="selfimprove.feedback"),
        {"event_type": "feedback", "rating": "thumbs_up"},
    ),
    "own task": (
        record({"task_name": "digest", "error": "x"}, eventName="selfimprove.task_failure"),
        {"event_type": "task_failure", "component": "digest", "error_message": "x"},
    ),
    "written time": (
        record({"event.name": "tool_result", "tool_name": "x", "success": True,
                "event.timestamp": "2026-01-01T00:00:00Z"}, timeUnixNano=NANOS),
        {"event_type": "tool_call", "component": "x"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("one", "told"), RECORDS.values(), ids=RECORDS)
def test_a_log_record_tells_of_the_right_event(
    knock: Knock, one: dict[str, Any], told: dict[str, Any]
) -> None:
    found = only(knock, logs(one))
    assert found | told == found
    assert KEY not in json.dumps(stored(), default=str)


@pytest.mark.parametrize(
    "one",
    [
        record({"event.name": "tool_decision", "decision": "accept", "source": "config"}),
        record({"event.name": "tool_decision", "decision": "reject", "source": "hook"}),
        record({"event.name": "gemini_cli.agent.finish", "terminate_reason": "GOAL"}),
        record({"gen_ai.evaluation.score.value": 4}, eventName="gen_ai.evaluation.result"),
        record({"event.name": "user_prompt", "prompt": KEY}),
        record({}, "just a line of a log " * 20),
        record({}),
    ],
)
def test_a_record_that_tells_of_nothing_is_counted(knock: Knock, one: dict[str, Any]) -> None:
    assert send(knock, logs(one)).json()["partialSuccess"]["rejectedLogRecords"] == "1"
    assert not Event.objects.exists()


def test_a_time_is_sought_in_three_places(knock: Knock) -> None:
    fields = {"event.name": "tool_result", "tool_name": "x", "success": "true"}
    at = "2026-11-20T10:00:00+02:00"
    written = record({**fields, "event.timestamp": at}, timeUnixNano="0")
    nowhere = record(fields, timeUnixNano=0)
    answer = send(knock, logs(written, nowhere))
    assert "no time" in answer.json()["partialSuccess"]["errorMessage"]


@pytest.mark.parametrize("kind", [JSON, PROTOBUF])
def test_an_exporter_that_sends_again_doubles_nothing(knock: Knock, kind: str) -> None:
    judged = ("gen_ai.evaluation.result", {"gen_ai.evaluation.score.label": "pass"})
    request = traces(span("execute_tool x", notes=[judged]))
    entry = logs(record({"event.name": "tool_result", "tool_name": "x", "success": "true"}))
    for _ in range(3):
        send(knock, request, kind)
        send(knock, entry, kind)
    assert Event.objects.count() == 3
    assert knock.token.tallies.get(door="traces").duplicates == 4


def test_both_encodings_give_the_same_events() -> None:
    judged = ("gen_ai.evaluation.result", {"gen_ai.evaluation.score.label": "pass"})
    odd = {"nested": {"a": [1, 2.5, True, "x"]}, "gen_ai.tool.name": "x", "n": 2**62}
    request = traces(span("execute_tool x", a=odd, notes=[judged, THROWN], status=failed()))
    entries = logs(*(one for one, _ in RECORDS.values()))
    found = []
    for kind in (JSON, PROTOBUF):
        knock = Knock(target=add_target(kind.rpartition("-")[2].replace("/", "-")))
        assert send(knock, request, kind).status_code == 200
        assert send(knock, entries, kind).status_code == 200
        rows = Event.objects.filter(target=knock.target).order_by("event_type", "component",
            "correction_type", "timestamp", "error_message", "success", "agent")  # fmt: skip
        found.append([
            {k: v for k, v in vars(row).items() if k not in ("_state", "id", "target_id", "uid",
                                                             "fingerprint")}
            for row in rows
        ])  # fmt: skip
    assert len(found[0]) >= 15
    assert found[0] == found[1]


@pytest.mark.parametrize("kind", [JSON, PROTOBUF])
def test_the_same_record_in_either_encoding_is_the_same_event(knock: Knock, kind: str) -> None:
    entry = logs(record({"event.name": "tool_result", "tool_name": "x", "list": [1, {"a": 2.0}]}))
    send(knock, entry, JSON)
    send(knock, entry, kind)
    assert Event.objects.count() == 1


def test_answers_come_in_the_encoding_of_the_request(knock: Knock) -> None:
    fine = send(knock, traces(span("execute_tool x")), PROTOBUF)
    assert (fine["Content-Type"], fine.content) == (PROTOBUF, b"")
    assert send(knock, traces(span("execute_tool x"))).content == b"{}"
    partly = send(knock, traces(span("GET /")), PROTOBUF)
    told = ExportTraceServiceResponse.FromString(partly.content).partial_success
    assert told.rejected_spans == 1
    assert "1 not kept" in told.error_message


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/logs"])
def test_a_refusal_is_a_status_in_the_encoding_of_the_request(knock: Knock, path: str) -> None:
    for body, kind in ((b"\xff\xff", PROTOBUF), (b"{", JSON), (b"[]", JSON)):
        answer = knock.post(path, body, kind)
        assert (answer.status_code, answer["Content-Type"]) == (400, kind)
    assert answer.json()["code"] == 3
    assert knock.post(path, b"\xff\xff", PROTOBUF).content[:2] == b"\x08\x03"
    nobody = knock.post(path, b"", PROTOBUF, secret="")
    assert nobody.status_code in (401, 415)
    assert knock.post(path, b"x", "text/plain").status_code == 415
    only_events = issue(knock.target, scopes=["events"])
    denied = knock.post(path, b"{}", JSON, secret=only_events.secret)
    assert (denied.status_code, denied.json()["code"]) == (403, 7)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"traceId": "W47/95gDgQPSabYzgT/GDA=="}, "no"),
        ({"traceId": "0" * 32}, "no trace id"),
        ({"spanId": ""}, "no trace id or span id"),
        ({"startTimeUnixNano": 0, "endTimeUnixNano": "0"}, "no time"),
        ({"startTimeUnixNano": "soon"}, "no whole number"),
        ({"startTimeUnixNano": 2**64 * 100, "endTimeUnixNano": 2**64 * 100}, ""),
        ({"endTimeUnixNano": NOW + 400 * 86_400 * 10**9}, "future"),
        ({"startTimeUnixNano": 1, "endTimeUnixNano": 2}, "older than"),
    ],
)
def test_a_wrong_span_does_not_take_a_good_one_with_it(
    knock: Knock, change: dict[str, Any], why: str
) -> None:
    wrong = {**span("execute_tool wrong", spanId="1" * 16), **change}
    answer = send(knock, traces(wrong, span("execute_tool good")))
    if answer.status_code == 400:  # a number beyond what JSON's readers take
        assert not why
        return
    assert answer.json()["partialSuccess"]["rejectedSpans"] == "1"
    assert why in answer.json()["partialSuccess"]["errorMessage"] or why == "no"
    assert [row["component"] for row in stored()] == ["good"]


def test_unknown_fields_numbers_and_nulls_are_taken_as_the_specification_says(
    knock: Knock,
) -> None:
    one = span("execute_tool x", a={"gen_ai.tool.name": "y"})
    one |= {"startTimeUnixNano": NOW - 10**6, "endTimeUnixNano": float(NOW), "links": None}
    one |= {"flags": 257, "events": None, "mystery": {"a": [1]}, "status": None}
    found = only(knock, traces(one) | {"more": 1})
    assert found["component"] == "y"


def test_attributes_that_are_not_on_the_list_reach_nothing(knock: Knock) -> None:
    planted = dict.fromkeys(NOT_LISTED, KEY)
    one = span(f"execute_tool x {KEY}", a={**planted, "gen_ai.agent.name": f"a {KEY}"},
               notes=[THROWN], status=failed(f"token={KEY}"))  # fmt: skip
    send(knock, traces(one))
    send(knock, logs(record({**planted, "event.name": "tool_result", "error": KEY}, KEY)))
    rows = repr([vars(row) for row in Event.objects.all()])
    assert "[REDACTED_KEY]" in rows
    assert KEY not in rows
    assert KEY not in repr([vars(row) for row in knock.token.tallies.all()])


def test_too_many_spans_and_deep_json_are_refused_whole(knock: Knock) -> None:
    many = traces(*(span("execute_tool x", spanId=f"{n:016x}") for n in range(10_001)))
    for kind in (JSON, PROTOBUF):
        answer = knock.post("/v1/traces", gzip.compress(encoded(many, kind)), kind,
                            HTTP_CONTENT_ENCODING="gzip")  # fmt: skip
        assert answer.status_code == 413
    deep = b'{"resourceSpans":' + b"[" * 100_000
    assert knock.post("/v1/traces", deep, JSON).status_code == 400
    nested: dict[str, Any] = {"stringValue": "x"}
    for _ in range(150):
        nested = {"arrayValue": {"values": [nested]}}
    one = span("execute_tool x")
    one["attributes"] = [{"key": "deep", "value": nested}]
    assert send(knock, traces(one)).status_code in (200, 400)
    assert SPAN


def test_langfuse_scores_become_feedback(knock: Knock) -> None:
    scores = [
        {"id": "1", "traceId": "t-1", "name": "helpful", "value": 1, "comment": KEY},
        {"id": "2", "traceId": "t-1", "name": "tone", "value": "bad"},
        {"id": "3", "traceId": "t-1", "name": "stars", "value": 4},
        {"name": "none"},
    ]
    answer = knock.post("/api/public/scores", json.dumps(scores), JSON)
    assert answer.json() == {"accepted": 2, "rejected": 1}
    knock.post("/api/public/scores", json.dumps(scores[0]), JSON)
    assert sorted(row["rating"] for row in stored()) == ["thumbs_down", "thumbs_up"]
