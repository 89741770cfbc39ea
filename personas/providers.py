"""Which adapter answers for an agent, and can it now?"""

# No adapter loads its SDK before it is asked, so that pages and commands start quickly.

import os
from collections.abc import Callable, Iterable
from importlib.util import find_spec

from django.conf import settings

from personas.agents import Agent, BadAgents, load
from ports.addresses import is_loopback
from ports.aws import INSTALL
from ports.llm import SIMULATED, Model, PermanentError
from ports.llm.anthropic import ADDRESS, AnthropicModel
from ports.llm.attempts import Patience
from ports.llm.bedrock import BedrockModel
from ports.llm.options import Models
from ports.llm.scripted import authored_model

KEY_NAME = "ANTHROPIC_API_KEY"  # the name of the variable, never its content
USUAL = "anthropic"  # who is named where the file does not say who would be asked
NO_KEY = "none"  # what a server on this machine is shown where no key is set


class EngineNotReady(Exception):
    """Say that the chosen engine cannot answer now; another one never steps in silently."""


def model_for(agent: Agent) -> Model:
    """Return the adapter of the agent's provider; raise EngineNotReady when it cannot be asked."""
    try:
        return PROVIDERS[agent.provider](agent)
    except PermanentError as error:
        raise EngineNotReady(f"{agent.name}: {error}") from error


def readiness(agents: Iterable[Agent]) -> tuple[bool, str]:
    """Tell whether these agents can be asked now, and why not, in words for a page."""
    if _only_rules_answer():
        return False, "The rule engine answers. No language model is called."
    troubles: list[str] = []
    answering: list[str] = []
    for agent in agents:
        try:
            model_for(agent)
        except EngineNotReady as error:
            troubles.append(f"{error} Nothing is asked, and nothing answers instead.")
        else:
            answering.append(ANSWERING[agent.provider]())
    if troubles or not answering:
        return False, " ".join(dict.fromkeys(troubles)) or "No agent can be asked."
    return True, " ".join(dict.fromkeys(answering))


def engine_before_asking(agent_name: str) -> str:
    """Name who would answer an agent. Nobody has yet: what this machine would say is simulated."""
    try:
        provider = load()[agent_name].provider
    except (BadAgents, KeyError):
        return USUAL  # asking tells what is wrong with the file
    address = {"anthropic": _models().address, "bedrock": _models().bedrock_address}
    if _is_on_this_machine(address.get(provider, "")):
        return SIMULATED
    return USUAL if provider == "embedded" else provider  # rules never step in


def _only_rules_answer() -> bool:
    """Tell whether neither evaluations nor generations ask a model by themselves."""
    chosen = settings.SELFIMPROVE
    return chosen.evaluation.engine == "embedded" and chosen.generations.engine == "embedded"


def _is_on_this_machine(address: str) -> bool:
    return address.startswith("http://") and is_loopback(address)


def _anthropic(agent: Agent) -> Model:
    # Read at the moment of asking: a key is never kept in settings, where a page could show it.
    key = os.environ.get(KEY_NAME, "").strip()
    address = _models().address
    if not key and _is_on_this_machine(address):
        key = NO_KEY
    if not key:
        raise EngineNotReady(
            f"{agent.name} asks {agent.model} at {agent.provider}, but {KEY_NAME} is not set. "
            'Set it, or let the rules work: evaluation.engine or generations.engine = "embedded".'
        )
    return AnthropicModel(key=key, address=address or ADDRESS, patience=_patience())


def _bedrock(agent: Agent) -> Model:
    if find_spec("boto3") is None:
        raise EngineNotReady(f"{agent.name} asks {agent.model} at bedrock: {INSTALL}")
    chosen = _models()
    return BedrockModel(
        region=chosen.bedrock_region,
        address=chosen.bedrock_address,
        body_version=chosen.bedrock_body_version,
        patience=_patience(),
    )


def _embedded(agent: Agent) -> Model:
    raise EngineNotReady(
        f"{agent.name} has the provider embedded, but the rule engine answers no questions: it "
        'evaluates by itself when evaluation.engine = "embedded". Name another provider for it.'
    )


def _scripted(agent: Agent) -> Model:
    return authored_model()


PROVIDERS: dict[str, Callable[[Agent], Model]] = {
    "anthropic": _anthropic,
    "bedrock": _bedrock,
    "embedded": _embedded,
    "scripted": _scripted,
}


def _at_anthropic() -> str:
    address = _models().address
    if address:
        return f"Questions go to {address} (the setting models.address)."
    return "A key is set. The provider is asked."


def _at_bedrock() -> str:
    return "Bedrock is asked, with the credentials that boto3 finds."


ANSWERING: dict[str, Callable[[], str]] = {
    "anthropic": _at_anthropic,
    "bedrock": _at_bedrock,
    "scripted": lambda: "Authored answers are given. No language model is called.",
}


def _models() -> Models:
    chosen: Models = settings.SELFIMPROVE.models
    return chosen


def _patience() -> Patience:
    return Patience(deadline_seconds=_models().deadline_seconds)
