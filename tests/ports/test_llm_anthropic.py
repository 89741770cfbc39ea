"""Does the Anthropic adapter give a typed outcome for whatever the provider sends?"""

from dataclasses import dataclass, field

import pytest

from ports.llm import PermanentError, Reply, Request, TemporaryError
from ports.llm.anthropic import AnthropicModel
from ports.llm.attempts import Patience
from tests.ports.messages_api import Provider, Step, answer, event, failure, provider

REQUEST = Request(
    model="claude-sonnet-5-5",
    system="You judge.",
    prompt="What now?",
    max_tokens=500,
    effort="low",
)
OVERLOADED = failure(529, "overloaded_error")
GARBAGE = Step(events=(b"event: message_start\ndata: {not json\n\n",))
HTML = Step(body=b"<html>gateway</html>", headers={"content-type": "text/html"})
MID_STREAM = Step(events=(event("error", error={"type": "overloaded_error", "message": "later"}),))


@dataclass
class Clock:
    """Count the seconds that were slept instead of sleeping them."""

    slept: list[float] = field(default_factory=list)

    def patience(self) -> Patience:
        return Patience(sleep=self.slept.append, clock=lambda: sum(self.slept), spread=lambda: 0.0)


def ask(played: Provider, clock: Clock) -> Reply:
    model = AnthropicModel(key="sk-test", address=played.address, patience=clock.patience())
    return model.complete(REQUEST)


def test_a_streamed_answer_arrives_with_its_usage() -> None:
    with provider(answer("Nothing to do.")) as played:
        reply = ask(played, Clock())
    assert reply.text == "Nothing to do."
    assert reply.complete
    assert (reply.input_tokens, reply.output_tokens, reply.cached_tokens) == (18, 5, 7)
    assert (reply.request_id, reply.model) == ("req_1", "claude-sonnet-5-5")
    assert reply.failed_attempts == ()


def test_the_request_is_one_the_current_api_accepts() -> None:
    with provider(answer("ok")) as played:
        ask(played, Clock())
    sent = played.requests[0]
    assert [one.path for one in played.asked] == ["/v1/messages"]
    assert played.asked[0].scheme == "Bearer"
    assert sent["messages"] == [{"role": "user", "content": "What now?"}]
    assert sent["system"][0]["text"] == "You judge."
    assert sent["output_config"] == {"effort": "low"}
    assert sent["stream"] is True
    assert not {"temperature", "top_p", "top_k", "tool_choice"} & set(sent)


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (failure(401, "authentication_error"), "authentication_error"),
        (failure(400, "invalid_request_error"), "invalid_request_error"),
        (failure(404, "not_found_error"), "not_found_error"),
        (
            failure(429, "rate_limit_error", code="enforced_spend_limit_reached"),
            "enforced_spend_limit_reached",
        ),
    ],
)
def test_what_will_never_work_is_asked_once(step: Step, kind: str) -> None:
    clock = Clock()
    with provider(step) as played, pytest.raises(PermanentError) as caught:
        ask(played, clock)
    assert caught.value.kind == kind
    assert (len(played.requests), clock.slept) == (1, [])


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (failure(429, "rate_limit_error"), "rate_limit_error"),
        (failure(500, "api_error"), "api_error"),
        (OVERLOADED, "overloaded_error"),
        (MID_STREAM, "overloaded_error"),
        (answer("cut of", end=False), "incomplete_stream"),
        (GARBAGE, "bad_body"),
        (HTML, "bad_body"),
        (Step(end="EOF"), "connection"),
    ],
)
def test_a_passing_failure_is_asked_again_and_remembered(step: Step, kind: str) -> None:
    clock = Clock()
    with provider(step, answer("ok")) as played:
        reply = ask(played, clock)
    assert (reply.text, [str(one) for one in reply.failed_attempts]) == ("ok", [kind])
    assert (len(played.requests), clock.slept) == (2, [1.0])


def test_four_failures_end_the_call_after_one_four_and_sixteen_seconds() -> None:
    clock = Clock()
    with provider(*[OVERLOADED] * 4) as played, pytest.raises(TemporaryError) as caught:
        ask(played, clock)
    assert [str(one) for one in caught.value.attempts] == ["overloaded_error"] * 4
    assert (len(played.requests), clock.slept) == (4, [1.0, 4.0, 16.0])


def test_the_server_may_name_the_pause() -> None:
    clock = Clock()
    with provider(failure(429, headers={"retry-after": "7"}), answer("ok")) as played:
        ask(played, clock)
    assert clock.slept == [7.0]


def test_a_pause_of_an_hour_is_not_slept_through() -> None:
    clock = Clock()
    step = failure(429, headers={"retry-after": "3600"})
    with provider(step) as played, pytest.raises(TemporaryError) as caught:
        ask(played, clock)
    assert caught.value.kind == "retry_after_too_long"
    assert clock.slept == []


def test_a_cut_answer_is_delivered_but_not_complete() -> None:
    with provider(answer("half", stop_reason="max_tokens")) as played:
        reply = ask(played, Clock())
    assert reply.stop_reason == "max_tokens"
    assert not reply.complete


def test_no_key_is_refused_before_any_call() -> None:
    with pytest.raises(PermanentError, match="none is set"):
        AnthropicModel(key="")


def test_the_key_shows_up_in_no_error() -> None:
    with (
        provider(failure(401, "authentication_error")) as played,
        pytest.raises(PermanentError) as caught,
    ):
        ask(played, Clock())
    assert "sk-test" not in repr(caught.value)
