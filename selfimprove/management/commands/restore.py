"""Put an installation back from its backup."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.keys.folder import KeyTrouble
from ports.git import GitFailed
from selfimprove.backup import CannotBackUp, CannotRestore, restoring

STATE = "signer state"
UNVERIFIED = 3


class Command(BaseCommand):
    """Read database, clones and keys into an empty database and data folder."""

    help = "Restore a backup into an empty database and data folder, and verify its log."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the files."""
        parser.add_argument("file", type=Path, help="what manage.py backup wrote")
        parser.add_argument("--keys", type=Path, help="what it wrote for the keys")

    def handle(self, *args: Any, **options: Any) -> None:
        """Put it back, say whether the log is whole, and what is to be done next."""
        try:
            found = restoring.restore(options["file"], options["keys"], self.stderr.write)
        except (CannotRestore, CannotBackUp, GitFailed, KeyTrouble, OSError) as error:
            raise CommandError(str(error)) from error
        told, verdict = found.contents, found.verdict
        self.stdout.write(
            f"Restored what was backed up at {told.made_at}: {len(told.origins)} clones, a log"
            f" sealed up to {told.log_size} entries."
        )
        for line in restoring.next_steps():
            self.stdout.write(line)
        if verdict is None:
            raise CommandError(
                f"It is restored, but its log was not verified: {found.unverified}",
                returncode=UNVERIFIED,
            )
        # That this machine does not know what was signed last is what the next steps are for.
        wrong = [f"{one.where}: {one.what}" for one in verdict.problems if one.where != STATE]
        if wrong:
            raise CommandError("The log of this backup is not whole: " + "; ".join(wrong))
