"""Run the delivery ticks by hand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from delivery import tasks


class Command(BaseCommand):
    """Begin, step and watch whatever is due, once."""

    help = "Run one tick of deliveries and watches by hand."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer to look at the watched deployments only."""
        parser.add_argument("--watch-only", action="store_true", help="only what protects")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the tick and say what it did."""
        act = tasks.watch if options["watch_only"] else tasks.deliver
        self.stdout.write(act())
