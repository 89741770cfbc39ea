"""Which command makes the counts again from the events, or compares them?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from targets.models import Target
from telemetry.rollups.rebuild import Rebuilt, rebuild


class Command(BaseCommand):
    """Rebuild or compare: exit 0 equal or made anew, 1 could not run, 2 they differ."""

    help = "Make the counts of hours, days and sessions again from the events; --check compares."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--target", help="the slug of one target; all of them otherwise")
        parser.add_argument("--check", action="store_true", help="compare, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through the days and say what was found."""
        targets = Target.objects.all()
        if options["target"]:
            targets = targets.filter(slug=options["target"])
            if not targets:
                raise CommandError(f"There is no target {options['target']!r}.")
        differing = sum(self._one(target, check=options["check"]) for target in targets)
        if differing and options["check"]:
            raise CommandError(
                f"{differing} counts differ from the events; run it without --check to mend them",
                returncode=2,
            )

    def _one(self, target: Target, *, check: bool) -> int:
        def progress(done: Rebuilt) -> None:
            self.stderr.write(
                f"{target.slug} {done.part}: {done.events} events,"
                f" {done.differing} counts differed"
            )

        differing = rebuild(target, check=check, progress=progress)
        said = f"{differing} counts differ" if check else f"{differing} counts mended"
        self.stdout.write(f"{target.slug}: {said}" if differing else f"{target.slug}: all equal")
        return differing
