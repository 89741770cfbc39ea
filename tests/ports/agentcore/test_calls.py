"""Does the stand-in speak as AgentCore is described, and do our calls fit that description?"""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.session import Session

from ports.agentcore import Executed, Failed, Seen, Service
from ports.agentcore.directory import MOST_PAGES, Lists
from ports.agentcore.interpreter import CodeInterpreter
from ports.agentcore.memory import Remembered
from ports.agentcore.options import AgentCore
from ports.agentcore.standin import calls, frames
from ports.agentcore.standin.answers import ANSWERS, INTERPRETER, MEMORY, RUNS_NOTHING, Account
from ports.llm.standin.routes import FRAMES
from ports.llm.standin.server import StandIn, serving
from ports.llm.standin.steps import Step

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
SIGNED = {"authorization": "AWS4-HMAC-SHA256 x", "content-type": "application/json"}
SPANS = {"evaluatorId": "Builtin.StandIn", "evaluationInput": {"sessionSpans": [{"name": "x"}]}}
SAMPLES: dict[str, dict[str, Any]] = {
    "StartCodeInterpreterSession": {"codeInterpreterIdentifier": INTERPRETER},
    "InvokeCodeInterpreter": {
        "codeInterpreterIdentifier": INTERPRETER,
        "sessionId": "none",
        "name": "executeCommand",
    },
    "StopCodeInterpreterSession": {
        "codeInterpreterIdentifier": INTERPRETER,
        "sessionId": "standin000001",
    },
    "CreateEvent": {
        "memoryId": MEMORY,
        "actorId": "shop",
        "eventTimestamp": NOW,
        "payload": [{"conversational": {"content": {"text": "x"}, "role": "OTHER"}}],
    },
    "RetrieveMemoryRecords": {
        "memoryId": MEMORY,
        "namespace": "/self-improving-agent/shop/",
        "searchCriteria": {"searchQuery": "x"},
    },
    "Evaluate": SPANS,
}


@pytest.fixture
def played() -> Iterator[StandIn]:
    account = Account()
    account.events.append(("shop", "an older lesson"))
    with serving(account=account) as found:
        yield found


def options(played: StandIn, **chosen: Any) -> AgentCore:
    return AgentCore(**{"enabled": True, "address": played.address, "memory_id": MEMORY, **chosen})


def lacking(shape: Any, value: Any, where: str = "") -> Iterator[str]:
    """Yield what a description requires of an answer and the answer does not have."""
    if shape.type_name == "structure" and isinstance(value, dict):
        yield from (f"{where}.{name}" for name in shape.required_members if name not in value)
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from lacking(member, value[name], f"{where}.{name}")
    if shape.type_name == "list":
        for one in value:
            yield from lacking(shape.member, one, f"{where}[]")
    words = shape.enum if shape.type_name == "string" else ()
    if words and value not in words:
        yield f"{where} is {value}"


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_each_answer_has_what_the_description_requires(played: StandIn, name: str) -> None:
    service = next(key for key, names in calls.OPERATIONS.items() if name in names)
    client = boto3.Session().client(
        service,
        endpoint_url=played.address,
        region_name="us-east-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",
    )
    called = next(key for key, op in client.meta.method_to_api_mapping.items() if op == name)
    answer = getattr(client, called)(**SAMPLES.get(name, {}))
    shape = Session().get_service_model(service).operation_model(name).output_shape
    answer.pop("ResponseMetadata")
    assert answer
    if name != "InvokeCodeInterpreter":
        assert list(lacking(shape, answer)) == []
    client.close()


def test_every_call_of_ours_is_one_that_the_description_allows(played: StandIn) -> None:
    chosen = options(played, evaluator_id="Builtin.StandIn")
    with Lists(chosen) as lists:
        seen = {service: lists.look(service) for service in Service}
    assert seen == {
        Service.MEMORY: Seen(MEMORY, "ACTIVE"),
        Service.CODE_INTERPRETER: Seen(INTERPRETER, "READY"),
        Service.POLICY: Seen(),
        Service.EVALUATIONS: Seen("Builtin.StandIn", "ACTIVE"),
        Service.GATEWAY: Seen(),
    }
    interpreter = CodeInterpreter(chosen)
    session = interpreter.start(60)
    interpreter.stop(session)
    assert {one.status for one in played.asked} == {200}
    assert not played.account.sessions


@pytest.mark.parametrize(
    ("seconds", "sent"), [(0, 1), (60, 60), (28_800, 28_800), (1_000_000, 28_800)]
)
def test_a_session_ends_by_itself_within_what_the_service_allows(
    played: StandIn, seconds: int, sent: int
) -> None:
    CodeInterpreter(options(played)).start(seconds)
    assert played.requests[0]["sessionTimeoutSeconds"] == sent


def test_what_is_remembered_is_recalled_by_its_actor_alone(played: StandIn) -> None:
    memory = Remembered(options(played))
    event = memory.remember("Raising the timeout\0 helped.", actor="mail", name="n" * 40, at=NOW)
    assert "#" in event
    assert memory.recall("what helped?", actor="mail", most=5) == ["Raising the timeout helped."]
    assert memory.recall("what helped?", actor="shop", most=5) == ["an older lesson"]
    assert memory.recall("what helped?", actor="mai", most=5) == []
    sent, asked = played.requests[0], played.requests[1]
    assert (sent["sessionId"], sent["eventTimestamp"], sent["clientToken"]) == (
        *("lessons", NOW),
        "n" * 40,
    )
    assert asked["namespacePath"] == "/self-improving-agent/mail/"
    assert asked["searchCriteria"] == {"searchQuery": "what helped?", "topK": 5}


@pytest.mark.parametrize("text", ["", "  \n", "\0"])
def test_nothing_is_not_remembered(played: StandIn, text: str) -> None:
    with pytest.raises(Failed, match="empty text"):
        Remembered(options(played)).remember(text, actor="shop", name="n" * 40, at=NOW)
    assert not played.asked


def test_a_text_of_any_length_is_sent_as_far_as_it_is_taken(played: StandIn) -> None:
    memory = Remembered(options(played))
    memory.remember("x" * 200_000, actor="long", name="n" * 40, at=NOW)
    memory.recall("y" * 200_000, actor="long", most=5)
    assert {one.status for one in played.asked} == {200, 201}


def look(chosen: AgentCore) -> Seen:
    with Lists(chosen) as lists:
        return lists.look(Service.MEMORY)


def listed(number: int, token: str = "") -> Step:
    times = {"createdAt": 1, "updatedAt": 1}
    members = [
        {"id": f"memory-{number:05d}{n:05d}", "status": "CREATING", **times} for n in range(100)
    ]
    more = {"nextToken": token} if token else {}
    return Step(body=json.dumps({"memories": members, **more}).encode())


def test_a_list_is_read_on_until_ours_is_found() -> None:
    steps = [listed(0, "a"), listed(1, "b"), Step(authored=True)]
    with serving(services=steps) as played, Lists(options(played)) as lists:
        assert lists.look(Service.MEMORY) == Seen(MEMORY, "ACTIVE", 200)
    assert [one.get("nextToken") for one in played.requests] == [None, "a", "b"]


def test_a_list_without_an_end_is_left_and_what_is_not_there_is_an_error() -> None:
    steps = [listed(n, "again") for n in range(MOST_PAGES + 5)]
    with serving(services=steps) as played, pytest.raises(Failed) as caught:
        look(options(played))
    assert caught.value.kind == "not_there"
    assert len(played.asked) == MOST_PAGES
    assert f"{MOST_PAGES * 100}" in str(caught.value)


def test_what_is_there_and_not_ready_is_an_error() -> None:
    with serving(services=[listed(0)]) as played:
        chosen = options(played, memory_id="memory-0000000007")
        with pytest.raises(Failed, match="is CREATING") as caught:
            look(chosen)
    assert caught.value.kind == "not_ready"


def test_the_stand_in_runs_no_code_for_anybody(played: StandIn) -> None:
    interpreter = CodeInterpreter(options(played))
    session = interpreter.start(60)
    with pytest.raises(Failed, match=RUNS_NOTHING) as caught:
        interpreter.execute(session, "touch /tmp/planted", seconds=5)
    assert caught.value.kind == "tool_error"


def test_a_result_in_parts_is_put_together() -> None:
    def part(text: str, **more: Any) -> bytes:
        return frames.result({"content": [{"type": "text", "text": text}], **more})

    last = {"structuredContent": {"stdout": "c", "stderr": "ignored", "exitCode": 3}}
    events = (part("a"), frames.newer(), part("b"), part("no", **last))
    step = Step(events=events, headers={"content-type": FRAMES})
    with serving(services=[step]) as played:
        executed = CodeInterpreter(options(played)).execute("one", "true", seconds=5)
    assert executed == Executed("abc", 3)


def ask(played: StandIn, method: str, path: str, body: object, **headers: str) -> tuple[int, str]:
    connection = HTTPConnection(urlsplit(played.address).netloc, timeout=10)
    try:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection.request(method, path, raw, headers or SIGNED)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


SESSION = f"/code-interpreters/{INTERPRETER}/sessions"
TOOL = f"/code-interpreters/{INTERPRETER}/tools/invoke"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "told"),
    [
        ("PUT", f"{SESSION}/start", {"name": 7}, 400, "name"),
        ("PUT", f"{SESSION}/start", {"news": 1}, 400, "news: unknown field"),
        ("PUT", f"{SESSION}/start", {"sessionTimeoutSeconds": 0}, 400, "sessionTimeoutSeconds"),
        ("PUT", f"{SESSION}/stop", {}, 400, "sessionId"),
        ("PUT", f"{SESSION}/stop?sessionId=a-b", {}, 400, "must match"),
        ("POST", TOOL, {"name": "rm"}, 400, "must be one of"),
        ("POST", TOOL, {}, 400, "name"),
        ("POST", TOOL, b"{", 400, "not valid JSON"),
        ("POST", TOOL, [], 400, "not an object"),
        (
            *("POST", TOOL),
            {"name": "writeFiles", "arguments": {"content": [{"path": "a", "blob": "?"}]}},
            *(400, "base64"),
        ),
        ("POST", "/memories/short/retrieve", {"searchCriteria": {"searchQuery": "x"}}, 400, ""),
        ("POST", f"/memories/{MEMORY}/events", {"eventTimestamp": "x"}, 400, "a moment"),
        ("GET", "/gateways/?maxResults=many", b"", 400, "a number"),
        ("POST", "/gateways/", {}, 401, "a key"),
        ("PUT", "/nowhere", {}, 404, ""),
        ("GET", "/policy-engines/one", b"", 404, ""),
    ],
)
def test_what_the_service_would_not_take_is_refused_and_uses_up_no_step(
    method: str, path: str, body: object, status: int, told: str
) -> None:
    with serving(services=[Step(status=500, body=b"")]) as played:
        answer = ask(played, method, path, body)
        assert len(played.services) == 1
    assert answer[0] == status
    assert told in answer[1]


def test_without_a_signature_nobody_is_let_in(played: StandIn) -> None:
    status, told = ask(played, "GET", "/gateways/", b"", accept="*/*")
    assert (status, "Authentication" in told) == (403, True)


def test_a_file_comes_through_as_it_is(played: StandIn) -> None:
    content = bytes(range(256))
    blob = base64.b64encode(content).decode()
    sent = {"name": "writeFiles", "arguments": {"content": [{"path": "a", "blob": blob}]}}
    ask(played, "POST", TOOL, sent, **{**SIGNED, "x-amzn-code-interpreter-session-id": "none"})
    assert played.requests[0]["arguments"]["content"] == [{"path": "a", "blob": content}]


def test_of_large_files_only_the_start_is_kept(played: StandIn) -> None:
    interpreter = CodeInterpreter(options(played))
    session = interpreter.start(60)
    with pytest.raises(Failed, match=RUNS_NOTHING):
        interpreter.write(session, {"large": b"x" * 5_000_000, "small": b"y"})
    kept = played.requests[-1]["arguments"]["content"]
    assert [len(one["blob"]) for one in kept] == [calls.KEPT, 1]


@pytest.mark.parametrize(
    "given",
    [
        {"address": "http://example.org"},
        {"address": "ftp://127.0.0.1"},
        {"region": "somewhere"},
        {"memory_id": "self-improving-agent"},
        {"memory_id": "x\n"},
        {"memory_namespace": "/self-improving-agent/"},
        {"memory_namespace": "/{actorId}/{actorId}/"},
        {"memory_namespace": "/{actorId}/{other}/"},
        {"memory_namespace": "/{actorId}"},
        {"code_interpreter_id": ""},
        {"code_interpreter_id": "../x"},
        {"evaluator_id": "no such"},
        {"status_seconds": 0},
        {"secret": "x"},
    ],
)
def test_settings_that_cannot_be_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        AgentCore(**given)


def test_settings_that_the_service_takes_are_taken() -> None:
    arn = f"arn:aws:bedrock-agentcore:eu-central-1:123456789012:memory/{MEMORY}"
    found = AgentCore(memory_id=arn, memory_namespace="/team/{actorId}/lessons/")
    assert found.namespace("shop") == "/team/shop/lessons/"
