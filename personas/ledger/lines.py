"""How is money reserved before a call, settled after it, and never touched again?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from audit.events import Event
from audit.log import Actor, record
from audit.ties.kept import Kept
from personas.ledger import alerts, budgets
from personas.ledger.budgets import BudgetReached, Call
from personas.ledger.options import Spending
from personas.ledger.prices import Prices, Usage
from personas.models import FINAL, NANO, Line, State, dollars
from ports.llm import Attempt

_LOCK = 7_206_519  # one reservation or settlement at a time, on PostgreSQL
KEPT = Kept(
    table="personas_line",
    final=f"OLD.state IN ({', '.join(repr(str(state.value)) for state in FINAL)})",
    fixed=(
        *("id", "target_id", "agent", "engine", "model_asked", "purpose", "root"),
        *("reserved_at", "reserved_cost", "reserved_tokens"),
    ),
    words="money is append-only: a closed line is not changed, and none is removed",
)


class AlreadyClosed(Exception):
    """The line was settled or refunded before; nothing was changed."""


@dataclass(frozen=True, kw_only=True)
class Bill:
    """Say what came of a call: what was used, by which model, and what nobody knows of it."""

    usage: Usage | None  # none: no answer came
    model: str = ""
    attempts: tuple[Attempt, ...] = ()  # that failed, and may be billed all the same
    usage_unknown: bool = False  # the answer itself does not tell all
    simulated: bool = False  # it turned out that no model answered

    @property
    def usages(self) -> list[Usage]:
        """Return what was told to be used, by the answer and by attempts that failed."""
        told = [usage for usage in map(_told, self.attempts) if usage is not None]
        return [self.usage, *told] if self.usage else told

    @property
    def unknown(self) -> int:
        """Count the attempts of which nobody knows what they cost."""
        unknown = sum(each.usage_unknown or _is_nonsense(each) for each in self.attempts)
        return unknown or int(self.usage_unknown)

    @property
    def is_nothing(self) -> bool:
        """Tell whether nothing was billed."""
        return not self.usages and not self.unknown


def reserve(call: Call, *, at: datetime, prices: Prices) -> Line:
    """Set aside the most that a call can cost; raise BudgetReached where that does not fit."""
    spending = settings.SELFIMPROVE.spending
    worst = _nanos(prices.worst(call.model, call.input_tokens, call.max_tokens, at))
    with transaction.atomic():
        _alone()
        found = budgets.standings(budgets.of_call(call, spending, at), simulated=call.simulated)
        full, words = budgets.refused(found, call, worst, spending)
        if full is None:
            return _opened(call, worst, spending, at)
        if worst is not None:
            alerts.reached(full, simulated=call.simulated, at=at)
    raise BudgetReached(words, full.bound.name)


def settle(line: Line, bill: Bill, *, at: datetime, prices: Prices) -> Line:
    """Write down what a call was billed, once; raise AlreadyClosed where it was before.

    What nobody knows counts against budgets as the most that it can have cost.
    """
    if bill.is_nothing:
        return refund(line, at=at)
    simulated = line.simulated or bill.simulated
    # What answers in a model's place has a price only by the name of that model.
    model = line.model_asked if simulated else bill.model or line.model_asked
    cost = _cost(model, bill, prices, line.reserved_at)
    used = _tokens(bill.usages)
    spent = used["input_tokens"] + used["output_tokens"]
    held = line.reserved_cost or 0
    changes = {
        **used,
        "state": State.SETTLED,
        "simulated": simulated,
        "model": bill.model,
        "cost": cost,
        "at_least": cost is None or bill.unknown > 0,
        "counted_cost": _at_most(cost, held, bill),
        "counted_tokens": spent + bill.unknown * line.reserved_tokens,
    }
    return _closed(line, changes, at)


def refund(line: Line, *, at: datetime) -> Line:
    """Give back what was set aside, as nothing was billed; raise AlreadyClosed."""
    nothing = {"cost": 0, "counted_cost": 0, "counted_tokens": 0, "at_least": False}
    return _closed(line, {"state": State.REFUNDED, **nothing}, at)


def sweep(now: datetime) -> list[Line]:
    """Give up reservations whose worker is gone; they go on counting as the most they can be."""
    lost = []
    for line in Line.objects.filter(state=State.OPEN, expires_at__lte=now).order_by("pk"):
        with transaction.atomic():
            _alone()
            changes = {"state": State.LOST, "closed_at": now, "at_least": True}
            if Line.objects.filter(pk=line.pk, state=State.OPEN).update(**changes) != 1:
                continue
            record(
                Event.RESERVATION_LOST,
                actor=Actor.system("personas"),
                subject=f"line:{line.pk}",
                at=now,
                target=line.target.slug,
                facts={
                    "agent": line.agent,
                    "model": line.model_asked,
                    "purpose": line.purpose,
                    "reserved": dollars(line.reserved_cost) if line.reserved_cost else "",
                    "tokens": line.reserved_tokens,
                },
            )
            _tell(line, now)
            line.refresh_from_db()
            lost.append(line)
    return lost


def _told(attempt: Attempt) -> Usage | None:
    """Read what a failed attempt used; counts that cannot be are as good as none."""
    if not (attempt.input_tokens or attempt.output_tokens):
        return None
    try:
        return Usage(input_tokens=attempt.input_tokens, output_tokens=attempt.output_tokens)
    except ValueError:
        return None


def _is_nonsense(attempt: Attempt) -> bool:
    return bool(attempt.input_tokens or attempt.output_tokens) and _told(attempt) is None


def _opened(call: Call, worst: int | None, spending: Spending, at: datetime) -> Line:
    return Line.objects.create(
        target=call.target,
        agent=call.agent,
        engine=call.engine,
        simulated=call.simulated,
        model_asked=call.model,
        purpose=call.purpose,
        root=budgets.root(call.purpose),
        reserved_at=at,
        expires_at=at + timedelta(minutes=spending.reservation_minutes),
        reserved_cost=worst,
        reserved_tokens=call.tokens,
        counted_cost=worst or 0,
        counted_tokens=call.tokens,
    )


def _closed(line: Line, changes: Mapping[str, Any], at: datetime) -> Line:
    """Close an open line, or one that was given up as lost; compare and set."""
    with transaction.atomic():
        _alone()
        waiting = Line.objects.filter(pk=line.pk, state__in=[State.OPEN, State.LOST])
        if waiting.update(**changes, closed_at=at) != 1:
            raise AlreadyClosed(f"the line {line.pk} of {line.agent} is closed already")
        line.refresh_from_db()
        _tell(line, at)
    return line


def _tell(line: Line, at: datetime) -> None:
    """Tell of the budgets that a line drew on, in the periods in which it was reserved."""
    call = Call(
        target=line.target,
        agent=line.agent,
        engine=line.engine,
        simulated=line.simulated,
        model=line.model_asked,
        purpose=line.purpose,
        input_tokens=0,
        max_tokens=0,
    )
    bounds = budgets.of_call(call, settings.SELFIMPROVE.spending, line.reserved_at)
    found = budgets.standings(bounds, simulated=line.simulated)
    alerts.tell(found, simulated=line.simulated, at=at)


def _cost(model: str, bill: Bill, prices: Prices, at: datetime) -> int | None:
    """Add up what was told to be used; None where nothing was told or a price is unknown."""
    costs = [_nanos(prices.cost(model, usage, at)) for usage in bill.usages]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if costs and len(known) == len(costs) else None


def _at_most(cost: int | None, held: int, bill: Bill) -> int:
    told = 0 if not bill.usages else held if cost is None else cost
    return told + bill.unknown * held


def _tokens(usages: Sequence[Usage]) -> dict[str, int]:
    return {
        "input_tokens": sum(usage.input_tokens for usage in usages),
        "output_tokens": sum(usage.output_tokens for usage in usages),
        "cached_tokens": sum(usage.cached_tokens for usage in usages),
        "written_tokens": sum(usage.written_5m + usage.written_1h for usage in usages),
    }


def _nanos(cost: Decimal | None) -> int | None:
    return None if cost is None else int(cost * NANO)


def _alone() -> None:
    """Let nobody else look at the sums until this transaction has ended.

    On SQLite our transactions are IMMEDIATE, so one writer is alone anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
