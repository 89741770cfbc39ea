"""How does a test reserve and settle without asking anybody?"""

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from pytest_django import Settings

from personas.ledger import lines, table
from personas.ledger.budgets import Call
from personas.ledger.lines import Bill
from personas.ledger.prices import Usage
from personas.models import Line
from targets.models import State, Target

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
DOLLAR = 1_000_000_000


def a_target(slug: str = "gateway") -> Target:
    """Make a target of which nothing but its name matters."""
    found = Target.objects.filter(slug=slug).first()
    return found or Target.objects.create(
        slug=slug, name=slug.title(), origin="/o", state=State.READY, created_at=timezone.now()
    )


def budget(settings: Settings, **changes: Any) -> None:
    """Set budgets; those that are not named bound nothing."""
    spending = type(settings.SELFIMPROVE.spending)
    open_ = dict.fromkeys(("call_usd", "purpose_usd", "day_usd", "month_usd"))
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(
        update={"spending": spending(**{**open_, **changes})}
    )


def call(**changes: Any) -> Call:
    """Make a call that can cost a dollar: 250k tokens written for an hour at 4 a million."""
    given: dict[str, Any] = {
        "agent": "EvalAgent",
        "engine": "anthropic",
        "simulated": False,
        "model": "claude-sonnet-5-5",
        "purpose": "",
        "input_tokens": 250_000,
        "max_tokens": 0,
    }
    return Call(**{"target": a_target(), **given, **changes})


def reserve(*, at: datetime = NOW, **changes: Any) -> Line:
    """Reserve a dollar, or what the changes make of it."""
    return lines.reserve(call(**changes), at=at, prices=table.in_force())


def settle(line: Line, *, at: datetime = NOW, **changes: Any) -> Line:
    """Settle a line at half a dollar, or what the changes make of it."""
    usage = Usage(input_tokens=250_000, output_tokens=0)
    bill = Bill(**{"usage": usage, "model": line.model_asked, **changes})
    return lines.settle(line, bill, at=at, prices=table.in_force())


def spend(*, at: datetime = NOW, **changes: Any) -> Line:
    """Spend half a dollar."""
    return settle(reserve(at=at, **changes), at=at)
