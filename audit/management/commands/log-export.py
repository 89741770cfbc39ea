"""Write a copy of the log with which somebody else can verify it without us."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit.keys.folder import KeyTrouble
from audit.log import Actor
from audit.offline import writing
from audit.offline.copies import VERIFIER, NotCopied

ACTOR = Actor.system("command")
EVERY = 0.5  # seconds between two words on progress


class Command(BaseCommand):
    """Exit 0: written. 1: not written. 130: stopped, and nothing is left of it."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the folder and what goes along."""
        parser.add_argument("folder", type=Path, help="a folder that is not there, or empty")
        parser.add_argument(
            "--with-payloads",
            action="store_true",
            help="also the texts that entries are bound to, such as reasons; they may be personal",
        )

    def handle(self, **options: Any) -> None:
        """Write the copy, and say how it is verified."""
        self._next = 0.0
        try:
            done = writing.write(
                options["folder"].absolute(),
                payloads=options["with_payloads"],
                actor=ACTOR,
                at=timezone.now(),
                progress=self._progress,
            )
        except (NotCopied, KeyTrouble) as error:
            raise CommandError(f"Nothing was written: {error}.") from error
        except KeyboardInterrupt as error:
            raise CommandError("Stopped; nothing is left of it.", returncode=130) from error
        self.stdout.write(
            f"{done.tree.size:,} entries, {done.bytes / 1e6:,.1f} MB in {done.folder}\n"
            f"Entry {done.entry.uid} of the log tells of it.\n"
            f"Verify it: python3 {done.folder / VERIFIER} {done.folder} --log-key 'KEY'"
        )

    def _progress(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self.stderr.isatty() and (now >= self._next or done == total):
            self._next = now + EVERY
            end = "\n" if done == total else ""
            self.stderr.write(f"\r  {done:,} of {total:,} entries", ending=end)
