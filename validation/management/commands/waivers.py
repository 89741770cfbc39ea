"""List what is let pass, and what was; end a waiver before its time."""

import json
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from validation.models import Waiver
from validation.waiving import acts, listing
from validation.waiving.acts import CannotWaive

ROWS = Waiver.objects.select_related("target", "waived_by", "withdrawn_by")


class Command(BaseCommand):
    """Print waivers, the newest first."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Narrow the list, or name one to withdraw and who withdraws it."""
        parser.add_argument("--target", default="", help="the target's short name")
        parser.add_argument("--state", default="", choices=("", *listing.STATES))
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--withdraw", type=int, metavar="N", help="end this one now")
        parser.add_argument("--by", metavar="NAME", help="the person who withdraws it")
        parser.add_argument("--reason", default="", help="why it is withdrawn")

    def handle(self, **options: Any) -> None:
        """Withdraw if that was asked for, and print what is so now."""
        now = timezone.now()
        found = listing.of_state(ROWS, options["state"], now)
        if options["target"]:
            found = found.filter(target__slug=options["target"])
        if options["withdraw"] is not None:
            found = ROWS.filter(pk=self._withdrawn(options).pk)
        rows = [listing.plain(waiver, now) for waiver in found]
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2))
            return
        for row in rows:
            place = f"{row['path']}:{row['line']}" if row["line"] else row["path"]
            self.stdout.write(
                f"#{row['id']}  {row['state']}  {row['target']}  {row['gate']}  {place}"
                f"  {row['waived_by']} until {row['until'][:16]}: {row['reason'][:100]}"
            )
        if not rows:
            self.stdout.write("Nothing is waived.")

    def _withdrawn(self, options: dict[str, Any]) -> Waiver:
        waiver = ROWS.filter(pk=options["withdraw"]).first()
        if waiver is None:
            raise CommandError(f"There is no waiver {options['withdraw']}; see the list.")
        person = User.objects.filter(username=options["by"] or "").first()
        if person is None:
            raise CommandError("Say with --by which of the people known here withdraws it.")
        try:
            return acts.withdraw(
                waiver, person=person, at=timezone.now(), reason=options["reason"]
            )
        except (CannotWaive, PermissionDenied) as refusal:
            raise CommandError(f"{refusal} Nothing was changed.") from refusal
