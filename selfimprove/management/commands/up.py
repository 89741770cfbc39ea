"""manage.py up: start everything under one supervisor."""

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from selfimprove import roof
from selfimprove.doctor import findings
from selfimprove.setup import CannotStart
from selfimprove.supervisor import TooManyRestarts


class Command(BaseCommand):
    """Prepare, start, say where, and stop cleanly on Ctrl-C."""

    help = "Start the pages, the worker and the clock; stop them with Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer a part of the house for several hosts."""
        parser.add_argument(
            "--only", choices=["web", "worker", "clock", "mcp"], action="append", default=[]
        )

    def handle(self, *args: Any, only: list[str], **options: Any) -> None:
        """Run until a signal."""
        os.chdir(settings.BASE_DIR)
        try:
            names = only or roof.ALL
            if only == ["mcp"] and not settings.SELFIMPROVE.mcp.enabled:
                raise CommandError("The tools are off over HTTP: set mcp.enabled to true.")
            roof.prepare(settings.SELFIMPROVE.web, names)
            if "worker" in names and (warning := findings.no_sandbox()):
                self.say(warning)
            code = roof.run(names, say=self.say)
        except (CannotStart, TooManyRestarts) as error:
            raise CommandError(str(error)) from error
        raise SystemExit(code)

    def say(self, line: str) -> None:
        """Write a line at once, also into a pipe."""
        self.stdout.write(line)
        self.stdout.flush()
