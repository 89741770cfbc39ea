"""How is a declared agent asked, and who answers for it now?"""

from dataclasses import dataclass
from datetime import datetime

import structlog

from personas import agents
from personas.agents import Agent
from personas.providers import EngineNotReady, model_for
from ports.llm import SIMULATED, Attempt, Model, Reply, Request
from targets.models import Target

LOGGED = (  # never the text
    *("agent", "engine", "model", "stop_reason", "request_id"),
    *("input_tokens", "output_tokens", "cached_tokens", "latency_ms"),
)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Hold what an agent said, who really said it, and what that used."""

    text: str
    engine: str
    agent: str
    model: str
    prompt_version: int
    stop_reason: str
    complete: bool
    request_id: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    latency_ms: int
    written_cache_tokens: int
    usage_unknown: bool
    failed_attempts: tuple[Attempt, ...]


def ask(
    agent_name: str,
    prompt_input: str,
    *,
    target: Target,
    at: datetime,
    model: Model | None = None,
) -> Answer:
    """Ask an agent once; `model` stands in for the provider that agents.yaml names.

    Raises EngineNotReady without a key, and the port's errors when no answer came.
    """
    agent = _declared(agent_name)
    model = model or model_for(agent)
    reply = model.complete(_request(agent, prompt_input))
    answer = _answer(agent, model.engine, reply)
    log.info(
        "model answered",
        target=target.slug,
        asked_at=at.isoformat(),
        **{name: getattr(answer, name) for name in LOGGED},
    )
    return answer


def _answer(agent: Agent, engine: str, reply: Reply) -> Answer:
    return Answer(
        text=reply.text,
        engine=SIMULATED if reply.simulated else engine,
        agent=agent.name,
        model=reply.model,
        prompt_version=agent.prompt.version,
        stop_reason=reply.stop_reason,
        complete=reply.complete,
        request_id=reply.request_id,
        input_tokens=reply.input_tokens,
        output_tokens=reply.output_tokens,
        cached_tokens=reply.cached_tokens,
        latency_ms=reply.latency_ms,
        written_cache_tokens=reply.written_cache_tokens,
        usage_unknown=reply.usage_unknown,
        failed_attempts=reply.failed_attempts,
    )


def _declared(name: str) -> Agent:
    declared = agents.load()
    if name not in declared:
        raise EngineNotReady(f"agents.yaml declares no {name}")
    return declared[name]


def _request(agent: Agent, prompt_input: str) -> Request:
    return Request(
        model=agent.model,
        system=agent.prompt.text,
        prompt=prompt_input,
        max_tokens=agent.max_tokens,
        effort=agent.effort,
    )
