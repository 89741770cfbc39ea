"""Erase the words of an entry, or a person's name and words, and say so on the log."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit.log import Actor
from audit.texts import erasing


class Command(BaseCommand):
    """Erase what an entry was recorded with in words; the entry itself stays."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take one entry or one person, and a reason."""
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("entry", nargs="?", metavar="ENTRY", help="the uid of the entry")
        what.add_argument(
            "--person",
            metavar="NAME",
            help="erase this person's name, or pseudonym, and every word",
        )
        parser.add_argument(
            "--reason", required=True, help="why, for the log; it must name no person itself"
        )
        parser.add_argument(
            "--by", default=getpass.getuser(), metavar="NAME", help="who asks for it"
        )

    def handle(self, **options: Any) -> None:
        """Erase, and say what went and which entry tells of it."""
        given = {
            "actor": Actor("person", options["by"]),
            "reason": options["reason"],
            "at": timezone.now(),
        }
        try:
            if options["person"]:
                erased = erasing.erase_person(options["person"], **given)
            else:
                erased = erasing.erase(options["entry"], **given)
        except erasing.NotErased as why:
            raise CommandError(str(why)) from why
        told = ", ".join(str(entry.uid) for entry in erased.told_by)
        self.stdout.write(
            f"Erased {erased.texts} texts of {erased.entries} entries. On the log: {told}.\n"
            "Backups made before now still hold them until they go."
        )
