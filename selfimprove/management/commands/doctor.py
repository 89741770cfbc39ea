"""manage.py doctor: what holds on this machine, what it lacks, and what would change that."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from selfimprove.doctor import agentcore, findings, forges
from selfimprove.doctor.findings import BAD, GOOD, WARN, Finding

SIGNS = {GOOD: "✓", WARN: "!", BAD: "✗"}


class Command(BaseCommand):
    """Exit 0: nothing is lacking. 1: something is."""

    help = __doc__ or ""
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer an answer for programs."""
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, print, and end with the exit code that fits."""
        found = [*findings.gather(), *forges.gather(), *agentcore.findings()]
        holds = findings.all_holds(found)
        if options["json"]:
            told = {"holds": holds, "findings": [finding.plain() for finding in found]}
            self.stdout.write(json.dumps(told, indent=2))
        else:
            for finding in found:
                self._print(finding)
        if not holds:
            raise SystemExit(1)

    def _print(self, finding: Finding) -> None:
        self.stdout.write(f"  {SIGNS[finding.state]} {finding.name:<13}{finding.words}")
        if finding.remedy:
            self.stdout.write(f"    {'':<13}→ {finding.remedy}")
