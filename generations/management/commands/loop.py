"""What comes of several generations in a row, begun and carried through here?"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from generations.foreground import asked, signals
from generations.foreground.asked import CALLED_OFF, COULD_NOT
from generations.foreground.driving import Foreground, Held, Left
from generations.foreground.telling import Progress
from generations.models import Loop
from generations.reporting import listing
from generations.running.opening import Wish


class Command(BaseCommand):
    """Exit 0: some accepted. 1: all rejected. 2: could not. 3: nothing to improve. 130."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the target, what is wanted, and how often."""
        asked.add_wish(parser)
        parser.add_argument("--generations", type=int, required=True, metavar="N", help="how many")

    def handle(self, *args: Any, **options: Any) -> None:
        """Drive the loop to its end, print what came of it, and end with the code that fits."""
        progress, actor = Progress(self.stderr), asked.person()
        try:
            wish = Wish(
                asked.target_of(options),
                actor,
                writer=options["engine"],
                dry_run=options["dry_run"],
            )
            loop, left = asked.asked_for(wish, options["generations"], at=timezone.now())
        except asked.UNBEGUN as error:
            asked.refuse(self, str(error), as_json=options["json"])
        progress.say(f"{loop}, {loop.generations.count()} begun" if left else f"{loop}")
        with signals.heard() as wishes:
            try:
                loop = Foreground(wishes, actor, progress).follow_all(loop)
            except Left:
                progress.say(f"{loop} was left; a worker, or the same command, goes on.")
                raise SystemExit(CALLED_OFF) from None
            except Held as reason:
                progress.say(f"{loop} waits: {reason}. A worker, or the same command, goes on.")
                raise SystemExit(COULD_NOT) from None
        progress.clear()
        self._print(loop, as_json=options["json"])

    def _print(self, loop: Loop, *, as_json: bool) -> None:
        made = list(loop.generations.select_related("target", "loop", "parent", "report"))
        asked.write_reports((one for one in made if not one.is_open), command=self)
        code = asked.code_of_all(loop, made)
        if as_json:
            told = {
                "loop": loop.pk,
                "target": loop.target.slug,
                "wanted": loop.wanted,
                "ending": loop.ending,
                "generations": [listing.plain(one) for one in made],
                "exit_code": code,
            }
            self.stdout.write(json.dumps(told, indent=2))
        else:
            self.stdout.write("\n".join([*listing.lines(made), loop.ending]))
        if code:
            raise SystemExit(code)
