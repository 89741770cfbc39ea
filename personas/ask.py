"""How is a declared agent asked, who answers for it now, and what is kept of that?"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.db import transaction

from personas import agents, counting, exchanges
from personas.agents import Agent
from personas.counting import PromptTooLarge
from personas.exchanges import End, Question
from personas.ledger import lines, table
from personas.ledger.budgets import BudgetReached, Call
from personas.ledger.lines import Bill
from personas.ledger.prices import BadPrices, Prices, Usage
from personas.models import Exchange, Line, Outcome
from personas.providers import EngineNotReady, engine_before_asking, model_for
from ports.llm import SIMULATED, Attempt, Model, ModelError, Reply, Request
from targets.models import Target

LONGEST_PURPOSE = 200
LONGEST_MODEL = 200
REFUSALS = (BudgetReached, PromptTooLarge, BadPrices)  # raised before any request
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
    cost: Decimal | None  # none: nobody knows it
    at_least: bool  # more may have been billed
    exchange: int


def ask(
    agent_name: str,
    prompt_input: str,
    *,
    target: Target,
    at: datetime,
    model: Model | None = None,
    purpose: str = "",
    schema: Mapping[str, Any] | None = None,
) -> Answer:
    """Ask an agent once; `model` stands in for the provider that agents.yaml names.

    With a `schema` the answer is asked for in that form, and may come in another one.
    `purpose` says what it is for: `generation:17/build` draws on what `generation:17` may spend.
    Raises EngineNotReady without a key, PromptTooLarge and BudgetReached before any request, and
    the port's errors when no answer came. Whatever was asked or refused is kept as an exchange.
    """
    if len(purpose) > LONGEST_PURPOSE:
        raise ValueError(f"a purpose has at most {LONGEST_PURPOSE} characters")
    prices = table.in_force()
    agent = _declared(agent_name)
    answering = model.engine if model else engine_before_asking(agent_name)
    model = model or model_for(agent)
    request = _request(agent, prompt_input, schema)
    question = Question(
        agent=agent,
        request=request,
        target=target,
        at=at,
        purpose=purpose,
        engine=model.engine,
        simulated=SIMULATED in (answering, model.engine),
        size=counting.size(model, request),
    )
    line = _admitted(question, prices)
    return _answered(question, line, model, prices)


def _admitted(question: Question, prices: Prices) -> Line:
    """Reserve what the question can cost, or keep the refusal and raise it."""
    try:
        counting.check(question.agent, question.size)
        return lines.reserve(_call(question), at=question.at, prices=prices)
    except PromptTooLarge as refusal:
        exchanges.keep(question, End(outcome=Outcome.PROMPT_TOO_LARGE, detail=str(refusal)))
        raise
    except BudgetReached as refusal:
        end = End(outcome=Outcome.BUDGET_REACHED, detail=str(refusal), kind=refusal.budget)
        exchanges.keep(question, end)
        raise


def _answered(question: Question, line: Line, model: Model, prices: Prices) -> Answer:
    """Ask, and write down what came of it whether or not it is an answer."""
    started = time.monotonic()
    try:
        reply = model.complete(question.request)
    except ModelError as error:
        took = time.monotonic() - started
        _failed(question, line, error, took, prices)
        raise
    at = question.at + timedelta(seconds=time.monotonic() - started)
    with transaction.atomic():
        settled = lines.settle(line, _bill(reply), at=at, prices=prices)
        exchange = exchanges.keep(question, _end(reply), line=settled)
    answer = _answer(question, reply, settled, exchange)
    log.info(
        "model answered",
        target=question.target.slug,
        asked_at=question.at.isoformat(),
        **{name: getattr(answer, name) for name in LOGGED},
    )
    return answer


def _failed(
    question: Question, line: Line, error: ModelError, took: float, prices: Prices
) -> None:
    end = End(
        outcome=Outcome.FAILED,
        detail=str(error),
        kind=error.kind,
        attempts=error.attempts,
        latency_ms=round(took * 1000),
    )
    bill = Bill(usage=None, attempts=error.attempts)
    with transaction.atomic():
        at = question.at + timedelta(seconds=took)
        closed = lines.settle(line, bill, at=at, prices=prices)
        exchanges.keep(question, end, line=closed)


def _bill(reply: Reply) -> Bill:
    usage = _usage(reply)
    return Bill(
        usage=usage,
        model=exchanges.shown(reply.model, LONGEST_MODEL),
        attempts=reply.failed_attempts,
        usage_unknown=reply.usage_unknown or usage is None,
        simulated=reply.simulated,
    )


def _usage(reply: Reply) -> Usage | None:
    """Read what a provider says was used; counts that cannot be are as good as none."""
    try:
        return Usage(
            input_tokens=reply.input_tokens,
            output_tokens=reply.output_tokens,
            cached_tokens=reply.cached_tokens,
            written_5m=reply.written_cache_tokens,
        )
    except ValueError:
        return None


def _end(reply: Reply) -> End:
    cut = Outcome.DECLINED if reply.stop_reason == "refusal" else Outcome.CUT
    return End(
        outcome=Outcome.ANSWERED if reply.complete else cut,
        text=reply.text,
        model=reply.model,
        stop_reason=reply.stop_reason,
        request_id=reply.request_id,
        latency_ms=reply.latency_ms,
        attempts=reply.failed_attempts,
    )


def _answer(question: Question, reply: Reply, line: Line, exchange: Exchange) -> Answer:
    return Answer(
        text=reply.text,
        engine=SIMULATED if reply.simulated else question.engine,
        agent=question.agent.name,
        model=reply.model,
        prompt_version=question.agent.prompt.version,
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
        cost=line.dollars,
        at_least=line.at_least,
        exchange=exchange.pk,
    )


def _call(question: Question) -> Call:
    return Call(
        target=question.target,
        agent=question.agent.name,
        engine=question.engine,
        simulated=question.simulated,
        model=question.request.model,
        purpose=question.purpose,
        input_tokens=question.size.tokens,
        max_tokens=question.request.max_tokens,
    )


def _declared(name: str) -> Agent:
    declared = agents.load()
    if name not in declared:
        raise EngineNotReady(f"agents.yaml declares no {name}")
    return declared[name]


def _request(agent: Agent, prompt_input: str, schema: Mapping[str, Any] | None) -> Request:
    return Request(
        model=agent.model,
        system=agent.prompt.text,
        prompt=prompt_input,
        max_tokens=agent.max_tokens,
        effort=agent.effort,
        schema=schema,
    )
