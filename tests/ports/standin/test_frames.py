"""Does the stand-in stream as Bedrock does, by what AWS's own library reads of it?"""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.eventstream import EventStreamBuffer
from botocore.exceptions import EventStreamError

from ports.agentcore.standin import frames
from ports.llm.standin.messages import events, message
from ports.llm.standin.routes import framed
from ports.llm.standin.scripts import read
from ports.llm.standin.server import authored_step, serving
from ports.llm.standin.steps import Step
from tests.ports.standin.wire import GOOD, call

MODEL = "global.anthropic.claude-sonnet-5-5"
SENT = {key: value for key, value in GOOD.items() if key != "model"}
BODY = json.dumps({"anthropic_version": "2026-10-21", **SENT}).encode()
SIGNED = {"authorization": "AWS4-HMAC-SHA256 Credential=none"}
STREAM = f"/model/{MODEL}/invoke-with-response-stream"


def client(address: str) -> Any:
    return boto3.client(
        "bedrock-runtime",
        region_name="eu-central-1",
        endpoint_url=address,
        aws_access_key_id="none",
        aws_secret_access_key="none",
        config=Config(retries={"total_max_attempts": 1}),
    )


def streamed(address: str) -> list[dict[str, Any]]:
    with closing(client(address)) as asking:
        answer = asking.invoke_model_with_response_stream(modelId=MODEL, body=BODY)
        with closing(answer["body"]) as parts:
            return [json.loads(part["chunk"]["bytes"]) for part in parts]


def test_a_frame_is_one_that_awss_decoder_takes() -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(frames.chunk(b'{"type": "ping"}') + frames.exception("throttlingException"))
    first, second = buffer
    assert first.headers == {
        ":message-type": "event",
        ":event-type": "chunk",
        ":content-type": "application/json",
    }
    assert json.loads(first.payload) == {"bytes": "eyJ0eXBlIjogInBpbmcifQ=="}
    assert second.headers[":exception-type"] == "throttlingException"


def test_the_parts_are_the_events_of_the_messages_api_in_their_order() -> None:
    step = Step(text="Hello. " * 200)
    with serving([step]) as played:
        found = streamed(played.address)
    whole = message(step, {**SENT, "model": MODEL}, 1)
    assert found == [{"type": kind, **fields} for kind, fields in events(whole)]


def test_each_part_is_sent_as_soon_as_it_is_there() -> None:
    with serving([Step(text="now")]) as played:
        response, raw = call(played.address, BODY, path=STREAM, headers=SIGNED)
    assert response.headers["transfer-encoding"] == "chunked"
    assert response.headers["content-type"] == "application/vnd.amazon.eventstream"
    assert raw.startswith(framed(message(Step(text="now"), {**SENT, "model": MODEL}, 1))[0][:8])


def test_the_authored_answers_are_streamed_as_well() -> None:
    with serving(otherwise=authored_step) as played:
        said = [part for part in streamed(played.address) if "delta" in part]
    assert "authored answer" in said[0]["delta"]["text"]
    assert said[-1]["delta"]["stop_reason"] == "end_turn"


def test_a_whole_answer_is_still_given_to_whoever_asks_for_it_whole() -> None:
    with serving([Step(text="whole")]) as played, closing(client(played.address)) as asking:
        answer = asking.invoke_model(modelId=MODEL, body=BODY)
        said = json.loads(answer["body"].read())
    assert said["content"] == [{"type": "text", "text": "whole"}]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"{", 400),
        (json.dumps(SENT).encode(), 400),
        (json.dumps({**json.loads(BODY), "stream": True}).encode(), 400),
        (json.dumps({**json.loads(BODY), "temperature": 0.3}).encode(), 400),
    ],
)
def test_a_stream_is_refused_as_a_whole_answer_is(sent: bytes, status: int) -> None:
    with serving([Step(text="never")]) as played:
        response, raw = call(played.address, sent, path=STREAM, headers=SIGNED)
    assert response.status == status
    assert response.headers["x-amzn-errortype"] == "ValidationException"
    assert "message" in json.loads(raw)


def test_a_script_ends_a_stream_with_an_exception(tmp_path: Path) -> None:
    path = tmp_path / "script.json"
    steps = [{"frame": "throttlingException", "message": "slowly", "times": 2}, {"text": "now"}]
    path.write_text(json.dumps({"steps": steps}))
    with serving(read(path).steps) as played:
        for _ in range(2):
            with pytest.raises(EventStreamError, match="slowly"):
                streamed(played.address)
        assert streamed(played.address)[-1]["type"] == "message_stop"


def test_somebody_who_goes_away_in_the_middle_harms_nobody() -> None:
    slow = Step(text="x" * 9000, pause=0.05)
    with serving([slow, Step(text="next")]) as played:
        with closing(client(played.address)) as asking:
            answer = asking.invoke_model_with_response_stream(modelId=MODEL, body=BODY)
            with closing(answer["body"]) as parts:
                next(iter(parts))
        assert streamed(played.address)[0]["type"] == "message_start"
