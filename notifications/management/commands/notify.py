"""Which messages are due, and did they leave? By hand what the clock does by itself."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from notifications.sending import send


class Command(BaseCommand):
    """Send what is due now and print what came of it."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a form."""
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, **options: Any) -> None:
        """Send; a message that failed is tried again later and makes the exit code 1."""
        done = send(timezone.now)
        self.stdout.write(json.dumps(vars(done)) if options["json"] else done.words)
        if done.failed or done.given_up:
            raise SystemExit(1)
