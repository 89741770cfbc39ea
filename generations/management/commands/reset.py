"""How is the archive of a target taken back, once a person has said so twice?"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from generations import resetting
from generations.foreground import asked
from generations.foreground.asked import COULD_NOT
from targets import registry
from targets.models import Target


class Command(BaseCommand):
    """Exit 0: taken back. 1: not confirmed. 2: one is at work, or there is no such target."""

    help = "Remove a target's generations, loops and reports; the log and all proposals stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the target, and its name again where nobody can be asked."""
        parser.add_argument("--target", required=True, metavar="SLUG", help="whose archive")
        parser.add_argument("--confirm", default="", metavar="SLUG", help="the same name, typed")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, take back, and say what is gone."""
        try:
            target = registry.find(options["target"])
        except registry.UnknownTarget as error:
            raise CommandError(str(error), returncode=COULD_NOT) from error
        if (options["confirm"] or self._typed(target)) != target.slug:
            raise CommandError("Not confirmed: nothing was taken back.")
        try:
            gone = resetting.reset(target, actor=asked.person(), at=timezone.now())
        except resetting.AtWork as error:
            raise CommandError(str(error), returncode=COULD_NOT) from error
        self.stdout.write(f"Taken back: {gone.words}. The log and all proposals stay.")

    def _typed(self, target: Target) -> str:
        self.stderr.write(
            f"This removes {resetting.of(target).words} of {target.slug} with their reports, for"
            f" good. The log and all proposals stay. Type {target.slug} to go on:"
        )
        try:
            return input().strip()
        except EOFError:
            return ""
