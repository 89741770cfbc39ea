"""When may changes be merged?"""

import getpass
import json
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from audit.log import Actor
from delivery.models import Delivery
from delivery.windows import waiting
from delivery.windows.holidays import BadCalendar
from delivery.windows.listing import Line, lines, strangers


class Command(BaseCommand):
    """Tell which change windows are open, or let one delivery pass its own by."""

    help = "Tell when changes may be merged, and let a delivery pass its change window by."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for a moment, or for a delivery that cannot wait."""
        parser.add_argument("--at", help="another moment than now, such as 2026-12-24T10:00Z")
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--override", type=int, metavar="DELIVERY", help="let it not wait")
        parser.add_argument("--reason", default="", help="why it cannot wait; stays in the log")

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer for every target."""
        if options["override"] is not None:
            self.stdout.write(_override(options["override"], options["reason"]))
            return
        at = _moment(options["at"])
        try:
            found = list(lines(waiting.calendar(at), at))
        except BadCalendar as error:
            raise CommandError(f"{error}. Until that is mended no window opens.") from error
        if options["json"]:
            self.stdout.write(json.dumps([_plain(line) for line in found]))
            return
        for line in found:
            self.stdout.write(f"{line.target.slug}  {', '.join(line.risks)}: {_words(line)}")
        for rule in strangers():
            self.stderr.write(f"{rule!r} names a target that is not there: it binds nothing")


def _override(number: int, reason: str) -> str:
    delivery = Delivery.objects.filter(pk=number).first()
    if delivery is None:
        raise CommandError(f"There is no delivery {number}.")

    actor = Actor("person", getpass.getuser())
    try:
        waiting.override(delivery, actor=actor, reason=reason, at=timezone.now())
    except (waiting.NothingToOverride, waiting.ReasonMissing) as refusal:
        raise CommandError(str(refusal)) from refusal
    return f"Delivery #{number} does not wait for its window any more."


def _moment(text: str | None) -> datetime:
    if text is None:
        return timezone.now()
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise CommandError(f"--at {text!r}: write it like 2026-12-24T10:00Z, with its zone")
    return moment


def _words(line: Line) -> str:
    if not line.bounded:
        return "at any time"
    if line.standing.is_open and line.standing.until:
        return f"open until {waiting.told(line.standing.until)}"
    if line.standing.opens:
        return f"shut; opens {waiting.told(line.standing.opens)}"
    return "shut; no window opens in the next weeks"


def _plain(line: Line) -> dict[str, Any]:
    said = line.standing
    return {
        "target": line.target.slug,
        "risks": list(line.risks),
        "waits_for_windows": line.bounded,
        "open": said.is_open,
        "until": said.until.astimezone(UTC).isoformat() if said.until else None,
        "opens": said.opens.astimezone(UTC).isoformat() if said.opens else None,
    }
