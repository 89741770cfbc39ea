"""Does every fault of the Messages API end in a typed outcome, with exact requests and waits?"""

import json
from dataclasses import replace

import pytest

from ports.llm import PermanentError, TemporaryError
from ports.llm.anthropic import AnthropicModel
from ports.llm.attempts import Patience
from ports.llm.faults import LARGEST_TEXT, SPENDING_LIMITS
from ports.llm.standin.messages import encoded, message
from ports.llm.standin.server import serving
from tests.ports.fault_rows import (
    ENDS,
    REQUEST,
    Clock,
    Row,
    Table,
    answered,
    came_of,
    final,
    in_vain,
    passing,
    wishes,
)
from tests.ports.messages_api import ASKED, USAGE, Step, answer, cut, event, failure, provider

OK = answer("ok")
STREAM = answer("Half of it.").events
HTML = Step(body=b"<html>gateway</html>", headers={"content-type": "text/html"})
SPENT = sorted(SPENDING_LIMITS)
REFUSED = "invalid_request_error"


def again(name: str, kind: str, step: Step, *, billed: bool = True, silence: float = 30.0) -> Row:
    return passing(name, kind, step, OK, billed=billed, silence=silence)


def in_the_middle(kind: str) -> Step:
    return Step(events=(*STREAM[:3], event("error", error={"type": kind, "message": "x"})))


def broken(kind: str) -> Step:
    return Step(events=(*STREAM[:3], f"event: {kind}\ndata: {{x\n\n".encode()))


def after(seconds: str) -> Step:
    return failure(429, headers={"retry-after": seconds})


def odd(*, keep: slice = slice(None), **changes: object) -> Step:
    """Describe an answer whose message was changed before it is streamed."""
    whole = {**message(Step(text="ok", usage=USAGE), ASKED, 1), **changes}
    return Step(events=encoded(whole)[keep])


def block(**fields: object) -> Step:
    return odd(content=[fields, {"type": "text", "text": "ok"}])


ROWS = [
    # Errors before the answer began: nothing is billed, the server's status decides.
    *(
        again(f"{status}", kind, failure(status), billed=status in (408, 504))
        for status, kind in [
            (408, "api_error"),
            (409, "conflict_error"),
            (429, "rate_limit_error"),
            (500, "api_error"),
            (502, "api_error"),
            (503, "api_error"),
            (504, "timeout_error"),
            (529, "overloaded_error"),
        ]
    ),
    again("429 without a body", "http_429", Step(status=429, body=b""), billed=False),
    again("500 in HTML", "http_500", replace(HTML, status=500), billed=False),
    again("529 in a broken body", "http_529", Step(status=529, body=b"{"), billed=False),
    *(
        final(f"{status}", kind, failure(status))
        for status, kind in [
            (400, "invalid_request_error"),
            (401, "authentication_error"),
            (402, "billing_error"),
            (403, "permission_error"),
            (404, "not_found_error"),
            (413, "request_too_large"),
        ]
    ),
    final("422 without a kind", "http_422", Step(status=422, body=b"{}")),
    final("a redirection", "http_302", Step(status=302, body=b"", headers={"location": "/x"})),
    *(final(f"{code} at 429", code, failure(429, code=code)) for code in SPENT),
    # How long the server wishes to be left alone.
    *wishes("rate_limit_error", after, OK),
    *(
        again(f"retry-after {wish}", "rate_limit_error", after(wish), billed=False)
        for wish in ("Wed, 21 Oct 2026 07:28:00 GMT", "soon", "nan")
    ),
    # Connections that end.
    again("EOF before the head", "connection", Step(end="EOF")),
    again("reset before the head", "connection", Step(end="RESET")),
    again("silence before the head", "timeout", Step(text="late", delay=6.0), silence=2.0),
    again("reset in the middle", "stream_broken", Step(events=STREAM[:3], end="RESET")),
    again("silence in it", "stream_broken", Step(events=STREAM[:4], pause=6.0), silence=2.0),
    again("a body shorter than said", "stream_broken", Step(events=STREAM[:3], length=9999)),
    # Streams that are not what they should be.
    again("ends early", "incomplete_stream", cut("half", 4)),
    again("ends after its start", "incomplete_stream", cut("half", 1)),
    again("no stop reason", "incomplete_stream", odd(stop_reason=None)),
    again("an empty stream", "bad_body", Step(events=(b"",))),
    again("an empty body", "bad_body", Step(body=b"")),
    again("HTML", "bad_body", HTML),
    again("a JSON body cut", "bad_body", Step(body=b'{"id": "msg')),
    again("no message at its start", "bad_body", Step(events=STREAM[2:])),
    again("a broken line", "bad_body", broken("content_block_delta")),
    again("a broken error", "bad_body", broken("error")),
    again("no text", "bad_body", Step(events=(b"event: ping\ndata: \xff\xfe\n\n",))),
    *(
        again(f"{kind} in the middle", kind, in_the_middle(kind))
        for kind in ("overloaded_error", "api_error", "rate_limit_error", "timeout_error")
    ),
    final("refused in the middle", REFUSED, in_the_middle(REFUSED), billed=True),
    # In vain to the end, and mixtures.
    in_vain("overloaded four times", "overloaded_error", failure(529), billed=False),
    in_vain("cut four times", "incomplete_stream", cut("half", 4), billed=True),
    in_vain("reset four times", "connection", Step(end="RESET"), billed=True),
    Row(
        name="overloaded twice",
        steps=(failure(529), failure(529), OK),
        outcome="end_turn",
        requests=3,
        slept=(1.0, 4.0),
        failed=("overloaded_error",) * 2,
        unknown=(False,) * 2,
    ),
    Row(
        name="the key is revoked in between",
        steps=(failure(529), failure(401)),
        outcome="authentication_error",
        requests=2,
        slept=(1.0,),
        failed=("overloaded_error", "authentication_error"),
        unknown=(False, False),
        permanent=True,
    ),
    Row(
        name="three faults of three kinds",
        steps=(HTML, failure(500), Step(end="EOF"), OK),
        outcome="end_turn",
        requests=4,
        slept=(1.0, 4.0, 16.0),
        failed=("bad_body", "api_error", "connection"),
        unknown=(True, False, True),
    ),
    # Answers that did not end as one wishes are answers, and no reason to ask again.
    *(answered(f"ends with {reason}", answer("x", stop_reason=reason), reason) for reason in ENDS),
    answered("no content", odd(content=[])),
    answered("an empty text", odd(content=[{"type": "text", "text": ""}])),
    answered("a thinking block", block(type="thinking", thinking="Hm.", signature="s")),
    answered("redacted thinking", block(type="redacted_thinking", data="x")),
    answered("an unknown block", block(type="hologram", projector=3)),
    answered("an unknown event", Step(events=(*STREAM[:5], event("sky", a=1), *STREAM[5:]))),
    answered("slow pieces", Step(events=STREAM, pause=0.05)),
]


def asked_at(address: str, patience: Patience) -> AnthropicModel:
    return AnthropicModel(key="sk-test", address=address, patience=patience)


TABLE = Table(ROWS, asked_at)


def model(address: str, clock: Clock | None = None, **limits: float) -> AnthropicModel:
    patience = (clock or Clock()).patience(**limits)
    return asked_at(address, patience)


@pytest.mark.parametrize("kind", ["hologram", "redacted_thinking", "thinking"])
def test_only_blocks_of_text_are_read(kind: str) -> None:
    fields = {"text": "not this", "thinking": "not this", "data": "not this", "signature": "s"}
    with provider(block(type=kind, **fields)) as played:
        assert model(played.address).complete(REQUEST).text == "ok"


def test_nobody_listening_was_billed_for_nothing() -> None:
    with provider() as played:
        address = played.address
    clock = Clock()
    with pytest.raises(TemporaryError) as caught:
        model(address, clock).complete(REQUEST)
    assert [str(one) for one in caught.value.attempts] == ["connection"] * 4
    assert not caught.value.usage_unknown
    assert clock.slept == [1.0, 4.0, 16.0]


def test_a_broken_stream_keeps_what_it_told_of_its_cost() -> None:
    with provider(cut("half", 4), OK) as played:
        reply = model(played.address).complete(REQUEST)
    (failed,) = reply.failed_attempts
    assert (failed.input_tokens, failed.usage_unknown) == (18, True)
    assert (reply.input_tokens, reply.usage_unknown) == (18, True)


def test_an_answer_without_faults_is_counted_to_the_token() -> None:
    usage = {**USAGE, "cache_creation_input_tokens": 100}
    with provider(Step(text="ok", usage=usage)) as played:
        reply = model(played.address).complete(REQUEST)
    assert (reply.input_tokens, reply.cached_tokens, reply.written_cache_tokens) == (118, 7, 100)
    assert not reply.usage_unknown


@pytest.mark.parametrize("pieces", [1, 100])
def test_an_answer_of_ten_megabytes_is_refused_and_not_asked_for_again(pieces: int) -> None:
    text = "x" * (10_000_000 // pieces)
    delta = event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})
    clock = Clock()
    long = Step(events=(*STREAM[:3], *[delta] * pieces, *STREAM[-3:]))
    told = f"{LARGEST_TEXT:,}"
    with provider(long) as played, pytest.raises(PermanentError, match=told) as caught:
        model(played.address, clock).complete(REQUEST)
    assert (caught.value.kind, caught.value.usage_unknown) == ("answer_too_large", True)
    assert (len(played.asked), clock.slept) == (1, [])


@pytest.mark.parametrize(
    "step",
    [
        Step(events=(*STREAM[:3], b"event: ping\ndata: " + b"x" * 200_000)),
        Step(status=500, body=b"x" * 200_000),
    ],
    ids=["a line without an end", "a long error"],
)
def test_an_answer_without_an_end_is_stopped_by_its_size(
    step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ports.llm.anthropic.LARGEST_BODY", 100_000)
    with provider(step) as played, pytest.raises(PermanentError, match="100,000 bytes"):
        model(played.address).complete(REQUEST)


def test_pings_do_not_carry_a_call_over_its_deadline() -> None:
    ticks = iter(range(10_000))
    clock = Clock()
    patience = replace(clock.patience(deadline=30.0), clock=lambda: float(next(ticks)))
    endless = Step(events=(STREAM[0], *[event("ping")] * 200), pause=0.002)
    with provider(endless) as played, pytest.raises(TemporaryError) as caught:
        AnthropicModel(key="k", address=played.address, patience=patience).complete(REQUEST)
    assert caught.value.kind == "deadline"
    assert (len(played.asked), caught.value.usage_unknown) == (1, True)


def test_a_revoked_key_ends_the_run_at_its_second_call() -> None:
    with provider(OK, failure(401, message="key sk-test is revoked")) as played:
        asked = model(played.address)
        assert asked.complete(REQUEST).text == "ok"
        with pytest.raises(PermanentError, match="revoked") as caught:
            asked.complete(REQUEST)
    assert len(played.asked) == 2
    assert "sk-test" not in str(caught.value)


def test_a_retired_model_is_told_as_what_to_change() -> None:
    with provider(OK) as played, pytest.raises(PermanentError, match=r"agents\.yaml") as caught:
        model(played.address).complete(replace(REQUEST, model="claude-3-haiku-20240307"))
    assert caught.value.kind == "not_found_error"


def test_a_redirection_takes_the_key_nowhere() -> None:
    with provider() as elsewhere:
        headers = {"location": f"{elsewhere.address}/v1/messages"}
        moved = Step(status=307, body=b"", headers=headers)
        with provider(moved) as played, pytest.raises(PermanentError):
            model(played.address).complete(REQUEST)
        assert not elsewhere.asked


def test_a_proxy_is_no_way_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as proxy, serving([OK]) as played:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.address)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        model(played.address).complete(REQUEST)
        assert (proxy.received, played.received) == (0, 1)


def test_the_environment_does_not_choose_whom_we_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    with provider(OK) as elsewhere, provider(OK) as played:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", elsewhere.address)
        model(played.address).complete(REQUEST)
        assert (len(elsewhere.asked), len(played.asked)) == (0, 1)


@pytest.mark.parametrize("address", ["nonsense", "http://", "ftp://127.0.0.1/"])
def test_an_address_that_is_none_is_a_typed_failure(address: str) -> None:
    came = came_of(model(address))
    assert came.outcome in {"connection", "refused_by_sdk"}
    assert not came.at_least


def test_the_stream_of_a_structured_answer_is_plain_text() -> None:
    score = {"type": "number", "maximum": 1}
    schema = {"type": "object", "properties": {"score": score}}
    with provider(Step(text=json.dumps({"score": 0.5}))) as played:
        reply = model(played.address).complete(replace(REQUEST, schema=schema))
    wanted = played.requests[0]["output_config"]
    assert json.loads(reply.text) == {"score": 0.5}
    assert wanted["effort"] == "low"
    assert wanted["format"]["type"] == "json_schema"
    assert "maximum" not in wanted["format"]["schema"]["properties"]["score"]
    assert "maximum: 1" in wanted["format"]["schema"]["properties"]["score"]["description"]
    assert score["maximum"] == 1  # the caller's own stays as it was
