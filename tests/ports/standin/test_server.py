"""Does the stand-in speak as the service does, and stay on this machine?"""

import json
import socket
import threading
from urllib.parse import urlsplit

import anthropic
import pytest
from anthropic.types import Message

from ports.llm.standin import server
from ports.llm.standin.server import StandIn, authored_step, serving
from ports.llm.standin.steps import Step, failure
from tests.ports.standin.wire import GOOD, call

SECRET = "sk-planted-in-a-header"
HELLO = Step(text="Hello. " * 200)


def client(played: StandIn) -> anthropic.Anthropic:
    return anthropic.Anthropic(api_key=SECRET, base_url=played.address, max_retries=0)


def test_an_answer_is_a_message_of_the_sdk_whole_or_streamed() -> None:
    with serving([HELLO, HELLO]) as played, client(played) as asking:
        whole = asking.messages.create(**GOOD)
        with asking.messages.stream(**GOOD) as stream:
            streamed = stream.get_final_message()
    for found in (whole, streamed):
        Message.model_validate(found.model_dump())
        assert [block.to_dict() for block in found.content] == [
            {"type": "text", "text": HELLO.text}
        ]
        assert found.model == "stand-in-claude-sonnet-5-5"
        assert found.stop_reason == "end_turn"
    assert whole.usage == streamed.usage


def test_a_stream_comes_in_the_order_of_the_service() -> None:
    with serving(
        [Step(text="a" * 900, blocks=({"type": "thinking", "thinking": "b"},))]
    ) as played:
        _, answer = call(played.address, {**GOOD, "stream": True})
    kinds = [line.split(": ")[1] for line in answer.decode().splitlines() if "event: " in line]
    block = ["content_block_start", "content_block_delta", "content_block_stop"]
    long = [block[0], *[block[1]] * 3, block[2]]
    ends = ["message_delta", "message_stop"]
    assert kinds == ["message_start", "ping", *block, *long, *ends]


def test_every_answer_carries_a_number_of_its_own() -> None:
    with serving([HELLO, failure(529)]) as played:
        answers = [call(played.address)[0] for _ in range(3)]
        answers += [call(played.address, path="/nowhere")[0], call(played.address, b"")[0]]
    numbers = {one.headers["request-id"] for one in answers}
    assert len(numbers) == 5
    assert all(number.startswith("req_") for number in numbers)
    assert [one.status for one in answers] == [200, 529, 500, 404, 400]


def test_an_estimate_says_that_it_is_one() -> None:
    with serving([HELLO]) as played, client(played) as asking:
        raw = asking.messages.with_raw_response.count_tokens(
            model=GOOD["model"], messages=GOOD["messages"]
        )
        assert raw.headers["x-stand-in"] == "token counts are estimates"
        assert raw.parse().input_tokens > 0
        response, _ = call(played.address)
    assert response.headers["x-stand-in"] == "token counts are estimates"


def test_the_models_are_listed_with_how_long_they_live() -> None:
    with serving() as played, client(played) as asking:
        listed = {one.id: one for one in asking.models.list()}
        one = asking.models.retrieve("claude-sonnet-4-5-20250929")
        with pytest.raises(anthropic.NotFoundError):
            asking.models.retrieve("nobody")
    assert listed["claude-sonnet-5-5"].lifecycle == "active"
    assert listed["claude-3-haiku-20240307"].lifecycle == "retired"
    assert (one.lifecycle, str(one.retires_at)[:10]) == ("deprecated", "2026-11-30")
    assert all("stand-in" in one.display_name for one in listed.values())


def test_what_was_asked_is_kept_without_the_key() -> None:
    heard: list[server.Asked] = []
    with serving([HELLO], heard=heard.append) as played, client(played) as asking:
        asking.messages.create(**GOOD)
    (kept,) = played.asked
    assert (kept.path, kept.scheme, kept.status) == ("/v1/messages", "Bearer", 200)
    assert kept.body["messages"] == GOOD["messages"]
    assert heard == [kept]
    assert SECRET not in repr(played)


def test_what_is_kept_has_an_end() -> None:
    with serving() as played:
        for _ in range(3):
            played.asked.extend([server.Asked(0.0, "/", "", {}, 200)] * server.KEPT_REQUESTS)
        assert len(played.asked) == server.KEPT_REQUESTS


def test_a_script_is_played_once_by_many_who_ask_at_once() -> None:
    steps = [Step(text=str(number)) for number in range(20)]
    answers: list[str] = []

    def ask(address: str) -> None:
        answers.append(json.loads(call(address)[1])["content"][0]["text"])

    with serving(steps) as played:
        asking = [threading.Thread(target=ask, args=(played.address,)) for _ in steps]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
    assert sorted(answers, key=int) == [str(number) for number in range(20)]


def test_a_refused_request_uses_up_no_step() -> None:
    with serving([HELLO]) as played:
        assert call(played.address, {**GOOD, "temperature": 1})[0].status == 400
        assert call(played.address)[0].status == 200


def test_a_step_may_leave_the_answer_to_the_author() -> None:
    with serving([failure(529), Step(authored=True)], otherwise=authored_step) as played:
        statuses = [call(played.address)[0].status for _ in range(3)]
    assert statuses == [529, 200, 200]


@pytest.mark.parametrize(
    ("step", "broken"),
    [
        (Step(end="EOF"), ConnectionError),
        (Step(end="RESET"), ConnectionResetError),
        (Step(body=b"{", end="RESET", length=9), ConnectionResetError),
    ],
)
def test_a_connection_ends_as_the_script_says(step: Step, broken: type[Exception]) -> None:
    with serving([step, HELLO]) as played:
        with pytest.raises(broken):
            call(played.address)
        assert call(played.address)[0].status == 200


def test_it_listens_on_this_machine_alone() -> None:
    with serving() as played:
        assert urlsplit(played.address).hostname == "127.0.0.1"
        port = urlsplit(played.address).port or 0
        with pytest.raises(OSError, match=r"in use"), serving(port=port):
            pass
    with socket.socket() as free, pytest.raises(ConnectionRefusedError):
        free.connect(("127.0.0.1", port))
