"""Show which values a change may move, where they stand, and what moved them."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from targets.models import Target
from validation.inventory import kept
from validation.inventory.kept import Inventory
from validation.inventory.places import said


class Command(BaseCommand):
    """Print the whitelist of each target with its places and the newest moves."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Narrow it to a target."""
        parser.add_argument("--target", default="", help="the target's short name")
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--moves", type=int, default=20, help="how many moves to show")

    def handle(self, **options: Any) -> None:
        """Print, and end with 1 where a target or the whitelist cannot be read."""
        found = Target.objects.order_by("slug")
        if options["target"]:
            found = found.filter(slug=options["target"])
            if not found:
                raise CommandError(f"There is no target {options['target']}.")
        most = max(0, options["moves"])
        told = [_plain(target, kept.of(target), most) for target in found]
        if options["json"]:
            self.stdout.write(json.dumps(told, indent=2))
        else:
            for one in told:
                self._print(one)
            if not told:
                self.stdout.write("There is no target yet.")
        if any(one["trouble"] for one in told):
            raise SystemExit(1)

    def _print(self, one: dict[str, Any]) -> None:
        self.stdout.write(f"{one['target']}  {one['commit'][:12]}  {one['trouble']}".rstrip())
        for path, why in one["unreadable"]:
            self.stdout.write(f"  ! {path} cannot be read: {why}")
        for place in one["places"]:
            sign = "✗" if place["trouble"] else " "
            self.stdout.write(
                f"  {sign} {place['path']}  {place['key']} = {place['value']} {place['unit']}"
                f"  ({place['min']} to {place['max']})  {place['trouble']}".rstrip()
            )
        for move in one["moves"]:
            what = move["trouble"] or f"{move['old']} → {move['new']}"
            by = f"proposal {move['proposal']}" if move["proposal"] else move["author"]
            self.stdout.write(
                f"    {move['at'][:16]}  {move['commit'][:12]}  {move['path']}  {move['key']}"
                f"  {what}  by {by}"
            )


def _plain(target: Target, inventory: Inventory, most: int) -> dict[str, Any]:
    return {
        "target": target.slug,
        "commit": inventory.commit,
        "trouble": inventory.trouble,
        "whitelist": [item.model_dump(by_alias=True) for item in inventory.whitelist.items],
        "unreadable": [list(one) for one in inventory.head.unreadable],
        "places": [
            {
                "path": place.path,
                "key": place.key,
                "value": said(place.value),
                "unit": place.parameter.unit,
                "min": place.parameter.min,
                "max": place.parameter.max,
                "trouble": place.trouble,
            }
            for place in inventory.head.places
        ],
        "moves": [
            {
                "commit": move.commit,
                "at": move.at.isoformat(),
                "author": move.author,
                "subject": move.subject,
                "path": move.path,
                "key": move.key,
                "old": said(move.old),
                "new": said(move.new),
                "trouble": move.trouble,
                "proposal": move.proposal,
            }
            for move in inventory.history.moves[:most]
        ],
        "older_not_read": inventory.history.cut,
    }
