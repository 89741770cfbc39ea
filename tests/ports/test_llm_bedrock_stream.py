"""Is a long answer of Bedrock read as it comes in, and never otherwise than it was said?"""

import itertools
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ports.agentcore.standin import frames
from ports.llm import ModelError, PermanentError, Reply, TemporaryError
from ports.llm.attempts import Patience
from ports.llm.bedrock import BedrockModel
from ports.llm.bedrock_stream import Gathered
from ports.llm.faults import LARGEST_TEXT
from ports.llm.standin.messages import PIECE, events, message
from ports.llm.standin.routes import framed, in_frames
from ports.llm.standin.server import serving
from ports.llm.standin.steps import Step
from tests.ports.fault_rows import REQUEST, Clock, without_account

PROFILE = "global.anthropic.claude-sonnet-5-5"
ASKED = replace(REQUEST, model=PROFILE)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
KINDS = st.sampled_from(
    [
        *("message_start", "content_block_start", "content_block_delta", "message_delta"),
        *("message_stop", "error", "ping", "news"),
    ]
)
ODD = st.fixed_dictionaries(
    {"type": KINDS | ANY},
    optional={
        name: ANY | st.fixed_dictionaries({"type": st.just("text"), "text": ANY, "usage": ANY})
        for name in ("message", "content_block", "delta", "error", "index", "usage")
    },
)


@pytest.fixture(autouse=True)
def nobodys_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without_account(monkeypatch, tmp_path)


def asked(address: str, patience: Patience) -> Reply:
    return BedrockModel(region="eu-central-1", address=address, patience=patience).complete(ASKED)


def whole(text: str) -> dict[str, object]:
    return message(Step(text=text), {"model": PROFILE}, 1)


def gathered(*parts: object) -> Reply:
    found = Gathered()
    for part in parts:
        found.take(json.dumps(part).encode())
    return found.reply(request_id="r", latency_ms=1)


def as_events(given: dict[str, object]) -> list[dict[str, object]]:
    return [{"type": kind, **fields} for kind, fields in events(given)]


def test_an_answer_of_megabytes_comes_through_word_for_word() -> None:
    text = "".join(f"line {number} ä€😀\n" for number in range(50_000))[:LARGEST_TEXT]
    with serving([Step(text=text)]) as played:
        reply = asked(played.address, Clock().patience())
    assert reply.text == text
    assert reply.complete
    assert len(text) / PIECE > 1000


def test_an_answer_is_read_while_it_comes_in() -> None:
    # A whole answer would take longer than the provider may say nothing.
    parts = framed(whole("word " * 400))
    slow = in_frames(Step(events=parts, pause=0.4))
    with serving([slow]) as played:
        reply = asked(played.address, Clock().patience(silence=2.0))
    assert len(parts) * 0.4 > 2.0
    assert reply.text == "word " * 400
    assert reply.failed_attempts == ()


@pytest.mark.parametrize("name", ["frames that say nothing", "one frame, byte by byte"])
def test_what_drips_does_not_carry_a_call_over_its_deadline(name: str) -> None:
    news = [frames.newer()] * 20
    parts = framed(whole("slow"))
    dripping = {
        "frames that say nothing": (*parts[:1], *news),
        "one frame, byte by byte": (*parts[:1], *(bytes([one]) for one in parts[1])),
    }
    ticks = itertools.count()
    patience = replace(Clock().patience(deadline=10.0), clock=lambda: float(next(ticks)))
    with (
        serving([in_frames(Step(events=dripping[name], pause=0.02))]) as played,
        pytest.raises(TemporaryError) as caught,
    ):
        asked(played.address, patience)
    assert (caught.value.kind, len(played.asked)) == ("deadline", 1)
    (attempt,) = caught.value.attempts
    assert attempt.usage_unknown


def test_what_broke_off_keeps_the_tokens_that_were_told() -> None:
    given = whole("half") | {"usage": {"input_tokens": 40, "cache_read_input_tokens": 2,
                                       "output_tokens": 9}}  # fmt: skip
    cut = in_frames(Step(events=framed(given)[:4], end="EOF"))
    with serving([cut, Step(text="whole")]) as played:
        reply = asked(played.address, Clock().patience())
    (failed,) = reply.failed_attempts
    assert (failed.kind, failed.input_tokens, failed.output_tokens) == ("stream_broken", 42, 1)
    assert (reply.text, reply.usage_unknown) == ("whole", True)


def test_a_text_without_an_end_is_stopped_by_its_length() -> None:
    said = as_events(whole("x" * 1000))
    long = [*said[:3], *[said[3]] * (LARGEST_TEXT // 100)]
    began = time.monotonic()
    with pytest.raises(PermanentError, match="answer_too_large"):
        gathered(*long)
    assert time.monotonic() - began < 10


def test_only_text_is_text() -> None:
    start, ping, opened, delta, closed, *ends = as_events(whole("said"))
    thought = {"type": "content_block_start", "index": 7, "content_block": {"type": "thinking"}}
    odd = {"type": "content_block_delta", "index": 7,
           "delta": {"type": "text_delta", "text": "not said"}}  # fmt: skip
    signed = {**delta, "delta": {"type": "signature_delta", "text": "nor this"}}
    reply = gathered(start, ping, thought, odd, opened, delta, signed, closed, *ends)
    assert reply.text == "said"


@pytest.mark.parametrize("count", [-1, True, "many", 1.5, None])
def test_a_count_that_is_none_is_not_known_and_never_nothing(count: object) -> None:
    given = whole("said") | {"usage": {"input_tokens": count, "output_tokens": 3}}
    reply = gathered(*as_events(given))
    assert (reply.text, reply.input_tokens, reply.usage_unknown) == ("said", 0, True)


@given(st.lists(st.text(max_size=900), max_size=4))
@settings(max_examples=60, deadline=None)
def test_any_text_comes_back_as_it_was_said(texts: list[str]) -> None:
    blocks = tuple({"type": "text", "text": text} for text in texts)
    given_ = message(Step(blocks=blocks), {"model": "m"}, 1)
    assert gathered(*as_events(given_)).text == "".join(texts)


@given(st.lists(ODD | ANY, max_size=6))
@settings(max_examples=300, deadline=None)
def test_whatever_comes_is_an_answer_or_a_typed_failure(parts: list[object]) -> None:
    try:
        reply = gathered(*parts)
    except ModelError as error:
        assert error.kind  # noqa: PT017  # either way is right, and nothing else is
    else:
        assert reply.stop_reason
