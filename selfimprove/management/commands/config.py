"""manage.py config show|validate: which settings are in force, and whether they can be used."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from selfimprove import config
from selfimprove.doctor import findings


class Command(BaseCommand):
    """Show or validate the settings."""

    help = "Show the settings in force with their origins, or validate them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do."""
        parser.add_argument("what", choices=["show", "validate"])
        parser.add_argument("--json", action="store_true", help="write JSON")

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        """Print; unusable settings have ended the command before, with the reason."""
        rows = config.effective()
        if what == "validate":
            changed = sum(row.origin != "default" for row in rows)
            self.stdout.write(f"valid: {len(rows)} settings, {changed} of them not the default")
            asked = findings.agents()
            if asked.state != findings.GOOD:
                self.stdout.write(f"agents: {asked.words}")
        elif options["json"]:
            self.stdout.write(json.dumps([vars(row) for row in rows], indent=2, default=str))
        else:
            for row in rows:
                name = f"{row.section}.{row.key}"
                self.stdout.write(f"{name:34} {row.value!s:40} {row.origin}")
