"""manage.py smoke: does this installation work now? For a person, or for cron."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from selfimprove.doctor import findings, smoke
from selfimprove.doctor.findings import BAD, GOOD, WARN
from validation.proving.corpus import Case

SIGNS = {GOOD: "✓", WARN: "!", BAD: "✗"}


class Command(BaseCommand):
    """Exit 0: everything works. 1: something does not."""

    help = __doc__ or ""
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer an answer for programs, and a short way."""
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--quick", action="store_true", help="leave out the corpus of faked successes"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Try, print, and end with the exit code that fits."""
        found = smoke.gather(timezone.now(), quick=options["quick"], tried=self._tell)
        works = findings.all_holds(found)
        if self.stderr.isatty():
            self.stderr.write("\r\033[K", ending="")
        if options["json"]:
            told = {"works": works, "findings": [finding.plain() for finding in found]}
            self.stdout.write(json.dumps(told, indent=2))
        else:
            for finding in found:
                self.stdout.write(f"  {SIGNS[finding.state]} {finding.name:<10}{finding.words}")
                if finding.remedy:
                    self.stdout.write(f"    {'':<10}→ {finding.remedy}")
        if not works:
            raise SystemExit(1)

    def _tell(self, case: Case) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r  {case.kind}/{case.name} …\033[K", ending="")
