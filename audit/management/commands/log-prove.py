"""Write a proof that one entry is in the log, which anybody can check without the log."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.models import Entry, is_uid
from audit.offline import proving
from audit.offline.proving import NotProven


class Command(BaseCommand):
    """Exit 0: written. 1: there is nothing to prove, or it does not hold."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the entry and the file."""
        parser.add_argument("uid", help="the entry, as its page names it")
        parser.add_argument("--out", type=Path, help="a new file; else it is printed")

    def handle(self, **options: Any) -> None:
        """Print the proof, or write it where nothing is yet."""
        uid = options["uid"]
        entry = Entry.objects.filter(uid=uid).first() if is_uid(uid) else None
        if entry is None:
            raise CommandError(f"There is no entry {uid!r}.")
        try:
            text = proving.bundle(entry)
        except NotProven as error:
            raise CommandError(f"Entry {uid}: {error}.") from error
        if options["out"] is None:
            self.stdout.write(text, ending="")
            return
        try:
            with options["out"].open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise CommandError(f"{options['out']} was not written: {error.strerror}.") from error
