"""How is a lost side made again from a terminal?"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from proposals.management.commands.propose import target_named
from proposals.rebuild import git_from_rows, rows_from_git
from targets.repository import OriginUnreachable, PushRefused, RefMissing


class Command(BaseCommand):
    """Write proposals' rows again from git, or the branch again from the rows."""

    help = "Write proposals again: --rows from git, or --git from the rows."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the target and the side to write."""
        side = parser.add_mutually_exclusive_group(required=True)
        side.add_argument("--rows", action="store_true", help="write the rows as git tells them")
        side.add_argument("--git", action="store_true", help="write the branch from the rows")
        parser.add_argument("--target", required=True, help="the target's short name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild one side and say what was done."""
        target = target_named(options["target"])
        try:
            done = rows_from_git(target) if options["rows"] else git_from_rows(target)
        except (OriginUnreachable, PushRefused, RefMissing) as refusal:
            raise CommandError(str(refusal)) from refusal
        for path, reason in (*done.unreadable, *done.unproven):
            self.stderr.write(f"{path}: {reason}")
        if options["rows"]:
            self.stdout.write(f"{done.written} proposal(s) written from git.")
        else:
            self.stdout.write(
                f"{done.written} commit(s) made again."
                if done.written
                else "In git, nothing was missing."
            )
        if done.unreadable:
            raise CommandError(f"{len(done.unreadable)} file(s) could not be read; see above.")
