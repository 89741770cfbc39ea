"""What does a week of one target show?"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from evaluation.asking import estimating as estimates
from evaluation.inspections.commanded import InspectingCommand
from evaluation.scan import estimating, scanning
from evaluation.self_eval import KNOWN_FAILURES, NotReady


class Command(InspectingCommand):
    """Scan a week now."""

    help = "Scan seven days of a target: what recurs, fails now and then, is stale or drifted."
    make = staticmethod(scanning.make)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer to say beforehand what it would ask."""
        super().add_arguments(parser)
        parser.add_argument(
            "--estimate",
            action="store_true",
            help="say what a model would be asked and what it could cost, and ask nobody",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Scan, or estimate."""
        if not options["estimate"]:
            super().handle(*args, **options)
            return
        target = self.chosen(options["target"])
        try:
            found = estimating.estimate(target, timezone.now())
        except (NotReady, *KNOWN_FAILURES) as error:
            raise CommandError(str(error)) from error
        told = json.dumps(estimates.shown(found)) if options["json"] else found.verdict
        self.stdout.write(told)
