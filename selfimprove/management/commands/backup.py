"""Put the whole installation aside."""

import getpass
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit.keys.folder import KeyTrouble
from audit.log import Actor
from ports.git import GitFailed
from selfimprove.backup import CannotBackUp, making


class Command(BaseCommand):
    """Write database and clones to one file, and the keys to another."""

    help = "Back up the database and the managed clones, and the keys to a file of their own."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the files."""
        parser.add_argument("file", type=Path, help="a new file, such as backup.tar.gz")
        parser.add_argument("--keys", type=Path, help="a new file for the keys; keep it elsewhere")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them, and say what is in them."""
        actor, at = Actor("person", getpass.getuser()), timezone.now()
        place, key_file = options["file"].absolute(), options["keys"]
        told = (lambda _: None) if options["json"] else self.stderr.write
        try:
            made = making.make(place, actor=actor, at=at, told=told)
            if key_file:
                making.make_keys(key_file.absolute(), actor=actor, at=at)
        except (CannotBackUp, GitFailed, KeyTrouble) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(asdict(made)))
            return
        self.stdout.write(
            f"{place}: {made.database}, {len(made.origins)} clones,"
            f" the log up to {made.log_size} entries"
        )
        self.stdout.write(
            f"{key_file.absolute()}: the keys; keep it apart from the other, and from everybody"
            if key_file
            else "The keys are not in it: without --keys no other machine can go on with this log."
        )
