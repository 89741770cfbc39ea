"""Which command takes the secrets out of a text that is piped through it?"""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from targets.models import Target
from telemetry.policies import policy
from telemetry.sanitizer import Finding, meaning
from telemetry.sanitizer.streams import cleaned


def _target(slug: str) -> Target:
    target = Target.objects.filter(slug=slug).first()
    if target is None:
        raise CommandError(f"There is no target {slug!r}.")
    return target


class Command(BaseCommand):
    """Sanitise standard input: exit 0 done, 1 could not run, 2 --check found something."""

    requires_system_checks: list[str] = []
    help = "Write standard input to standard output, without secrets and private places."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--target", help="the slug of a target whose allowlist counts too")
        parser.add_argument(
            "--explain", action="store_true", help="say on standard error what was found where"
        )
        parser.add_argument(
            "--check", action="store_true", help="write no text; exit 2 when something is found"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Clean block by block, so that a text of any length passes."""
        target = _target(options["target"]) if options["target"] else None
        count = 0
        try:
            for text, found in cleaned(sys.stdin.buffer, policy(target)):
                count += len(found)
                if not options["check"]:
                    self._write(text)
                if options["explain"]:
                    self._explain(found)
        except BrokenPipeError:
            sys.stdout = open("/dev/null", "w")  # noqa: SIM115, PTH123  # the reader left
            return
        if options["check"] and count:
            places = "1 place" if count == 1 else f"{count} places"
            raise CommandError(f"found something in {places}", returncode=2)

    def _write(self, text: str) -> None:
        out = getattr(self.stdout, "_out", sys.stdout)
        out.write(text)  # as it is: no line end is added, none is lost
        out.flush()

    def _explain(self, found: tuple[Finding, ...]) -> None:
        for finding in found:
            length = f"{finding.length} characters"
            self.stderr.write(
                f"line {finding.line}: {finding.rule}, {length}: {meaning(finding.rule)}"
            )
