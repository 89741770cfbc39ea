"""What do the commands `maintain` and `scan` have in common?"""

import json
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.log import Actor
from evaluation.inspections.records import Inspection
from evaluation.inspections.shown import lines, shown
from evaluation.self_eval import NotReady
from targets.models import Target

ACTOR = Actor.system("command")


class InspectingCommand(BaseCommand):
    """Inspect one target now and print the report."""

    make: ClassVar[Callable[..., Inspection]]

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the target and the form that a program reads."""
        parser.add_argument("target", metavar="TARGET", help="the target's short name")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the report, print it, and fail when the engine did."""
        target = self.chosen(options["target"])
        try:
            report = type(self).make(target, timezone.now(), trigger="command", actor=ACTOR)
        except NotReady as error:
            raise CommandError(str(error)) from error
        text = json.dumps(shown(report), indent=2) if options["json"] else "\n".join(lines(report))
        self.stdout.write(text)
        if report.error:
            raise CommandError(f"the engine did not answer: {report.error}")

    def chosen(self, slug: str) -> Target:
        """Return the target of this name; say which there are where it is none of them."""
        target = Target.objects.filter(slug=slug).first()
        if target is None:
            known = ", ".join(Target.objects.values_list("slug", flat=True)) or "none"
            raise CommandError(f"there is no target {slug}; there are: {known}")
        return target
