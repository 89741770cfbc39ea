"""What is kept of a question to a model, and for how long?"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from personas.agents import Agent
from personas.counting import Size
from personas.models import ASKED, Exchange, Line, Outcome, dollars
from ports.llm import Attempt, Request
from targets.models import Target
from telemetry import policies
from telemetry.sanitizer import sanitize

LONGEST_DETAIL = 500
AT_ONCE = 500  # rows of one transaction of the expiry


@dataclass(frozen=True, kw_only=True)
class Question:
    """Hold what is about to be asked, by whom and for what."""

    agent: Agent
    request: Request
    target: Target
    at: datetime
    purpose: str
    engine: str
    simulated: bool
    size: Size


@dataclass(frozen=True, kw_only=True)
class End:
    """Say how it ended."""

    outcome: Outcome
    detail: str = ""
    kind: str = ""
    text: str = ""
    model: str = ""
    stop_reason: str = ""
    request_id: str = ""
    latency_ms: int = 0
    attempts: tuple[Attempt, ...] = ()


def keep(question: Question, end: End, *, line: Line | None = None) -> Exchange:
    """Keep one exchange, sanitised, with its entry on the log."""
    with transaction.atomic():
        exchange = Exchange.objects.create(
            **_asked(question),
            **_said(question, end),
            line=line,
            simulated=line.simulated if line else question.simulated,
        )
        record(
            Event.MODEL_ASKED if end.outcome in ASKED else Event.MODEL_REFUSED,
            actor=Actor.agent(question.agent.name),
            subject=f"exchange:{exchange.pk}",
            at=question.at,
            target=question.target.slug,
            reason=exchange.detail,
            facts=_facts(exchange, line),
        )
    return exchange


def answered_before(
    agent: Agent, prompt: str, *, target: Target, purpose: str, since: datetime
) -> Exchange | None:
    """Return where this very question was answered already for a purpose; None where it was not.

    What the sanitizer changed, or the expiry took away, is not what was answered any more.
    """
    same = Exchange.objects.filter(
        target=target,
        agent=agent.name,
        purpose=purpose,
        declaration_digest=agent.digest,
        prompt_digest=digest(prompt),
        outcome=Outcome.ANSWERED,
        at__gte=since,
    )
    latest = same.select_related("line").first()
    if latest is None or latest.answer_digest != digest(latest.answer_text):
        return None
    return latest


def of_purpose(target: Target, purpose: str, at: datetime | None = None) -> list[Exchange]:
    """Return what was asked for a purpose, with its money; of one moment where one is given."""
    found = Exchange.objects.filter(target=target, purpose=purpose).select_related("line")
    return list((found.filter(at=at) if at else found).order_by("pk"))


def costs(found: Iterable[Exchange]) -> list[dict[str, Any]]:
    """Return what each exchange used as a program reads it; null where nobody knows."""
    return [
        {
            "exchange": one.pk,
            "outcome": one.outcome,
            "simulated": one.simulated,
            "input_tokens": one.line.input_tokens if one.line else 0,
            "output_tokens": one.line.output_tokens if one.line else 0,
            "cost_usd": _plain(one.line.dollars) if one.line else "0",
            "at_least": one.line.at_least if one.line else False,
        }
        for one in found
    ]


def expire(now: datetime) -> int:
    """Take away the texts of exchanges that are older than is kept; every figure stays."""
    before = now - timedelta(days=settings.SELFIMPROVE.spending.exchange_days)
    old = Exchange.objects.filter(at__lt=before, texts_gone_at=None)
    gone = 0
    while keys := list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        gone += Exchange.objects.filter(pk__in=keys).update(
            prompt_text="", answer_text="", detail="", texts_gone_at=now
        )
    if gone:
        with transaction.atomic():
            record(
                Event.EXCHANGES_EXPIRED,
                actor=Actor.system("personas"),
                subject="exchanges",
                at=now,
                facts={"exchanges": gone, "before": before.isoformat()},
            )
    return gone


def digest(text: str) -> str:
    """Return the digest of a whole text, whatever is kept of it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def shown(text: str, most: int) -> str:
    """Take what a provider named itself, which is no more to be trusted than its answer."""
    return sanitize(text)[0][:most]


def _plain(cost: Decimal | None) -> str | None:
    return None if cost is None else f"{cost:f}"


def _asked(question: Question) -> dict[str, Any]:
    agent, request = question.agent, question.request
    return {
        "at": question.at,
        "target": question.target,
        "agent": agent.name,
        "engine": question.engine,
        "purpose": question.purpose,
        "model_asked": request.model,
        "effort": request.effort,
        "max_tokens": request.max_tokens,
        "prompt_tokens": question.size.tokens,
        "estimated": question.size.estimated,
        "prompt_version": agent.prompt.version,
        "role_digest": agent.prompt_digest,
        "prompt_digest": digest(request.prompt),
        "declaration_digest": agent.digest,
        "prompt_text": _kept(request.prompt, question.target),
        "prompt_characters": len(request.prompt),
    }


def _said(question: Question, end: End) -> dict[str, Any]:
    return {
        "outcome": end.outcome,
        "detail": _kept(end.detail, question.target)[:LONGEST_DETAIL],
        "kind": shown(end.kind, 100),
        "model": shown(end.model, 200),
        "stop_reason": shown(end.stop_reason, 60),
        "request_id": shown(end.request_id, 200),
        "latency_ms": end.latency_ms,
        "failed_attempts": [
            {"kind": shown(str(each), 100), "usage_unknown": each.usage_unknown}
            for each in end.attempts
        ],
        "answer_text": _kept(end.text, question.target),
        "answer_characters": len(end.text),
        "answer_digest": digest(end.text) if end.outcome in ASKED and end.text else "",
    }


def _kept(text: str, target: Target) -> str:
    """Take secrets out; the sanitizer reads and returns no more than its own limit."""
    return sanitize(text, policies.policy(target))[0]


def _facts(exchange: Exchange, line: Line | None) -> dict[str, object]:
    facts: dict[str, object] = {
        "outcome": exchange.outcome,
        "engine": exchange.engine,
        "simulated": exchange.simulated,
        "model_asked": exchange.model_asked,
        "model": exchange.model,
        "purpose": exchange.purpose,
        "declaration": exchange.declaration_digest,
        "prompt": exchange.prompt_digest,
        "prompt_version": exchange.prompt_version,
        "answer": exchange.answer_digest,
        "stop_reason": exchange.stop_reason,
    }
    if line is not None:
        facts |= {
            "input_tokens": line.input_tokens,
            "output_tokens": line.output_tokens,
            "cost": "unknown" if line.cost is None else dollars(line.cost),
            "at_least": line.at_least,
        }
    return facts
