"""What was asked of language models for a generation, and what did that cost?"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q

from generations.models import Generation
from personas.models import NANO, Exchange, Line


def of(generation: Generation) -> list[Exchange]:
    """Return every exchange that the generation's purpose paid for, the oldest first."""
    name = generation.purpose
    mine = Q(purpose=name) | Q(purpose__startswith=f"{name}/")
    # Exchanges are found by their time, which has an index; their purpose has none.
    found = Exchange.objects.filter(mine, target=generation.target, at__gte=generation.started_at)
    return list(found.select_related("line").defer("prompt_text", "answer_text").order_by("pk"))


def plain(exchange: Exchange) -> dict[str, Any]:
    """Return one call for a program; what nobody knows is null, or marked as at least."""
    return {
        "exchange": exchange.pk,
        "at": exchange.at.isoformat(),
        "purpose": exchange.purpose,
        "agent": exchange.agent,
        "engine": exchange.engine,
        "simulated": exchange.simulated,
        "model_asked": exchange.model_asked,
        "model": exchange.model,
        "outcome": exchange.outcome,
        "detail": exchange.detail,
        "stop_reason": exchange.stop_reason,
        "failed_attempts": len(exchange.failed_attempts),
        "latency_ms": exchange.latency_ms,
        **_figures(exchange.line),
    }


def summed(exchanges: Sequence[Exchange]) -> dict[str, Any]:
    """Add calls up; without any, nothing was asked, which is not the same as a cost of nothing."""
    lines = [one.line for one in exchanges if one.line is not None]
    known = [line.cost for line in lines if line.cost is not None]
    return {
        "calls": len(exchanges),
        "simulated_calls": sum(one.simulated for one in exchanges),
        "input_tokens": sum(line.input_tokens for line in lines),
        "output_tokens": sum(line.output_tokens for line in lines),
        "cached_tokens": sum(line.cached_tokens for line in lines),
        "latency_ms": sum(one.latency_ms for one in exchanges),
        "usd": dollars(sum(known)) if known else None,
        "at_least": any(line.at_least for line in lines),
    }


def dollars(nanos: int) -> str:
    """Write an amount so that a program reads it to the last digit."""
    return f"{Decimal(nanos) / NANO:.9f}"


def _figures(line: Line | None) -> dict[str, Any]:
    """Return tokens and money; a call that was refused before it was made has neither."""
    if line is None:
        nothing = dict.fromkeys(("input_tokens", "output_tokens", "cached_tokens"), 0)
        return {**nothing, "written_tokens": 0, "usd": None, "at_least": False}
    return {
        "input_tokens": line.input_tokens,
        "output_tokens": line.output_tokens,
        "cached_tokens": line.cached_tokens,
        "written_tokens": line.written_tokens,
        "usd": None if line.cost is None else dollars(line.cost),
        "at_least": line.at_least,
    }
