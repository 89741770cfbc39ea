"""Which budgets does a call draw on, and how much of each is left?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any, Literal

from django.db.models import Q, Sum

from personas.ledger.options import Spending
from personas.models import NANO, Budget, Line, State, dollars
from targets.models import Target

Unit = Literal["money", "tokens"]
UNITS: tuple[tuple[Unit, str, str], ...] = (
    ("money", "usd", "counted_cost"),
    ("tokens", "tokens", "counted_tokens"),
)


class BudgetReached(Exception):
    """Say that a call was refused before any request, and which budget it did not fit."""

    def __init__(self, words: str, budget: str = "") -> None:
        """Keep the name of the budget, for the record."""
        super().__init__(words)
        self.budget = budget


@dataclass(frozen=True, kw_only=True)
class Call:
    """Say who is about to ask what, and how large it can become."""

    target: Target
    agent: str
    engine: str
    simulated: bool
    model: str
    purpose: str
    input_tokens: int
    max_tokens: int

    @property
    def tokens(self) -> int:
        """Return the most tokens that it can use."""
        return self.input_tokens + self.max_tokens


@dataclass(frozen=True, kw_only=True)
class Bound:
    """Hold one budget: its limit in nanodollars or tokens, and the lines that draw on it."""

    name: str
    unit: Unit
    limit: int
    setting: str
    scope: Q | None = None  # none: it bounds one call
    since: datetime | None = None
    until: datetime | None = None
    period: str = ""

    @property
    def column(self) -> str:
        """Name the figure of a line that counts."""
        return next(column for unit, _, column in UNITS if unit == self.unit)

    def words(self, amount: int) -> str:
        """Write an amount in the budget's unit."""
        return dollars(amount) if self.unit == "money" else f"{amount:,} tokens".replace(",", " ")


@dataclass(frozen=True)
class Standing:
    """Say how much of a budget is closed, and how much is still in flight."""

    bound: Bound
    closed: int
    in_flight: int

    @property
    def counted(self) -> int:
        """Return what no other call can have."""
        return self.closed + self.in_flight

    @property
    def percent(self) -> int:
        """Return the share that is used, in whole percent, at most 999."""
        if not self.bound.limit:
            return 100
        return min(999, self.counted * 100 // self.bound.limit)


def levels(purpose: str) -> list[tuple[str, str]]:
    """Return each purpose that a part draws on, with its kind: `a:1/b` is part of `a:1`."""
    parts = [part for part in purpose.split("/") if part]
    kinds = [part.partition(":")[0] for part in parts]
    ends = range(1, len(parts) + 1)
    return [("/".join(parts[:end]), "/".join(kinds[:end])) for end in ends]


def root(purpose: str) -> str:
    """Return the purpose that all its parts draw on."""
    return next((name for name, _ in levels(purpose)), "")


def of_call(call: Call, spending: Spending, at: datetime) -> list[Bound]:
    """Return every budget that a call must fit, the narrowest first."""
    own = Budget.objects.filter(target=call.target).first()
    return [
        *_of_one_call(spending),
        *of_purpose(call.purpose, spending),
        *of_target(call.target, own, spending, at),
        *of_all(spending, at),
    ]


def of_all(spending: Spending, at: datetime) -> list[Bound]:
    """Return the budgets of the day and the month, over all targets."""
    return [
        Bound(name=name, unit=unit, limit=limit, setting=setting, **period)
        for name, period in _periods(at)
        for unit, setting, limit in _limits(spending, f"{name}_")
    ]


def of_target(
    target: Target, own: Budget | None, spending: Spending, at: datetime
) -> Iterator[Bound]:
    """Yield a target's budgets: its own where it has one, else what the settings say of any."""
    for name, period in _periods(at):
        given = dict(period)
        scope = given.pop("scope") & Q(target=target)
        theirs = {unit: (setting, limit) for unit, setting, limit in _limits(own, f"{name}_")}
        anyones = _limits(spending, f"target_{name}_")
        found = {unit: (setting, limit) for unit, setting, limit in anyones} | {
            unit: (f"the {setting.partition('.')[2]} of {target.slug}", limit)
            for unit, (setting, limit) in theirs.items()
        }
        for unit, (setting, limit) in found.items():
            yield Bound(
                name=f"{name} of {target.slug}",
                unit=unit,
                limit=limit,
                setting=setting,
                scope=scope,
                **given,
            )


def of_purpose(purpose: str, spending: Spending) -> Iterator[Bound]:
    """Yield what bounds a purpose and each part of it; one without a number is only a label."""
    chain = levels(purpose)
    if not chain or ":" not in chain[0][0]:
        return
    top = chain[0][0]
    for name, kind in chain:
        scope = Q(root=top) & (Q(purpose=name) | Q(purpose__startswith=f"{name}/"))
        limits = _limits(spending, "purpose_") if name == top else []
        if kind in spending.purposes:
            limits = [each for each in limits if each[0] != "money"]
            most = int(spending.purposes[kind] * NANO)
            limits.append(("money", f"spending.purposes.{kind}", most))
        for unit, setting, limit in limits:
            yield Bound(name=name, unit=unit, limit=limit, setting=setting, scope=scope)


def standings(bounds: Sequence[Bound], *, simulated: bool) -> list[Standing]:
    """Read how much of each budget is used, in one query."""
    scopes = {index: bound.scope for index, bound in enumerate(bounds) if bound.scope is not None}
    if not scopes:
        return [Standing(bound, 0, 0) for bound in bounds]
    flying = Q(state=State.OPEN)
    sums: dict[str, Sum] = {}
    for index, scope in scopes.items():
        column = bounds[index].column
        sums[f"closed_{index}"] = Sum(column, filter=scope & ~flying, default=0)
        sums[f"flying_{index}"] = Sum(column, filter=scope & flying, default=0)
    wanted = Line.objects.filter(reduce(or_, scopes.values()), simulated=simulated)
    found = wanted.order_by().aggregate(**sums)
    return [
        Standing(bound, found.get(f"closed_{index}", 0), found.get(f"flying_{index}", 0))
        for index, bound in enumerate(bounds)
    ]


def refused(
    found: Iterable[Standing], call: Call, worst: int | None, spending: Spending
) -> tuple[Standing | None, str]:
    """Return the first budget that a call does not fit, with the reason; else nothing."""
    for standing in found:
        bound = standing.bound
        wanted = worst if bound.unit == "money" else call.tokens
        if wanted is None:
            if call.simulated or spending.unknown_price == "allow":
                continue
            return standing, _unknown(call, bound)
        if standing.counted + wanted > bound.limit:
            return standing, _too_much(standing, wanted)
    return None, ""


def _unknown(call: Call, bound: Bound) -> str:
    return (
        f"the price of {call.model} is unknown now (or that of writing to its cache), so it"
        f" cannot be held to {bound.setting}; add it to config/prices.toml, or set"
        ' spending.unknown_price = "allow"'
    )


def _too_much(standing: Standing, wanted: int) -> str:
    bound = standing.bound
    most = f"the call can take {bound.words(wanted)}"
    if bound.scope is None:
        return f"{most}, more than the {bound.words(bound.limit)} of {bound.setting}"
    flying = bound.words(standing.in_flight)
    held = f" ({flying} of it in flight)" if standing.in_flight else ""
    ends = f"; it begins anew at {bound.until:%Y-%m-%d} UTC" if bound.until else ""
    return (
        f"the budget “{bound.name}” has {bound.words(standing.counted)} of"
        f" {bound.words(bound.limit)} taken{held}, and {most} ({bound.setting}){ends}"
    )


def _of_one_call(spending: Spending) -> list[Bound]:
    found = _limits(spending, "call_")
    return [Bound(name="call", unit=u, limit=most, setting=key) for u, key, most in found]


def _limits(given: Spending | Budget | None, prefix: str) -> list[tuple[Unit, str, int]]:
    found: list[tuple[Unit, str, int]] = []
    for unit, suffix, _ in UNITS:
        limit = getattr(given, f"{prefix}{suffix}", None)
        if limit is not None:
            amount = int(limit * NANO) if unit == "money" else int(limit)
            found.append((unit, f"spending.{prefix}{suffix}", amount))
    return found


def _periods(at: datetime) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the day and the month around a moment, in UTC."""
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    month = day.replace(day=1)
    after = (month + timedelta(days=32)).replace(day=1)
    return [
        ("day", _period(day, day + timedelta(days=1), f"{day:%Y-%m-%d}")),
        ("month", _period(month, after, f"{month:%Y-%m}")),
    ]


def _period(since: datetime, until: datetime, name: str) -> Mapping[str, Any]:
    scope = Q(reserved_at__gte=since, reserved_at__lt=until)
    return {"scope": scope, "since": since, "until": until, "period": name}
