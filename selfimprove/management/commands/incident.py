"""What changed lately, what is wrong now, and what can be taken back, on a terminal?"""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from selfimprove.console.recent import Line
from selfimprove.incident.gathering import EXPORTED, USUAL_HOURS, Asked, Incident, gather, plain
from targets.models import Target

LONGEST_HOURS = 24 * 90


class Command(BaseCommand):
    """Print what somebody needs who is called because something broke."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer the span, one target, and an answer for programs."""
        parser.add_argument("--hours", type=int, default=USUAL_HOURS, help="how far back to look")
        parser.add_argument("--target", default="", help="only this one")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look and print."""
        if not 1 <= options["hours"] <= LONGEST_HOURS:
            raise CommandError(f"--hours: give a whole number from 1 to {LONGEST_HOURS}")
        asked = Asked(options["hours"], _target(options["target"]))
        found = gather(asked, timezone.now(), lambda _permission: True, most=EXPORTED)
        if options["json"]:
            self.stdout.write(json.dumps(plain(found), indent=2, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_lines(found)))


def _target(slug: str) -> Target | None:
    found = Target.objects.filter(slug=slug).first()
    if slug and found is None:
        known = ", ".join(Target.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"--target: there is no target {slug!r}; there are: {known}")
    return found


def _lines(found: Incident) -> Iterator[str]:
    yield f"{found.loop.words}. {found.loop.why}"
    yield f"\nWrong now: {len(found.wrong) or 'nothing that we know of'}"
    yield from (f"  {row.badge}: {row.title}. {row.why}" for row in found.wrong)
    yield f"\nCan be taken back: {len(found.can_take_back) or 'nothing'}"
    for one in found.can_take_back:
        yield f"  manage.py revert {one.pk} --reason …   {one.target.slug}: {one.proposal.title}"
    yield f"\nChanged in the last {found.asked.hours} h: {len(found.changes) or 'nothing'}"
    yield from map(_line, found.changes)
    yield f"\nAlarms: {len(found.alarms) or 'none'}"
    yield from map(_line, found.alarms)
    yield f"\nWho was told of what: {len(found.heard) or 'nothing to tell'}"
    for news in found.heard:
        told = ", ".join(f"{to.channel} ({to.words.lower()})" for to in news.told)
        yield f"  {news.item.at:%Y-%m-%d %H:%M} {news.item.headline}: {told or 'nobody'}"


def _line(line: Line) -> str:
    reason = f": {line.reason}" if line.reason else ""
    return f"  {line.at:%Y-%m-%d %H:%M} {line.words}{reason}"
