"""Do generations make things better: how many are accepted, by how much, why not, at what cost?"""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from generations.foreground.asked import COULD_NOT
from generations.reporting import figures
from generations.reporting.figures import DEFAULT, WINDOWS, Figures, Group
from targets import registry


class Command(BaseCommand):
    """Print the numbers of the dashboard; exit 0, or 2 where there is no such target."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the window and the target."""
        parser.add_argument("--days", type=int, default=DEFAULT, choices=WINDOWS, help="so many")
        parser.add_argument("--target", default="", metavar="SLUG", help="only of this target")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Gather and print."""
        try:
            target = registry.find(options["target"]) if options["target"] else None
        except registry.UnknownTarget as error:
            raise CommandError(str(error), returncode=COULD_NOT) from error
        found = figures.gather(timezone.now(), days=options["days"], target=target)
        if options["json"]:
            self.stdout.write(json.dumps(found.plain(), indent=2))
        else:
            self.stdout.write("\n".join(lines(found)))


def lines(found: Figures) -> Iterator[str]:
    """Write the numbers for a terminal, each kind of engine apart."""
    of = f" of {found.target}" if found.target else ""
    yield f"Generations{of}, last {found.days} days"
    if found.is_empty:
        yield "None ended in that time."
    for group in found.groups:
        yield from _group(group)


def _group(group: Group) -> Iterator[str]:
    aside = f"; no part of the rate: {group.aside}" if group.aside else ""
    yield f"{group.kind.heading}: {group.ended} ended{aside}"
    yield _row("accepted", group.accepted.words, group.accepted.bounds)
    yield _row(
        "mean improvement", f"{group.gain.words}, {group.gain.n} accepted", group.gain.bounds
    )
    yield _row("in force", group.in_force.words, "of the proposals that were decided")
    yield _row("cost", group.total_cost, f"each: {group.each_cost}" if group.asked else "")
    for reason, many in group.reasons:
        yield _row("rejected", f"{many}", str(reason.label))
    for one in group.stretches:
        if one.share.whole:
            yield _row(f"{one.start:%Y-%m-%d}", one.share.words, one.share.bounds)


def _row(name: str, said: str, beside: str) -> str:
    return f"  {name:<18}{said}{f' ({beside})' if beside else ''}"
