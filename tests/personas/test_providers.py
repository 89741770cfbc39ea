"""Does each agent get the adapter of its provider, and nobody another one instead?"""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from pytest_django import Settings

from personas import providers
from personas.agents import Agent, BadAgents, load
from personas.providers import KEY_NAME, EngineNotReady, model_for, readiness
from ports.llm import Request
from ports.llm.bedrock import BedrockModel
from ports.llm.options import Models
from tests.architecture.house import ROOT

Choose = Callable[..., None]
REQUEST = Request(model="m", system="s", prompt='{"documents": []}', max_tokens=10)


@pytest.fixture
def choose(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Choose:
    """Start without a key, with a language model chosen; take settings of `models`."""
    monkeypatch.delenv(KEY_NAME, raising=False)

    def choose(**models: object) -> None:
        chosen = settings.SELFIMPROVE.evaluation.model_copy(update={"engine": "model"})
        changes = {"evaluation": chosen, "models": Models.model_validate(models)}
        settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update=changes)

    choose()
    return choose


def agent(provider: str) -> Agent:
    return load()["EvalAgent"].model_copy(update={"provider": provider})


def test_without_a_key_the_provider_is_refused_and_nothing_steps_in(choose: Choose) -> None:
    with pytest.raises(EngineNotReady, match=f"{KEY_NAME} is not set"):
        model_for(agent("anthropic"))
    ready, reason = readiness(load().values())
    assert not ready
    assert "nothing answers instead" in reason


def test_with_a_key_the_provider_is_ready_and_the_key_is_not_shown(
    choose: Choose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_NAME, "sk-ant-planted")
    model = model_for(agent("anthropic"))
    ready, reason = readiness(load().values())
    assert model.engine == "anthropic"
    assert ready
    assert "planted" not in repr(model) + reason


def test_a_key_of_blanks_is_no_key(choose: Choose, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_NAME, "   ")
    assert not readiness(load().values())[0]


def test_on_this_machine_no_key_is_needed_and_the_page_says_whom_we_ask(choose: Choose) -> None:
    choose(address="http://127.0.0.1:8200")
    assert model_for(agent("anthropic")).engine == "anthropic"
    ready, reason = readiness(load().values())
    assert ready
    assert "http://127.0.0.1:8200 (the setting models.address)" in reason


def test_elsewhere_a_key_is_needed_all_the_same(choose: Choose) -> None:
    choose(address="https://gateway.example.org")
    with pytest.raises(EngineNotReady, match=KEY_NAME):
        model_for(agent("anthropic"))


def test_bedrock_is_asked_where_agents_yaml_names_it(choose: Choose) -> None:
    choose(bedrock_region="eu-central-1")
    model = model_for(agent("bedrock"))
    assert isinstance(model, BedrockModel)
    assert model.engine == "bedrock"
    assert readiness([agent("bedrock")])[0]


def test_without_boto3_bedrock_says_what_to_install(
    choose: Choose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "find_spec", lambda name: None)
    with pytest.raises(EngineNotReady, match=r"requirements/bedrock\.txt"):
        model_for(agent("bedrock"))


def test_rules_answer_no_questions(choose: Choose) -> None:
    with pytest.raises(EngineNotReady, match="answers no questions"):
        model_for(agent("embedded"))


def test_authored_answers_are_labelled_and_need_nobody(choose: Choose) -> None:
    model = model_for(agent("scripted"))
    reply = model.complete(REQUEST)
    assert (model.engine, reply.simulated, reply.text) == ("scripted", True, "<done/>\n")
    assert model.count(REQUEST) is None
    assert readiness([agent("scripted")]) == (
        True,
        "Authored answers are given. No language model is called.",
    )


def test_one_agent_that_cannot_be_asked_is_told_beside_those_that_can(choose: Choose) -> None:
    ready, reason = readiness([agent("scripted"), agent("anthropic")])
    assert not ready
    assert KEY_NAME in reason


@pytest.mark.parametrize(
    ("provider", "address", "engine"),
    [
        ("anthropic", "", "anthropic"),
        ("anthropic", "https://gateway.example.org", "anthropic"),
        ("anthropic", "http://127.0.0.1:8200", "scripted"),
        ("bedrock", "", "bedrock"),
        ("bedrock", "http://127.0.0.1:8200", "scripted"),
        ("scripted", "", "scripted"),
        ("embedded", "", "anthropic"),
    ],
)
def test_before_anybody_answered_nobody_is_called_a_language_model_that_may_be_none(
    choose: Choose, monkeypatch: pytest.MonkeyPatch, provider: str, address: str, engine: str
) -> None:
    choose(address=address, bedrock_address=address)
    monkeypatch.setattr(providers, "load", lambda: {"EvalAgent": agent(provider)})
    assert providers.engine_before_asking("EvalAgent") == engine


def test_before_a_file_can_be_read_the_setting_is_named(
    choose: Choose, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load() -> dict[str, Agent]:
        raise BadAgents(["agents.yaml: wrong"])

    monkeypatch.setattr(providers, "load", load)
    assert providers.engine_before_asking("EvalAgent") == "anthropic"


def test_nobody_declared_is_nobody_ready(choose: Choose) -> None:
    assert readiness([]) == (False, "No agent can be asked.")


def test_the_rule_engine_calls_no_model() -> None:
    ready, reason = readiness(load().values())
    assert not ready
    assert reason == "The rule engine answers. No language model is called."


def test_every_provider_that_agents_yaml_may_name_has_an_adapter() -> None:
    schema = Agent.model_json_schema()["properties"]["provider"]
    assert set(schema["enum"]) == set(providers.PROVIDERS)


LOADED = """
import sys
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "check"])
from django.urls import get_resolver
get_resolver().url_patterns
import evaluation.views, personas.providers, personas.management.commands.agents
from personas.agents import load
for agent in load().values():
    for name in ("anthropic", "scripted", "bedrock"):
        personas.providers.model_for(agent.model_copy(update={"provider": name}))
heavy = {"anthropic", "boto3", "botocore", "httpx2"}
print(sorted(name for name in sys.modules if name.partition(".")[0] in heavy))
"""


def test_no_sdk_is_loaded_before_somebody_is_asked() -> None:
    environ = {
        **os.environ,
        KEY_NAME: "sk-planted",
        "DJANGO_SETTINGS_MODULE": "selfimprove.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, env=environ, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr


def test_the_rules_of_evaluations_say_nothing_of_who_answers_an_agent(
    choose: Choose, settings: Settings
) -> None:
    choose(address="http://127.0.0.1:8200")
    rules = settings.SELFIMPROVE.evaluation.model_copy(update={"engine": "embedded"})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"evaluation": rules})
    assert providers.engine_before_asking("Builder") == "scripted"
    assert not readiness(load().values())[0]
    writers = settings.SELFIMPROVE.generations.model_copy(update={"engine": "model"})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"generations": writers})
    assert readiness(load().values())[0]
