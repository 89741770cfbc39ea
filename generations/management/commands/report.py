"""What does the report of one generation say?"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from generations.foreground.asked import COULD_NOT
from generations.models import Generation
from generations.reporting import document, lines


class Command(BaseCommand):
    """Print a report, or the schema of all reports; exit 0, or 2 where there is none."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the generation."""
        parser.add_argument("number", nargs="?", type=int, help="within the target; else the last")
        parser.add_argument("--target", default="", metavar="SLUG", help="where there are several")
        parser.add_argument("--json", action="store_true", help="print the published document")
        parser.add_argument("--schema", action="store_true", help="print its JSON schema")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was asked for."""
        if options["schema"]:
            self.stdout.write(json.dumps(document.schema(), indent=2))
            return
        generation = _found(options["number"], options["target"])
        if options["json"]:
            self.stdout.write(document.encoded(generation).decode(), ending="")
        else:
            self.stdout.write("\n".join(lines.lines(document.document(generation))))


def _found(number: int | None, slug: str) -> Generation:
    rows = Generation.objects.select_related("target", "loop", "parent", "report")
    rows = rows.filter(target__slug=slug) if slug else rows
    rows = rows.filter(number=number) if number is not None else rows
    slugs = sorted(set(rows.order_by().values_list("target__slug", flat=True)))
    if len(slugs) > 1:
        named = ", ".join(slugs)
        raise CommandError(f"Say of which target, with --target: {named}.", returncode=COULD_NOT)
    found = rows.first()
    if found is None:
        which = "no generation" if number is None else f"no generation {number}"
        where = f" of {slug}" if slug else ""
        raise CommandError(f"There is {which}{where}; see history.", returncode=COULD_NOT)
    return found
