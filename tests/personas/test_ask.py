"""Is the declared agent asked with its own prompt and limits, and by nobody else instead?"""

from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from personas.agents import load
from personas.ask import KEY_NAME, EngineNotReady, ask, model_for, readiness
from ports.llm import PermanentError, Reply
from ports.llm.scripted import ScriptedModel
from targets.models import Target

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
TARGET = Target(slug="gateway", name="Gateway")


@pytest.fixture
def engine(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Start without a key, with the model engine chosen."""
    monkeypatch.delenv(KEY_NAME, raising=False)
    chosen = settings.SELFIMPROVE.evaluation.model_copy(update={"engine": "anthropic"})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"evaluation": chosen})
    return settings


def test_an_agent_is_asked_with_its_own_prompt_and_limits() -> None:
    model = ScriptedModel(["Nothing."])
    answer = ask("EvalAgent", "{}", target=TARGET, at=NOW, model=model)
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
    answer = ask("EvalAgent", "{}", target=TARGET, at=NOW, model=ScriptedModel([reply]))
    assert not answer.complete
    assert (answer.input_tokens, answer.output_tokens, answer.cached_tokens) == (3, 4, 1)


def test_a_failed_call_reaches_the_caller() -> None:
    model = ScriptedModel([PermanentError("authentication_error", "the provider answered 401")])
    with pytest.raises(PermanentError, match="401"):
        ask("EvalAgent", "{}", target=TARGET, at=NOW, model=model)


def test_an_undeclared_agent_is_refused() -> None:
    with pytest.raises(EngineNotReady, match="no Somebody"):
        ask("Somebody", "{}", target=TARGET, at=NOW, model=ScriptedModel([]))


def test_without_a_key_the_provider_is_refused_and_nothing_steps_in(
    engine: Settings,
) -> None:
    with pytest.raises(EngineNotReady, match=f"{KEY_NAME} is not set"):
        ask("EvalAgent", "{}", target=TARGET, at=NOW)
    ready, reason = readiness()
    assert not ready
    assert "nothing answers instead" in reason


def test_with_a_key_the_provider_is_ready_and_the_key_is_not_shown(
    engine: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_NAME, "sk-ant-planted")
    model = model_for(load()["EvalAgent"])
    assert model.engine == "anthropic"
    assert readiness()[0]
    assert "planted" not in repr(model) + readiness()[1]


def test_a_key_of_blanks_is_no_key(engine: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_NAME, "   ")
    assert not readiness()[0]


def test_the_rule_engine_calls_no_model() -> None:
    ready, reason = readiness()
    assert not ready
    assert reason == "The rule engine answers. No language model is called."
