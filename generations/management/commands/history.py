"""Which generations were there, and what came of each?"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from generations.foreground.asked import COULD_NOT
from generations.models import Outcome, Reason, Writer
from generations.reporting import listing
from generations.reporting.listing import AT_ONCE, BadFilter, Wanted
from targets import registry


class Command(BaseCommand):
    """List generations, the newest first; exit 0, or 2 where a filter cannot be meant."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the filters."""
        outcomes = ["open", *(one.lower() for one in Outcome.values)]
        parser.add_argument("--target", default="", metavar="SLUG", help="only of this target")
        parser.add_argument("--outcome", default="", choices=outcomes, help="only with this end")
        parser.add_argument("--reason", default="", choices=Reason.values, help="only with this")
        parser.add_argument("--engine", default="", choices=Writer.values, help="only by these")
        parser.add_argument("--subject", default="", help="what asked for it, such as idea:12")
        parser.add_argument("--before", type=int, default=0, metavar="ID", help="older than this")
        parser.add_argument("--limit", type=int, default=AT_ONCE, metavar="N", help="so many")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Find them and print them."""
        try:
            wanted = Wanted(
                target=registry.find(options["target"]) if options["target"] else None,
                outcome=options["outcome"],
                reason=options["reason"],
                writer=options["engine"],
                subject=options["subject"],
                before=options["before"],
                most=options["limit"],
            )
            rows = listing.found(wanted)
        except (BadFilter, registry.UnknownTarget) as error:
            raise CommandError(str(error), returncode=COULD_NOT) from error
        if options["json"]:
            told = {"generations": [listing.plain(row) for row in rows]}
            self.stdout.write(json.dumps(told, indent=2))
            return
        self.stdout.write("\n".join(listing.lines(rows)) or "No generation fits.")
        if len(rows) == options["limit"]:
            self.stdout.write(f"Older ones: --before {rows[-1].pk}")
