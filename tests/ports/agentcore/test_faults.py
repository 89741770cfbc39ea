"""Does every fault of AgentCore end in a typed outcome after exactly one request?"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from ports.agentcore import Failed, Service, State
from ports.agentcore.directory import Lists
from ports.agentcore.evaluator import HostedEvaluator
from ports.agentcore.interpreter import CodeInterpreter
from ports.agentcore.memory import Remembered
from ports.agentcore.options import AgentCore
from ports.agentcore.standin import frames
from ports.agentcore.standin.answers import MEMORY
from ports.llm.standin.routes import FRAMES, aws_failure
from ports.llm.standin.server import serving
from ports.llm.standin.steps import Step

NOW = datetime(2026, 11, 28, tzinfo=UTC)
SAID = {"content": [{"type": "text", "text": "said"}], "structuredContent": {"exitCode": 0}}
WHOLE = frames.result(SAID)
DENIED, ERROR, UNREACHABLE = State.DENIED, State.ERROR, State.UNREACHABLE


@dataclass(frozen=True)
class Row:
    """Hold one fault and what has to come of it."""

    name: str
    step: Step
    state: State
    kind: str
    seconds: float = 10


def stream(*parts: bytes, **more: object) -> Step:
    return Step(events=parts, headers={"content-type": FRAMES}, **more)  # type: ignore[arg-type]


def cut(part: bytes, **more: object) -> Step:
    return Step(body=part, headers={"content-type": FRAMES}, **more)  # type: ignore[arg-type]


def raw(body: bytes) -> Step:
    return Step(body=body, headers={"content-type": "application/json"})


def odd(part: bytes, at: int) -> bytes:
    return part[:at] + bytes([part[at] ^ 0xFF]) + part[at + 1 :]


# What can befall every call: before there is an answer, or instead of one.
ANY = [
    *(
        Row(code, aws_failure(status, code), state, code)
        for status, code, state in [
            (400, "ValidationException", ERROR),
            (401, "UnauthorizedException", DENIED),
            (402, "ServiceQuotaExceededException", ERROR),
            (403, "AccessDeniedException", DENIED),
            (403, "ExpiredTokenException", DENIED),
            (403, "InvalidSignatureException", DENIED),
            (403, "UnrecognizedClientException", DENIED),
            (404, "ResourceNotFoundException", ERROR),
            (409, "ConflictException", ERROR),
            (429, "ThrottlingException", ERROR),
            (429, "ThrottledException", ERROR),
            (500, "InternalServerException", ERROR),
            (500, "ServiceException", ERROR),
        ]
    ),
    Row("denied by its status alone", Step(status=403, body=b""), DENIED, "http_403"),
    Row("a page of a proxy", Step(status=502, body=b"<html>"), ERROR, "http_502"),
    Row("an empty 500", Step(status=500, body=b""), ERROR, "http_500"),
    Row("EOF before the head", Step(end="EOF"), UNREACHABLE, "connection"),
    Row("reset before the head", Step(end="RESET"), UNREACHABLE, "connection"),
    Row("silence", Step(text="late", delay=2), UNREACHABLE, "timeout", seconds=1),
]
# What befalls an answer that is one object.
OBJECTS = [
    Row(
        "reset in the middle",
        Step(body=b'{"a', length=999, end="RESET"),
        UNREACHABLE,
        "connection",
    ),
    Row("a body shorter than said", Step(body=b'{"a', length=999), ERROR, "bad_body"),
    Row("an empty body", raw(b""), ERROR, "bad_body"),
    Row("HTML", Step(body=b"<html>", headers={"content-type": "text/html"}), ERROR, "bad_body"),
    Row("JSON cut", raw(b'{"memories": [{'), ERROR, "bad_body"),
    Row("another object", raw(b'{"news": 1}'), ERROR, "bad_body"),
    Row("a list", raw(b"[]"), ERROR, "bad_body"),
    Row("a number", raw(b"7"), ERROR, "bad_body"),
    Row("null", raw(b"null"), ERROR, "bad_body"),
    Row("JSON without a bottom", raw(b"[" * 200_000), ERROR, "bad_body"),
    Row("no text", raw(b"\xff\xfe\x00"), ERROR, "bad_body"),
]
# What befalls an answer that is a stream of frames.
STREAMS = [
    *(
        Row(f"a frame {kind}", stream(frames.exception(kind)), state, kind[0].upper() + kind[1:])
        for kind, state in [
            ("throttlingException", ERROR),
            ("accessDeniedException", DENIED),
            ("internalServerException", ERROR),
            ("serviceQuotaExceededException", ERROR),
            ("resourceNotFoundException", ERROR),
            ("validationException", ERROR),
            ("conflictException", ERROR),
        ]
    ),
    Row("throttled after a result", stream(WHOLE, frames.exception("throttlingException")),
        ERROR, "ThrottlingException"),
    Row("a frame cut", cut(WHOLE[:-9]), ERROR, "stream_broken"),
    Row("nothing but the start of a frame", cut(WHOLE[:7]), ERROR, "stream_broken"),
    Row("no frame at all", cut(b""), ERROR, "stream_broken"),
    Row("only a frame of a newer kind", stream(frames.newer()), ERROR, "stream_broken"),
    Row("reset in a frame", cut(WHOLE[:-9], length=999, end="RESET"), ERROR, "stream_broken"),
    Row("EOF in a frame", cut(WHOLE[:-9], length=999), ERROR, "stream_broken"),
    Row("a frame whose sum is wrong", cut(odd(WHOLE, -1)), ERROR, "bad_body"),
    Row("a frame whose head is wrong", cut(odd(WHOLE, 9)), ERROR, "bad_body"),
    Row("a frame of four gigabytes", cut(b"\xff" * 64), ERROR, "bad_body"),
    Row("JSON instead of frames", raw(b'{"stream": {}}'), ERROR, "bad_body"),
    Row("a tool that fails", stream(frames.result({**SAID, "isError": True})),
        ERROR, "tool_error"),
    Row("silence between frames", stream(frames.newer(), WHOLE, pause=2),
        UNREACHABLE, "timeout", seconds=1),
]  # fmt: skip


def options(address: str, seconds: float = 10) -> AgentCore:
    return AgentCore(
        enabled=True,
        address=address,
        memory_id=MEMORY,
        evaluator_id="Builtin.StandIn",
        status_seconds=seconds,
        call_seconds=seconds,
    )


def look(chosen: AgentCore) -> object:
    with Lists(chosen) as lists:
        return lists.look(Service.MEMORY)


def remember(chosen: AgentCore) -> object:
    return Remembered(chosen).remember("a lesson", actor="shop", name="n" * 40, at=NOW)


def recall(chosen: AgentCore) -> object:
    return Remembered(chosen).recall("what helped?", actor="shop", most=5)


def evaluate(chosen: AgentCore) -> object:
    return HostedEvaluator(chosen).evaluate([{"name": "x"}], session="none")


def start(chosen: AgentCore) -> object:
    return CodeInterpreter(chosen).start(60)


def execute(chosen: AgentCore) -> object:
    return CodeInterpreter(chosen).execute("session1", "true", seconds=0.1)


CALLS: dict[str, Callable[[AgentCore], object]] = {
    "look": look,
    "remember": remember,
    "recall": recall,
    "evaluate": evaluate,
    "start": start,
}
TABLE = [
    *((f"{name}: {row.name}", call, row) for name, call in CALLS.items() for row in ANY + OBJECTS),
    *((f"execute: {row.name}", execute, row) for row in ANY + STREAMS),
]


def test_the_table_is_as_long_as_promised_and_names_each_row_once() -> None:
    names = [name for name, _, _ in TABLE]
    assert len(names) == len(set(names)) >= 150


@pytest.mark.parametrize(
    ("call", "row"), [(call, row) for _, call, row in TABLE], ids=[name for name, _, _ in TABLE]
)
def test_a_fault_is_one_request_and_a_typed_outcome(
    call: Callable[[AgentCore], object], row: Row
) -> None:
    step = row.step
    if step.text is not None:
        step = replace(step, text=None, body=b"{}")
    with serving(services=[step]) as played, pytest.raises(Failed) as caught:
        call(options(played.address, row.seconds))
    assert (caught.value.state, caught.value.kind) == (row.state, row.kind)
    assert len(played.asked) == 1
    assert str(caught.value).strip()


def test_whatever_a_refusal_says_is_one_short_line_that_steers_no_terminal() -> None:
    step = aws_failure(403, "AccessDeniedException", "no\n\x1b[31mright\0" + "x" * 999)
    with serving(services=[step]) as played, pytest.raises(Failed) as caught:
        recall(options(played.address))
    words = caught.value.told
    assert words.startswith("denied, AccessDeniedException: retrieve_memory_records was refused")
    assert words.isprintable()
    assert len(words) < 400


def test_an_answer_that_never_ends_is_left_at_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ports.agentcore.interpreter.LARGEST_ANSWER", 1000)
    long = frames.result({"content": [{"type": "text", "text": "x" * 600}]})
    with serving(services=[stream(*[long] * 9)]) as played, pytest.raises(Failed) as caught:
        execute(options(played.address))
    assert caught.value.kind == "answer_too_large"


def test_nobody_listening_is_unreachable() -> None:
    with serving() as played:
        chosen = options(played.address)
    for call in (*CALLS.values(), execute):
        with pytest.raises(Failed) as caught:
            call(chosen)
        assert (caught.value.state, caught.value.kind) == (UNREACHABLE, "connection")


@pytest.mark.parametrize("name", sorted([*CALLS, "execute"]))
@pytest.mark.parametrize(
    ("changes", "kind", "told"),
    [
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "no_account", "credentials"),
        ({"AWS_PROFILE": "nobody"}, "no_account", "nobody"),
    ],
)
def test_without_an_account_nothing_is_sent(
    name: str, changes: dict[str, str], kind: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in changes.items():
        monkeypatch.setenv(key, value)
    chosen = options("https://127.0.0.1:9").model_copy(update={"region": "eu-central-1"})
    with pytest.raises(Failed, match=told) as caught:
        {**CALLS, "execute": execute}[name](chosen)
    assert (caught.value.state, caught.value.kind) == (State.NOT_CONFIGURED, kind)


def test_without_a_region_nothing_is_sent() -> None:
    with pytest.raises(Failed, match="region") as caught:
        start(AgentCore(enabled=True))
    assert (caught.value.state, caught.value.kind) == (State.NOT_CONFIGURED, "no_account")


@pytest.mark.parametrize("name", sorted([*CALLS, "execute"]))
def test_switched_off_nothing_is_sent(name: str) -> None:
    with serving() as played:
        chosen = options(played.address).model_copy(update={"enabled": False})
    with pytest.raises(Failed, match=r"agentcore\.enabled") as caught:
        {**CALLS, "execute": execute}[name](chosen)
    assert (caught.value.state, caught.value.kind) == (State.NOT_CONFIGURED, "disabled")
    assert not played.asked


def test_without_boto3_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for name in ("boto3", "botocore.config", "botocore.exceptions", "botocore.eventstream"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(Failed, match=r"requirements/bedrock\.txt") as caught:
        start(AgentCore(enabled=True, region="eu-central-1"))
    assert (caught.value.state, caught.value.kind) == (State.NOT_CONFIGURED, "not_installed")


def test_what_boto3_does_not_send_is_typed_as_well() -> None:
    with serving() as played, pytest.raises(Failed) as caught:
        CodeInterpreter(options(played.address)).stop("")
    assert (caught.value.state, caught.value.kind) == (ERROR, "ValidationException")
    with serving() as played, pytest.raises(Failed) as caught:
        Remembered(options(played.address)).recall("", actor="shop", most=5)
    assert (caught.value.state, caught.value.kind) == (ERROR, "refused_by_sdk")
    assert not played.asked


def test_the_key_of_an_account_is_shown_to_nobody_on_this_machine() -> None:
    with serving() as played:
        recall(options(played.address))
    assert [one.scheme for one in played.asked] == ["AWS4-HMAC-SHA256"]
    assert "planted" not in json.dumps([str(one) for one in played.asked])
