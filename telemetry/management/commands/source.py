"""Which command tells where a target's events are?"""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.log import Actor
from targets.models import Target
from telemetry import sources
from telemetry.collecting import trial
from telemetry.collecting.adapters import ABOUT, is_path
from telemetry.collecting.states import in_bytes, state_of
from telemetry.models import Backend, Source
from telemetry.policies import policy

ACTOR = Actor.system("command")
PLACES = "; ".join(f"{backend}: {words}" for backend, words in ABOUT.items())


class Command(BaseCommand):
    """Add, list, test, pause, resume or remove the places that are collected from."""

    help = "Add, list, test, pause or remove the places where targets' events are collected."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer one form per act."""
        acts = parser.add_subparsers(dest="act", required=True)
        add = acts.add_parser("add", help="collect from one more place")
        add.add_argument("--target", required=True, help="the target's short name")
        add.add_argument("--backend", required=True, choices=Backend.values)
        add.add_argument("--location", required=True, help=PLACES)
        shown = acts.add_parser("list", help="show every place, its state and what to do")
        tested = acts.add_parser("test", help="read without storing; show what would be stored")
        tested.add_argument("number", nargs="?", type=int, help="of `source list`")
        tested.add_argument("--backend", choices=Backend.values, help="of a place not added yet")
        tested.add_argument("--location", help="of a place not added yet")
        for each in (shown, tested):
            each.add_argument("--json", action="store_true", help="print JSON")
        for act, words in (
            ("pause", "stop reading"),
            ("resume", "read on"),
            ("remove", "forget a place; its events stay"),
        ):
            acts.add_parser(act, help=words).add_argument("number", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the one act that was asked for."""
        now = timezone.now()
        act = options["act"]
        if act == "add":
            self._add(options["target"], options["backend"], options["location"], now)
        elif act == "list":
            self._list(now, as_json=options["json"])
        elif act == "test":
            self._test(options, now)
        else:
            self._act(act, _numbered(options["number"]), now)

    def _add(self, slug: str, backend: str, location: str, now: datetime) -> None:
        target = Target.objects.filter(slug=slug).first()
        if target is None:
            raise CommandError(f"There is no target {slug}; `target list` shows them.")
        try:
            source = sources.add(
                target=target,
                backend=backend,
                location=_whole(backend, location),
                actor=ACTOR,
                at=now,
            )
        except sources.BadSource as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Added {source}.")
        self.stdout.write(f"See what it gives: manage.py source test {source.pk}")

    def _act(self, act: str, source: Source, now: datetime) -> None:
        if act == "remove":
            name = str(source)
            sources.remove(source, actor=ACTOR, at=now)
            self.stdout.write(f"Removed {name}. Its events stay.")
            return
        change = sources.pause if act == "pause" else sources.resume
        changed = change(source, actor=ACTOR, at=now)
        state = "paused" if act == "pause" else "read"
        self.stdout.write(f"{source} is {state}{' now' if changed else ' already'}.")

    def _list(self, now: datetime, *, as_json: bool) -> None:
        found = Source.objects.select_related("target").order_by("target__slug", "pk")
        rows = [_row(source, now) for source in found]
        if as_json:
            self.stdout.write(json.dumps(rows, indent=2, default=str))
            return
        for row in rows:
            behind = "" if row["behind"] in {None, 0} else f", {in_bytes(row['behind'])} behind"
            self.stdout.write(f"{row['number']}  {row['target']}  {row['backend']}")
            self.stdout.write(f"   {row['location']}")
            self.stdout.write(f"   {row['state']}: {row['words']}")
            self.stdout.write(
                f"   {row['read']} lines read ({row['lines_a_minute']:g} a minute{behind}),"
                f" {row['stored']} events stored, {row['refused']} refused"
            )
        if not rows:
            self.stdout.write("Nothing is collected yet: manage.py source add --help")

    def _test(self, options: dict[str, Any], now: datetime) -> None:
        if options["number"] is not None:
            seen = sources.test(_numbered(options["number"]), actor=ACTOR, at=now)
        elif options["backend"] and options["location"]:
            location = _whole(options["backend"], options["location"])
            try:
                sources.check(options["backend"], location)
            except sources.BadSource as error:
                raise CommandError(str(error)) from error
            seen = trial.look(options["backend"], location, policy=policy(), now=now)
        else:
            raise CommandError("Name the number of a source, or --backend and --location.")
        if options["json"]:
            self.stdout.write(json.dumps(asdict(seen), indent=2, default=str))
        else:
            self._tell(seen)

    def _tell(self, seen: trial.Trial) -> None:
        self.stdout.write(f"{seen.summary} Nothing was stored.")
        for problem in seen.problems:
            self.stdout.write(f"! {problem}")
        for event in seen.events:
            outcome = {True: "ok", False: "failed", None: ""}[event.success]
            words = [event.kind, event.component, outcome, event.error_code, event.message]
            self.stdout.write(f"  {event.at:%Y-%m-%d %H:%M:%S}  {'  '.join(filter(None, words))}")
        for left in seen.left:
            self.stdout.write(f"- {left.count} left: {left.reason}\n    {left.example}")
        if seen.skipped:
            self.stdout.write(f"- {seen.skipped} cut or dropped: too long, or no JSON object")


def _numbered(number: int) -> Source:
    source = Source.objects.select_related("target").filter(pk=number).first()
    if source is None:
        raise CommandError(f"There is no source {number}; `source list` shows them.")
    return source


def _whole(backend: str, location: str) -> str:
    return str(Path.cwd() / location) if is_path(backend, location) else location


def _row(source: Source, now: datetime) -> dict[str, Any]:
    state = state_of(source, now)
    return {
        "number": source.pk,
        "target": source.target.slug,
        "backend": source.backend,
        "location": source.location,
        "enabled": source.enabled,
        "state": state.label,
        "words": state.words,
        "read": source.read_count,
        "lines_a_minute": round(state.pace.lines_a_minute, 1),
        "behind": source.behind_bytes,
        "stored": source.stored_count,
        "refused": source.refused_count,
        "last_read_at": source.last_read_at,
        "error": source.last_error,
    }
