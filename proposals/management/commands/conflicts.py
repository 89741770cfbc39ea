"""Which open proposals get in each other's way, for a terminal or a program?"""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from proposals.colliding import graph
from proposals.colliding.groups import Group
from targets.models import Target


class Command(BaseCommand):
    """Tell which open proposals touch the same lines, file or deploy step."""

    help = "Tell which open proposals touch the same lines, file or deploy step."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the target and the form."""
        parser.add_argument("--target", help="only of this target")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print each group, the gravest first."""
        slug = options["target"]
        if slug and not Target.objects.filter(slug=slug).exists():
            raise CommandError(f"There is no target {slug!r}; `target list` names them.")
        found = [one for one in graph.groups() if not slug or one.target == slug]
        found.sort(key=lambda one: (one.kind.order, one.target, one.title))
        if options["json"]:
            self.stdout.write(json.dumps([_plain(one) for one in found]))
            return
        for one in found:
            self.stdout.write(f"{one.target}: {one.kind.words}, {one.title}")
            for member in one.members:
                self.stdout.write(f"  {member}")
        if not found:
            self.stdout.write("No open proposal is in another's way.")


def _plain(group: Group) -> dict[str, object]:
    return {
        "kind": group.kind.value,
        "target": group.target,
        "name": group.name,
        "where": group.where,
        "proposals": [str(member) for member in group.members],
    }
