"""Which command says for how long a target's events are kept?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit.log import Actor
from targets.models import Target
from telemetry.models import HeldEvent
from telemetry.storing import keeping


class Command(BaseCommand):
    """Show or set how long events are kept."""

    help = "Show for how long each target's events are kept, or set it for one."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--target", help="the slug of the target")
        parser.add_argument("--days", help="a number, or `default` for what the settings say")

    def handle(self, *args: Any, **options: Any) -> None:
        """Set it where days are given; show it in any case."""
        targets = Target.objects.all()
        if options["target"]:
            targets = targets.filter(slug=options["target"])
            if not targets:
                raise CommandError(f"There is no target {options['target']!r}.")
        elif options["days"]:
            raise CommandError("Say which target with --target.")
        for target in targets:
            if options["days"]:
                self._set(target, options["days"])
            held = HeldEvent.objects.filter(target=target).values("uid").distinct().count()
            self.stdout.write(
                f"{target.slug}: {keeping.days_of(target)} days, {held} events held longer"
            )

    def _set(self, target: Target, words: str) -> None:
        try:
            days = None if words == "default" else int(words)
        except ValueError:
            raise CommandError(f"{words!r} is neither a number of days nor `default`.") from None
        try:
            keeping.set_days(target, days, actor=Actor.system("cli"), at=timezone.now())
        except keeping.BadKeeping as error:
            raise CommandError(str(error)) from error
