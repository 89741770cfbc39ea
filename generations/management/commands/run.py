"""What comes of one generation on a target, begun and carried through here?"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from generations.foreground import asked, signals
from generations.foreground.asked import CALLED_OFF, CODES
from generations.foreground.driving import Foreground, Left
from generations.foreground.telling import Progress
from generations.models import Generation, Outcome
from generations.reporting import document, lines
from generations.running.opening import Wish


class Command(BaseCommand):
    """Exit 0: accepted. 1: rejected. 2: could not. 3: nothing to improve. 130: called off."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the target and what is wanted."""
        asked.add_wish(parser)
        parser.add_argument("--brief", default="", metavar="TEXT", help="what is wanted, in words")

    def handle(self, *args: Any, **options: Any) -> None:
        """Drive it to its end, print its report, and end with the exit code that fits."""
        progress, actor = Progress(self.stderr), asked.person()
        try:
            wish = Wish(
                asked.target_of(options),
                actor,
                writer=options["engine"],
                dry_run=options["dry_run"],
                brief=options["brief"],
            )
            generation, left = asked.begun(wish, at=timezone.now())
        except asked.UNBEGUN as error:
            asked.refuse(self, str(error), as_json=options["json"])
        progress.say(f"{generation} goes on from {generation.phase}" if left else f"{generation}")
        with signals.heard() as wishes:
            try:
                generation = Foreground(wishes, actor, progress).follow(generation)
            except Left:
                progress.say(f"{generation} was left; a worker, or the same command, goes on.")
                raise SystemExit(CALLED_OFF) from None
        progress.clear()
        asked.write_reports([generation], command=self)
        self._print(generation, as_json=options["json"])

    def _print(self, generation: Generation, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(document.encoded(generation).decode(), ending="")
        else:
            self.stdout.write("\n".join(lines.lines(document.document(generation))))
        if code := CODES[Outcome(generation.outcome)]:
            raise SystemExit(code)
