"""Publish the newest checkpoint everywhere now, or look at how publishing stands."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import Error
from django.utils import timezone

from audit.anchors import checking, publishing
from audit.keys.folder import KeyTrouble
from audit.management.mistakes import OwnCode
from audit.models import OutletState
from audit.sequencer import BrokenLog

OK, CONFLICT, BEHIND, NOT_TRIED = 0, 1, 2, 3


class Command(OwnCode):
    """Exit 0: every place has it. 1: a place contradicts. 2: one lacks it. 3: not tried."""

    help = __doc__ or ""

    mistake = NOT_TRIED

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer to look only."""
        parser.add_argument(
            "--check", action="store_true", help="publish nothing; ask every place what it has"
        )

    def handle(self, *, check: bool, **options: Any) -> None:
        """Publish or look, print a line for each place, and end with the code that fits."""
        now = timezone.now()
        try:
            found = checking.check(now) if check else publishing.publish(now, force=True)
        except (Error, BrokenLog, KeyTrouble) as error:
            raise CommandError(
                f"The log could not be published: {error}".strip(), returncode=NOT_TRIED
            ) from error
        for one in found:
            self._print(one)
        if not found:
            self.stdout.write("There is nothing to publish: no entry has been sealed yet.")
        if code := exit_code(found):
            raise SystemExit(code)

    def _print(self, one: publishing.Outcome) -> None:
        sign, style = {
            OutletState.FINE: ("✓", self.style.SUCCESS),
            OutletState.FAILED: ("!", self.style.WARNING),
            OutletState.CONFLICT: ("✗", self.style.ERROR),
        }[one.state]
        self.stdout.write(style(f"  {sign} {one.title}: {one.words}"))
        if one.put_back:
            self.stdout.write(self.style.WARNING(f"    {one.put_back}"))


def exit_code(found: list[publishing.Outcome]) -> int:
    """Return 0 everywhere, 1 a contradiction, 2 somewhere not."""
    states = {one.state for one in found}
    if OutletState.CONFLICT in states:
        return CONFLICT
    return BEHIND if OutletState.FAILED in states else OK
