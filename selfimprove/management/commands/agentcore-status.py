"""manage.py agentcore-status: what of AWS AgentCore answers now, and what is used instead."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ports.agentcore import State
from selfimprove.doctor import agentcore
from selfimprove.doctor.agentcore import Row

SIGNS = {State.OK: "✓", State.NOT_CONFIGURED: "–"}


class Command(BaseCommand):
    """Exit 0: whatever is configured answers. 1: something of it does not."""

    help = __doc__ or ""
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer an answer for programs."""
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask each service once, print, and end with the exit code that fits."""
        rows = agentcore.gather()
        holds = agentcore.holds(rows)
        if options["json"]:
            told = {"holds": holds, "services": [row.plain() for row in rows]}
            self.stdout.write(json.dumps(told, indent=2))
        else:
            for row in rows:
                self._print(row)
        if not holds:
            raise SystemExit(1)

    def _print(self, row: Row) -> None:
        sign = SIGNS.get(row.state, "✗")
        call = row.call if row.asked else f"{row.call} not sent"
        self.stdout.write(f"  {sign} {row.service:<17}{row.state}: {row.words} ({call})")
        self.stdout.write(f"    {'':<17}→ used now: {row.used}")
