"""What did a number of tokens of a model cost at a moment, as far as anybody knows?

Pure: a text goes in, and amounts come out. Unknown is None, and never zero.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import ROUND_UP, Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

MILLION = 1_000_000
MOST_TOKENS = 100_000_000  # of one request: no model takes a tenth of it
NANO = Decimal("1e-9")  # of a dollar: one token of the cheapest column costs ten of them
DATED = re.compile(r"-\d{8}$")  # a snapshot of a model, which costs what the model does

Amount = Annotated[Decimal, Field(ge=0, decimal_places=3, max_digits=9)]


class BadPrices(Exception):
    """Say that the table cannot be used: one line per mistake, with row and field."""

    def __init__(self, mistakes: list[str]) -> None:
        """Keep the lines apart, for a page."""
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class Price(BaseModel):
    """Hold what one model costs from a date on, for prompts above a size."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field(min_length=1)
    aliases: tuple[str, ...] = ()
    effective_from: date
    prompt_threshold: int = Field(default=0, ge=0)
    input: Amount | None = None
    output: Amount | None = None
    cache_read: Amount | None = None
    cache_write_5m: Amount | None = None
    cache_write_1h: Amount | None = None
    batch_factor: Decimal | None = Field(default=None, gt=0, le=1)
    retires_on: date | None = None
    source: str = Field(min_length=1)
    checked_on: date


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Count the tokens of one request; `input_tokens` is the whole prompt, cached or not."""

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    written_5m: int = 0
    written_1h: int = 0
    batch: bool = False

    def __post_init__(self) -> None:
        """Refuse counts that cannot be."""
        counts = (self.output_tokens, self.cached_tokens, self.written_5m, self.written_1h)
        total = self.input_tokens + self.output_tokens
        if self.plain_tokens < 0 or min(counts) < 0 or total > MOST_TOKENS:
            raise ValueError(f"these counts of tokens do not fit each other: {self}")

    @property
    def plain_tokens(self) -> int:
        """Return what was neither read from the cache nor written to it."""
        return self.input_tokens - self.cached_tokens - self.written_5m - self.written_1h


@dataclass(frozen=True)
class Prices:
    """Answer from the rows of one table."""

    rows: tuple[Price, ...]

    def cost(self, model: str, usage: Usage, at: datetime) -> Decimal | None:
        """Return dollars; None where the model, the date or a column that is needed is unknown."""
        row = self.row(model, usage.input_tokens, at)
        if row is None:
            return None
        parts = (
            (usage.plain_tokens, row.input),
            (usage.output_tokens, row.output),
            (usage.cached_tokens, row.cache_read),
            (usage.written_5m, row.cache_write_5m),
            (usage.written_1h, row.cache_write_1h),
        )
        total = _sum((tokens, price) for tokens, price in parts if tokens)
        factor = row.batch_factor if usage.batch else Decimal(1)
        if total is None or factor is None:
            return None
        return (total * factor).quantize(NANO, rounding=ROUND_UP)

    def worst(
        self, model: str, input_tokens: int, max_tokens: int, at: datetime
    ) -> Decimal | None:
        """Return the most that a request can cost: its prompt may be written to the cache."""
        plain = Usage(input_tokens=input_tokens, output_tokens=max_tokens)
        written = (
            replace(plain, written_5m=input_tokens),
            replace(plain, written_1h=input_tokens),
        )
        whole = [self.cost(model, usage, at) for usage in (plain, *written)]
        known = [cost for cost in whole if cost is not None]
        return max(known) if len(known) == len(whole) else None

    def row(self, model: str, prompt_tokens: int, at: datetime) -> Price | None:
        """Return the row that prices a prompt of this size at a moment."""
        name, day = self.resolve(model), at.astimezone(UTC).date()
        held = [row for row in self.rows if row.model == name and row.effective_from <= day]
        newest = max((row.effective_from for row in held), default=None)
        fitting = [
            row
            for row in held
            if row.effective_from == newest
            and (prompt_tokens > row.prompt_threshold or row.prompt_threshold == 0)
        ]
        return max(fitting, key=lambda row: row.prompt_threshold, default=None)

    def resolve(self, model: str) -> str:
        """Return the name in the table of a model, an alias, or a dated snapshot of either."""
        names = {alias: row.model for row in self.rows for alias in (row.model, *row.aliases)}
        return names.get(model) or names.get(DATED.sub("", model)) or model

    def retirement(self, model: str) -> date | None:
        """Return the day on which a model is known to end."""
        name = self.resolve(model)
        days = (row.retires_on for row in self.rows if row.model == name)
        return next((day for day in days if day is not None), None)


def read(text: str, name: str = "prices.toml") -> Prices:
    """Return the table; raise BadPrices with every mistake at once."""
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise BadPrices([f"{name}: not readable as TOML: {error}"]) from error
    given = document.get("price")
    if set(document) != {"price"} or not isinstance(given, list):
        raise BadPrices([f"{name}: expected rows under [[price]] and nothing else"])
    mistakes: list[str] = []
    rows = [_row(name, number, item, mistakes) for number, item in enumerate(given, start=1)]
    table = Prices(tuple(row for row in rows if row is not None))
    mistakes += [f"{name}: {words}" for words in _contradictions(table.rows)]
    if mistakes:
        raise BadPrices(mistakes)
    return table


def _sum(parts: Iterable[tuple[int, Decimal | None]]) -> Decimal | None:
    total = Decimal(0)
    for tokens, price in parts:
        if price is None:
            return None
        total += tokens * price / MILLION
    return total


def _row(name: str, number: int, item: object, mistakes: list[str]) -> Price | None:
    if not isinstance(item, Mapping):
        mistakes.append(f"{name}: row {number}: expected fields, found {item!r}")
        return None
    try:
        return Price(**item)
    except ValidationError as error:
        named = f"row {number} ({item.get('model', 'no model')})"
        mistakes += [f"{name}: {named}: {_problem(problem)}" for problem in error.errors()]
    return None


def _problem(problem: Mapping[str, Any]) -> str:
    field = ".".join(str(part) for part in problem["loc"]) or "(whole row)"
    if problem["type"] == "extra_forbidden":
        return f"{field}: there is no such field; there are {', '.join(Price.model_fields)}"
    return f"{field}: {problem['msg']}"


def _contradictions(rows: tuple[Price, ...]) -> list[str]:
    """Say where rows that are right by themselves cannot stand beside each other."""
    keys = Counter((row.model, row.effective_from, row.prompt_threshold) for row in rows)
    found = [
        f"{model}: two rows from {day} above {size} tokens"
        for (model, day, size), count in keys.items()
        if count > 1
    ]
    starts = {(model, day): (model, day, 0) for model, day, _ in keys}
    found += [
        f"{model}: no row from {day} for small prompts (prompt_threshold = 0)"
        for (model, day), small in starts.items()
        if small not in keys
    ]
    owners = _gathered((name, row.model) for row in rows for name in (row.model, *row.aliases))
    found += [f"{name} is a name of {words}" for name, words in owners]
    ends = _gathered((row.model, str(row.retires_on)) for row in rows if row.retires_on)
    found += [f"{model}: it cannot retire on {words}" for model, words in ends]
    return found


def _gathered(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return what has more than one partner, with all of them in words."""
    partners: dict[str, set[str]] = {}
    for one, other in pairs:
        partners.setdefault(one, set()).add(other)
    many = [(one, sorted(others)) for one, others in partners.items() if len(others) > 1]
    return [(one, " and ".join(others)) for one, others in many]
