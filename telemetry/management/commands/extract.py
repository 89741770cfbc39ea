"""Which command writes the events of a day into a file?"""

from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from targets.models import Target
from telemetry.archive.export import DayNotKept, ExportFailed, extract


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text!r} is not a date: write it as 2026-11-21") from None


class Command(BaseCommand):
    """Write YYYY-MM-DD.jsonl for one target or all."""

    help = "Write the events of one UTC day as JSON lines (yesterday, unless told otherwise)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--date", help="the day, as 2026-11-21")
        parser.add_argument("--target", help="the slug of one target; all of them otherwise")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the files and say where they are."""
        now = timezone.now()
        day = _day(options["date"]) if options["date"] else (now - timedelta(days=1)).date()
        targets = Target.objects.all()
        if options["target"]:
            targets = targets.filter(slug=options["target"])
            if not targets:
                raise CommandError(f"There is no target {options['target']!r}.")
        for target in targets:
            try:
                done = extract(target, day, now)
            except (ExportFailed, DayNotKept) as error:
                raise CommandError(str(error)) from error
            where = str(done.path) if done.events else "no events, no file"
            self.stdout.write(f"{target.slug}: {done.events} events of {day} → {where}")
