"""Does every fault of Bedrock end in a typed outcome, with exact requests and waits?"""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ports.agentcore.standin import frames
from ports.llm import PermanentError, TemporaryError
from ports.llm.attempts import Patience
from ports.llm.bedrock import BedrockModel
from ports.llm.faults import LARGEST_TEXT
from ports.llm.standin.messages import message
from ports.llm.standin.routes import aws_failure, framed, in_frames
from ports.llm.standin.server import serving
from ports.llm.standin.steps import Step
from tests.ports import fault_rows
from tests.ports.fault_rows import (
    ENDS,
    Clock,
    Row,
    Table,
    answered,
    final,
    in_vain,
    passing,
    wishes,
    without_account,
)

PROFILE = "global.anthropic.claude-sonnet-5-5"
REQUEST = replace(fault_rows.REQUEST, model=PROFILE)
USAGE = {"input_tokens": 11, "output_tokens": 5, "cache_read_input_tokens": 7}
OK = Step(text="ok", usage=USAGE)
WHOLE = {**message(Step(text="ok", usage=USAGE), {"model": PROFILE}, 1), "model": "claude"}
PARTS = framed(WHOLE)  # start, ping, the block's three, the end's two
BEGUN = PARTS[:4]
HTML = b"<html><body>Sign in to the proxy</body></html>"


@pytest.fixture(autouse=True)
def nobodys_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep whatever AWS account this machine knows out of the tests."""
    without_account(monkeypatch, tmp_path)


def again(name: str, kind: str, step: Step, *, billed: bool = True, **more: float) -> Row:
    return passing(name, kind, step, OK, billed=billed, **more)


def flipped(frame: bytes) -> bytes:
    return frame[:-6] + bytes([frame[-6] ^ 1]) + frame[-5:]


def raw(body: bytes) -> Step:
    return Step(body=body, headers={"content-type": "application/json"})


def stream(*parts: bytes, **more: object) -> Step:
    return in_frames(Step(events=parts, **more))  # type: ignore[arg-type]


def event(kind: str, **fields: object) -> bytes:
    return frames.chunk(json.dumps({"type": kind, **fields}).encode())


def odd(**changes: object) -> Step:
    return stream(*framed({**WHOLE, **changes}))


def after(wish: str) -> Step:
    step = aws_failure(429, "ThrottlingException")
    return replace(step, headers={**step.headers, "retry-after": wish})


THROTTLED = aws_failure(429, "ThrottlingException")
ROWS = [
    # Errors by their code.
    *(
        again(code, code, aws_failure(status, code), billed=billed)
        for status, code, billed in [
            (429, "ThrottlingException", False),
            (408, "ModelTimeoutException", True),
            (424, "ModelErrorException", True),
            (429, "ModelNotReadyException", False),
            (500, "InternalServerException", False),
            (503, "ServiceUnavailableException", False),
        ]
    ),
    *(
        final(code, code, aws_failure(status, code))
        for status, code in [
            (400, "ValidationException"),
            (400, "ServiceQuotaExceededException"),
            (403, "AccessDeniedException"),
            (403, "ExpiredTokenException"),
            (403, "UnrecognizedClientException"),
            (403, "InvalidSignatureException"),
            (404, "ResourceNotFoundException"),
        ]
    ),
    # A code that is never retried outweighs a status that is.
    final("quota at 429", "ServiceQuotaExceededException",
          aws_failure(429, "ServiceQuotaExceededException")),
    final("access denied at 503", "AccessDeniedException",
          aws_failure(503, "AccessDeniedException")),
    # Errors without a code.
    *(
        again(f"{status} bare", f"http_{status}", Step(status=status, body=b""), billed=billed)
        for status, billed in [(408, True), (429, False), (500, False), (502, False)]
    ),
    *(
        again(f"{status} bare", f"http_{status}", Step(status=status, body=b""), billed=billed)
        for status, billed in [(503, False), (504, True), (529, False)]
    ),
    again("500 in HTML", "http_500", Step(status=500, body=b"<html>"), billed=False),
    final("400 bare", "http_400", Step(status=400, body=b"")),
    final("403 bare", "http_403", Step(status=403, body=b"")),
    final("418 bare", "http_418", Step(status=418, body=b"{}")),
    # How long the server wishes to be left alone.
    *wishes("ThrottlingException", after, OK),
    again("retry-after soon", "ThrottlingException", after("soon"), billed=False),
    # Connections that end.
    again("EOF before the head", "connection", Step(end="EOF")),
    again("reset before the head", "connection", Step(end="RESET")),
    again("reset in the middle", "stream_broken", stream(*BEGUN, end="RESET")),
    again("EOF in the middle", "stream_broken", stream(*BEGUN, end="EOF")),
    again("a frame cut by an EOF", "stream_broken", stream(*BEGUN, PARTS[4][:20], end="EOF")),
    again("a frame cut by the end", "incomplete_stream", stream(*BEGUN, PARTS[4][:20])),
    again("a stall in the middle", "stream_broken", stream(*PARTS, pause=6.0), silence=2.0),
    # Errors within a stream, in which the model has begun.
    *(
        again(f"{code} in the middle", code, stream(*BEGUN, frames.exception(named)))
        for code, named in [
            ("ThrottlingException", "throttlingException"),
            ("ModelTimeoutException", "modelTimeoutException"),
            ("ModelStreamErrorException", "modelStreamErrorException"),
            ("InternalServerException", "internalServerException"),
            ("ServiceUnavailableException", "serviceUnavailableException"),
        ]
    ),
    again("throttled in the first frame", "ThrottlingException",
          stream(frames.exception("throttlingException"))),
    final("refused in the first frame", "ValidationException",
          stream(frames.exception("validationException")), billed=True),
    final("an exception that nobody knows", "http_200",
          stream(*BEGUN, frames.exception("newsException")), billed=True),
    again("overloaded, as the Messages API says it", "overloaded_error",
          stream(*BEGUN, event("error", error={"type": "overloaded_error", "message": "m"}))),
    final("refused, as the Messages API says it", "permission_error",
          stream(*BEGUN, event("error", error={"type": "permission_error"})), billed=True),
    again("an error that says nothing", "bad_body", stream(*BEGUN, event("error", error={}))),
    # Bodies that are not what they should be.
    again("an empty body", "bad_body", raw(b"")),
    again("HTML", "bad_body", Step(body=HTML, headers={"content-type": "text/html"})),
    again("a message that is no stream", "bad_body", raw(json.dumps(WHOLE).encode())),
    again("a JSON body cut", "bad_body", raw(b'{"id": "msg')),
    again("bytes that are no text", "bad_body", raw(b"\xff\xfe\x00" * 9)),
    again("a frame with a bit that flipped", "bad_body", stream(*BEGUN, flipped(PARTS[4]))),
    again("a frame without bytes", "bad_body", stream(*BEGUN, frames.other("chunk", b"{}"))),
    again("a frame that is no JSON", "bad_body", stream(*BEGUN, frames.other("chunk", b"x"))),
    again("a frame that is a list", "bad_body", stream(*BEGUN, frames.other("chunk", b"[1]"))),
    again("bytes that are no base64", "bad_body",
          stream(*BEGUN, frames.other("chunk", b'{"bytes": "?"}'))),
    again("an event that is no JSON", "bad_body", stream(*BEGUN, frames.chunk(b'{"type"'))),
    again("an event that is a list", "bad_body", stream(*BEGUN, frames.chunk(b"[]"))),
    again("an event that nests deeply", "bad_body", stream(*BEGUN, frames.chunk(b"[" * 9999))),
    again("a beginning without a message", "bad_body", stream(event("message_start"))),
    again("an end without what changed", "bad_body", stream(*BEGUN, event("message_delta"))),
    again("no end", "incomplete_stream", stream(*PARTS[:-2])),
    again("no usage", "incomplete_stream", stream(event("message_start", message={}),
          event("message_delta", delta={"stop_reason": "end_turn"}))),
    again("a stop reason of null", "incomplete_stream", odd(stop_reason=None)),
    again("a stop reason that is no text", "incomplete_stream", odd(stop_reason=7)),
    # In vain to the end, and mixtures.
    in_vain("throttled four times", "ThrottlingException", THROTTLED, billed=False),
    in_vain("cut four times", "stream_broken", stream(*BEGUN, end="EOF"), billed=True),
    Row(
        name="the key is revoked in between",
        steps=(THROTTLED, aws_failure(403, "UnrecognizedClientException")),
        outcome="UnrecognizedClientException",
        requests=2,
        slept=(1.0,),
        failed=("ThrottlingException", "UnrecognizedClientException"),
        unknown=(False, False),
        permanent=True,
    ),
    Row(
        name="three faults of three kinds",
        steps=(stream(PARTS[0]), THROTTLED, Step(end="EOF"), OK),
        outcome="end_turn",
        requests=4,
        slept=(1.0, 4.0, 16.0),
        failed=("incomplete_stream", "ThrottlingException", "connection"),
        unknown=(True, False, True),
    ),
    # Answers that did not end as one wishes are answers, and no reason to ask again.
    *(answered(f"ends with {end}", odd(stop_reason=end), end) for end in ENDS),
    answered("an empty content", odd(content=[])),
    answered("a thinking block", odd(content=[{"type": "thinking", "thinking": "Hm."}])),
    answered("an unknown block", odd(content=[{"type": "hologram", "text": "not this"}])),
    answered("an event that is newer than we are",
             stream(*BEGUN, event("news"), frames.newer(), *PARTS[4:])),
    answered("an end before the last event", stream(*PARTS[:-1])),
]  # fmt: skip


def asked_at(address: str, patience: Patience) -> BedrockModel:
    return BedrockModel(region="eu-central-1", address=address, patience=patience)


TABLE = Table(ROWS, asked_at, REQUEST)


def model(address: str, clock: Clock | None = None, **limits: float) -> BedrockModel:
    patience = (clock or Clock()).patience(**limits)
    return asked_at(address, patience)


def test_the_request_is_signed_and_holds_what_bedrock_wants() -> None:
    with serving([OK]) as played:
        reply = model(played.address).complete(replace(REQUEST, schema={"type": "object"}))
    (asked,) = played.asked
    assert asked.path == f"/model/{PROFILE}/invoke-with-response-stream"
    assert asked.scheme == "AWS4-HMAC-SHA256"
    assert set(asked.body) == {"model", "max_tokens", "system", "messages", "output_config"}
    assert (reply.text, reply.input_tokens, reply.output_tokens) == ("ok", 18, 5)
    assert (reply.cached_tokens, reply.request_id) == (7, "req_standin_000001")


def test_the_version_of_the_body_is_a_setting() -> None:
    given = BedrockModel(body_version="bedrock-2023-05-31")._payload(REQUEST)
    assert json.loads(given)["anthropic_version"] == "bedrock-2023-05-31"


def test_a_silent_bedrock_is_left_at_the_deadline() -> None:
    clock = Clock()
    late = Step(text="late", delay=1.5)
    with serving([late]) as played, pytest.raises(TemporaryError) as caught:
        model(played.address, clock, deadline=0.5).complete(REQUEST)
    assert (caught.value.kind, caught.value.usage_unknown) == ("deadline", True)
    assert (len(played.asked), clock.slept) == (1, [])


def test_nobody_listening_was_billed_for_nothing() -> None:
    with serving() as played:
        address = played.address
    clock = Clock()
    with pytest.raises(TemporaryError) as caught:
        model(address, clock).complete(REQUEST)
    assert [str(one) for one in caught.value.attempts] == ["connection"] * 4
    assert not caught.value.usage_unknown


def test_an_answer_of_ten_megabytes_is_refused_and_not_asked_for_again() -> None:
    clock = Clock()
    long = odd(content=[{"type": "text", "text": "x" * 10_000_000}])
    told = f"{LARGEST_TEXT:,}"
    with serving([long]) as played, pytest.raises(PermanentError, match=told) as caught:
        model(played.address, clock).complete(REQUEST)
    assert (caught.value.kind, caught.value.usage_unknown) == ("answer_too_large", True)
    assert (len(played.asked), clock.slept) == (1, [])


def test_a_body_without_an_end_is_stopped_by_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ports.llm.bedrock.LARGEST_BODY", 100_000)
    long = stream(*BEGUN, *[frames.newer() * 1000] * 300)
    with serving([long]) as played, pytest.raises(PermanentError, match="100,000 bytes"):
        model(played.address).complete(REQUEST)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "credentials"),
        ({"AWS_SECRET_ACCESS_KEY": ""}, "credentials"),
        ({"AWS_PROFILE": "nobody"}, "nobody"),
    ],
)
def test_without_credentials_it_is_not_configured(
    changes: dict[str, str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in changes.items():
        monkeypatch.setenv(name, value)
    asked = BedrockModel(
        region="eu-central-1", address="https://127.0.0.1:9", patience=Clock().patience()
    )
    with pytest.raises(PermanentError, match=told) as caught:
        asked.complete(REQUEST)
    assert (caught.value.kind, caught.value.usage_unknown) == ("not_configured", False)


def test_without_boto3_it_is_not_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("boto3", "botocore.config", "botocore.exceptions", "botocore.eventstream"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(PermanentError, match=r"requirements/bedrock\.txt") as caught:
        BedrockModel(region="eu-central-1").complete(REQUEST)
    assert (caught.value.kind, caught.value.usage_unknown) == ("not_configured", False)


def test_without_a_region_it_is_not_configured() -> None:
    with pytest.raises(PermanentError, match="region") as caught:
        BedrockModel(patience=Clock().patience()).complete(REQUEST)
    assert caught.value.kind == "not_configured"


def test_on_this_machine_no_account_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "token-planted")
    with serving([OK]) as played:
        model(played.address).complete(REQUEST)
    assert played.asked[0].scheme == "AWS4-HMAC-SHA256"


def test_on_this_machine_no_account_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with serving([OK]) as played:
        reply = BedrockModel(address=played.address).complete(REQUEST)
    assert (reply.text, reply.simulated) == ("ok", True)


def test_a_proxy_is_no_way_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as proxy, serving([OK]) as played:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.address)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        model(played.address).complete(REQUEST)
        assert (proxy.received, played.received) == (0, 1)


def test_the_environment_does_not_choose_whom_we_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving([OK]) as elsewhere, serving([OK]) as played:
        monkeypatch.setenv("AWS_ENDPOINT_URL", elsewhere.address)
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", elsewhere.address)
        model(played.address).complete(REQUEST)
        assert (len(elsewhere.asked), len(played.asked)) == (0, 1)


def test_an_unknown_or_retired_model_is_refused_once() -> None:
    with serving([OK]) as played:
        asked = replace(REQUEST, model="anthropic.claude-3-haiku-20240307-v1:0")
        with pytest.raises(PermanentError) as caught:
            model(played.address).complete(asked)
    assert (caught.value.kind, len(played.asked)) == ("ResourceNotFoundException", 1)


def test_a_model_name_that_boto3_does_not_take_is_a_typed_failure() -> None:
    with serving([OK]) as played, pytest.raises(PermanentError):
        model(played.address).complete(replace(REQUEST, model=""))
    assert not played.asked


def test_tokens_are_counted_by_bedrock_or_by_nobody() -> None:
    counts = [raw(b'{"inputTokens": 41}'), THROTTLED, Step(end="EOF"), raw(b"{}"), raw(b"x")]
    with serving(counting=counts) as played:
        asked = model(played.address)
        assert [asked.count(REQUEST) for _ in counts] == [41, None, None, None, None]
        assert (asked.count(REQUEST) or 0) > 0  # the stand-in's own estimate
    assert {one.path for one in played.asked} == {f"/model/{PROFILE}/count-tokens"}
    denied = aws_failure(403, "AccessDeniedException")
    with serving(counting=[denied]) as played, pytest.raises(PermanentError):
        model(played.address).count(REQUEST)
