"""What was spent in a day and a month, on what, and how much of each budget is used?"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, NullIf

from personas.ledger import budgets
from personas.ledger.budgets import Standing
from personas.models import Budget, Line, State, dollars, said
from targets.models import Target

PURPOSES = 10  # whose budgets are shown
MOST = 50  # rows of one block; the rest is told as a number
NOTHING_ASKED = "no model call"
BLOCKS = (
    ("target", "Targets", "target__slug"),
    ("agent", "Agents", "agent"),
    ("model", "Models", "named"),
    ("purpose", "Purposes", "root"),
)
MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])\Z", re.ASCII)


class BadMonth(ValueError):
    """The text names no month."""


@dataclass(frozen=True)
class Spent:
    """Sum up some calls: what is known of their cost, and of how many it is not known."""

    name: str
    calls: int
    known: int  # nanodollars
    unknown: int  # calls that may have cost more than is known
    flying: int
    held: int
    tokens_in: int
    tokens_out: int
    tokens_cached: int

    @property
    def words(self) -> str:
        """Write the cost so that what nobody knows never passes for nothing."""
        return said(self.known, unknown=self.unknown > 0) if self.calls else NOTHING_ASKED

    @property
    def is_amount(self) -> bool:
        """Tell whether the words are an amount alone."""
        return self.words.startswith("$")

    @property
    def in_flight(self) -> str:
        """Write what calls that have not ended can cost; nothing where there are none."""
        return f"{self.flying} in flight, up to {dollars(self.held)}" if self.flying else ""

    @property
    def spoken_in(self) -> str:
        """Write the tokens that went in so that a person can read so many digits."""
        return _spaced(self.tokens_in)

    @property
    def spoken_out(self) -> str:
        """Write the tokens that came out."""
        return _spaced(self.tokens_out)

    @property
    def spoken_cached(self) -> str:
        """Write the tokens that were read from the cache."""
        return _spaced(self.tokens_cached)

    def plain(self) -> dict[str, Any]:
        """Return it for a program: dollars as text, null where nothing is known."""
        known = bool(self.known) or not self.unknown
        return {
            "name": self.name,
            "calls": self.calls,
            "usd": _text(self.known) if self.calls and known else None,
            "at_least": self.unknown > 0,
            "unknown_calls": self.unknown,
            "in_flight_calls": self.flying,
            "in_flight_usd": _text(self.held),
            "input_tokens": self.tokens_in,
            "output_tokens": self.tokens_out,
            "cached_tokens": self.tokens_cached,
        }


@dataclass(frozen=True)
class Block:
    """Hold the spending of a month by one of its sides, the largest first."""

    key: str
    title: str
    rows: list[Spent]
    more: int


@dataclass(frozen=True)
class Report:
    """Hold everything that the page, the command and the address for programs show."""

    month: datetime
    today: Spent | None  # none: the month is not the present one
    total: Spent
    blocks: list[Block]
    budgets: list[Standing]
    simulated: bool

    def plain(self) -> dict[str, Any]:
        """Return it for a program."""
        return {
            "month": f"{self.month:%Y-%m}",
            "simulated": self.simulated,
            "today": self.today.plain() if self.today else None,
            "total": self.total.plain(),
            **{f"by_{block.key}": [row.plain() for row in block.rows] for block in self.blocks},
            "budgets": [_standing(standing) for standing in self.budgets],
        }


def report(
    now: datetime, *, month: str = "", simulated: bool = False, target: Target | None = None
) -> Report:
    """Gather the spending of a month, of one target or of all; raise BadMonth."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first = month_of(month) if month else day.replace(day=1)
    lines = Line.objects.filter(simulated=simulated).order_by()
    if target is not None:
        lines = lines.filter(target=target)
    in_month = lines.filter(reserved_at__gte=first, reserved_at__lt=_next(first))
    present = first == day.replace(day=1)
    blocks = [_block(key, title, column, in_month) for key, title, column in BLOCKS]
    purposes = [row.name for row in blocks[-1].rows][:PURPOSES] if target is None else []
    return Report(
        month=first,
        today=_sum("today", lines.filter(reserved_at__gte=day)) if present else None,
        total=_sum(f"{first:%Y-%m}", in_month),
        blocks=blocks,
        budgets=_standings(now, simulated, target, purposes) if present else [],
        simulated=simulated,
    )


def of_agents(since: datetime, *, simulated: bool = False) -> dict[str, Spent]:
    """Return what each agent spent since a moment, in one query."""
    lines = Line.objects.filter(simulated=simulated, reserved_at__gte=since).order_by()
    found = lines.values("agent").annotate(**_figures())
    return {spent.name: spent for spent in (_spent(row, "agent") for row in found)}


def of_purposes(roots: Any, *, simulated: bool = False) -> dict[str, Spent]:
    """Return what each of some purposes spent with all its parts, in one query."""
    lines = Line.objects.filter(simulated=simulated, root__in=roots).order_by()
    found = lines.values("root").annotate(**_figures())
    return {spent.name: spent for spent in (_spent(row, "root") for row in found)}


def added(name: str, parts: Iterable[Spent]) -> Spent:
    """Add up what was spent on several things."""
    sums = dict.fromkeys((field.name for field in fields(Spent) if field.name != "name"), 0)
    for part in parts:
        for figure in sums:
            sums[figure] += getattr(part, figure)
    return Spent(name=name, **sums)


def month_of(text: str) -> datetime:
    """Return the first moment of a month written as 2026-11; raise BadMonth."""
    found = MONTH.match(text)
    if found is None or found[1] == "0000":
        raise BadMonth(f"{text!r} is no month; write it as 2026-11")
    return datetime(int(found[1]), int(found[2]), 1, tzinfo=UTC)


def _standings(
    now: datetime, simulated: bool, target: Target | None, purposes: Sequence[str]
) -> list[Standing]:
    """Return how much of each present budget is used, the wider ones first."""
    spending = settings.SELFIMPROVE.spending
    bounds = [] if target is not None else budgets.of_all(spending, now)
    own = {budget.target_id: budget for budget in Budget.objects.all()}
    for each in [target] if target is not None else Target.objects.all():
        bounds += budgets.of_target(each, own.get(each.pk), spending, now)
    for purpose in purposes:
        bounds += budgets.of_purpose(purpose, spending)
    return budgets.standings(bounds, simulated=simulated)


def _next(first: datetime) -> datetime:
    try:
        return (first + timedelta(days=32)).replace(day=1)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _sum(name: str, lines: QuerySet[Line]) -> Spent:
    return Spent(name=name, **lines.aggregate(**_figures()))


def _block(key: str, title: str, column: str, lines: QuerySet[Line]) -> Block:
    named = Coalesce(NullIf("model", Value("")), F("model_asked"))
    found = lines.annotate(named=named).values(column).annotate(**_figures())
    rows = list(found.order_by("-known", column)[: MOST + 1])
    more = found.count() - MOST if len(rows) > MOST else 0
    return Block(key, title, [_spent(row, column) for row in rows[:MOST]], more)


def _spent(row: Mapping[str, Any], column: str) -> Spent:
    figures = {key: value for key, value in row.items() if key != column}
    return Spent(name=row[column], **figures)


def _figures() -> dict[str, Any]:
    flying = Q(state=State.OPEN)
    return {
        "calls": Count("pk"),
        "known": Coalesce(Sum("cost"), 0),
        "unknown": Count("pk", filter=Q(at_least=True)),
        "flying": Count("pk", filter=flying),
        "held": Coalesce(Sum("reserved_cost", filter=flying), 0),
        "tokens_in": Coalesce(Sum("input_tokens"), 0),
        "tokens_out": Coalesce(Sum("output_tokens"), 0),
        "tokens_cached": Coalesce(Sum("cached_tokens"), 0),
    }


def _standing(standing: Standing) -> dict[str, Any]:
    bound = standing.bound
    amount = _text if bound.unit == "money" else int
    return {
        "name": bound.name,
        "unit": "usd" if bound.unit == "money" else "tokens",
        "setting": bound.setting,
        "period": bound.period,
        "limit": amount(bound.limit),
        "counted": amount(standing.counted),
        "in_flight": amount(standing.in_flight),
        "percent": standing.percent,
    }


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")


def _text(nanos: int) -> str:
    return f"{nanos // 1_000_000_000}.{nanos % 1_000_000_000:09d}"
