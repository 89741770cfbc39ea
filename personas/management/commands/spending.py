"""What was spent on language models, on what, and how much of each budget is used?"""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.log import Actor
from personas.ledger import own, spending, table
from personas.ledger.prices import BadPrices, Price
from targets import registry
from targets.models import Target


class Command(BaseCommand):
    """Show what was spent, set a target's own budgets, or check the price table."""

    help = "Show what was spent on language models; set a target's budgets; check the prices."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--month", default="", help="such as 2026-11; else the present one")
        parser.add_argument("--target", metavar="SLUG", help="only this target")
        parser.add_argument("--simulated", action="store_true", help="what no model answered")
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--prices", action="store_true", help="check and show the price table")
        for name in own.FIELDS:
            words = "sets the target's own budget; `default` for what the settings say"
            parser.add_argument(f"--{name.replace('_', '-')}", metavar="AMOUNT", help=words)

    def handle(self, *args: Any, **options: Any) -> None:
        """Set what is to be set, then show."""
        if options["prices"]:
            self._prices()
            return
        target = self._target(options["target"])
        given = {name: options[name] for name in own.FIELDS if options[name] is not None}
        if given:
            _set(target, given)
        try:
            found = spending.report(
                timezone.now(),
                month=options["month"],
                simulated=options["simulated"],
                target=target,
            )
        except spending.BadMonth as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(found.plain(), indent=2))
        else:
            self.stdout.write("\n".join(lines(found)))

    def _target(self, slug: str | None) -> Target | None:
        try:
            return registry.find(slug) if slug else None
        except registry.UnknownTarget as error:
            raise CommandError(str(error)) from error

    def _prices(self) -> None:
        try:
            rows = table.in_force().rows
        except BadPrices as error:
            raise CommandError(f"prices.toml cannot be used:\n{error}") from error
        for row in rows:
            self.stdout.write(priced(row))


def lines(found: spending.Report) -> Iterator[str]:
    """Write a report for a person."""
    if found.simulated:
        yield "Simulated: no language model answered, and nothing was billed."
    if found.today:
        yield f"today      {found.today.words}  {found.today.in_flight}".rstrip()
    yield f"{found.month:%Y-%m}    {found.total.words}"
    for standing in found.budgets:
        bound = standing.bound
        used = f"{bound.words(standing.counted)} of {bound.words(bound.limit)}"
        yield f"budget     {bound.name}: {used}, {standing.percent} % ({bound.setting})"
    for block in found.blocks:
        for row in block.rows:
            calls = f"{row.calls} call{'s' if row.calls != 1 else ''}"
            yield f"{block.key:<10} {row.name or '(not named)'}: {row.words}, {calls}"
        if block.more:
            yield f"{block.key:<10} and {block.more} more"


def priced(row: Price) -> str:
    """Write one row of the price table."""
    columns = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h")
    amounts = ((name, getattr(row, name)) for name in columns)
    told = (f"{name} {'not seen' if amount is None else amount}" for name, amount in amounts)
    above = f" above {row.prompt_threshold} tokens" if row.prompt_threshold else ""
    ends = f", retires on {row.retires_on}" if row.retires_on else ""
    return f"{row.model} from {row.effective_from}{above}: {', '.join(told)}{ends}"


def _set(target: Target | None, given: dict[str, str]) -> None:
    if target is None:
        raise CommandError("Say which target with --target; all together have settings.")
    try:
        limits = {name: _limit(name, text) for name, text in given.items()}
        own.set_for(target, limits, actor=Actor.system("cli"), at=timezone.now())
    except own.BadBudget as error:
        raise CommandError(str(error)) from error


def _limit(name: str, text: str) -> own.Limit:
    if text == "default":
        return None
    try:
        return int(text) if name.endswith("tokens") else Decimal(text)
    except (ValueError, InvalidOperation):
        words = "a whole number" if name.endswith("tokens") else "an amount in dollars"
        raise own.BadBudget(f"{name}: {text!r} is neither {words} nor `default`") from None
