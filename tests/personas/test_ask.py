"""Is the declared agent asked with its own prompt and limits, and by nobody else instead?"""

from datetime import UTC, datetime

import pytest

from personas.agents import load
from personas.ask import ask
from personas.providers import EngineNotReady
from ports.llm import PermanentError, Reply
from ports.llm.anthropic import AnthropicModel
from ports.llm.attempts import Patience
from ports.llm.scripted import ScriptedModel
from ports.llm.standin.server import serving
from ports.llm.standin.steps import Step
from tests.personas.ledger.spend import a_target

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)


def test_an_agent_is_asked_with_its_own_prompt_and_limits() -> None:
    model = ScriptedModel(["Nothing."])
    answer = ask("EvalAgent", "{}", target=a_target(), at=NOW, model=model)
    declared = load()["EvalAgent"]
    request = model.requests[0]
    assert (request.system, request.prompt) == (declared.prompt.text, "{}")
    assert (request.model, request.effort) == (declared.model, declared.effort)
    assert request.max_tokens == declared.max_tokens
    assert (answer.text, answer.engine, answer.agent) == ("Nothing.", "scripted", "EvalAgent")
    assert answer.prompt_version == declared.prompt.version


def test_a_cut_answer_says_so() -> None:
    reply = Reply(
        text="half",
        model="m",
        stop_reason="max_tokens",
        request_id="r",
        input_tokens=3,
        output_tokens=4,
        cached_tokens=1,
        latency_ms=9,
    )
    answer = ask("EvalAgent", "{}", target=a_target(), at=NOW, model=ScriptedModel([reply]))
    assert not answer.complete
    assert (answer.input_tokens, answer.output_tokens, answer.cached_tokens) == (3, 4, 1)


def test_a_failed_call_reaches_the_caller() -> None:
    model = ScriptedModel([PermanentError("authentication_error", "the provider answered 401")])
    with pytest.raises(PermanentError, match="401"):
        ask("EvalAgent", "{}", target=a_target(), at=NOW, model=model)


def test_an_undeclared_agent_is_refused() -> None:
    with pytest.raises(EngineNotReady, match="no Somebody"):
        ask("Somebody", "{}", target=a_target(), at=NOW, model=ScriptedModel([]))


def test_an_answer_of_the_stand_in_is_simulated_whoever_was_asked() -> None:
    with serving(otherwise=lambda sent: Step(text="Nothing.")) as played:
        model = AnthropicModel(key="none", address=played.address)
        answer = ask("EvalAgent", "{}", target=a_target(), at=NOW, model=model)
    assert (model.engine, answer.engine) == ("anthropic", "scripted")
    assert answer.model == "stand-in-claude-sonnet-5-5"


def test_what_failed_before_and_what_it_cost_reaches_the_caller() -> None:
    steps = [Step(end="EOF"), Step(text="Nothing.", usage={"cache_creation_input_tokens": 9})]
    with serving(steps) as played:
        patience = Patience(sleep=lambda seconds: None)
        model = AnthropicModel(key="none", address=played.address, patience=patience)
        answer = ask("EvalAgent", "{}", target=a_target(), at=NOW, model=model)
    assert [str(one) for one in answer.failed_attempts] == ["connection"]
    assert (answer.usage_unknown, answer.written_cache_tokens) == (True, 9)
