"""manage.py test: run the tests with pytest."""

import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Hand everything over to pytest, in a process that has not loaded our settings yet."""

    help = "Run the tests; further words go to pytest."
    requires_system_checks = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Pass each word on: argparse would take those that begin with a dash for its own."""
        self.handle(words=argv[2:])

    def handle(self, *args: Any, words: list[str], **options: Any) -> None:
        """Exit as pytest does."""
        words = words or ["-n", "logical", "--dist", "loadfile"]  # the whole suite, on every core
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *words], cwd=settings.BASE_DIR, check=False
        )
        raise SystemExit(done.returncode)
