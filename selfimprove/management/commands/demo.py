"""manage.py demo: the whole story on this machine, from a failing agent to a measured fix."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from argparse import SUPPRESS, ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from examples.seed import CannotPlant
from selfimprove import roof, setup
from selfimprove.demo import example, story
from selfimprove.demo.visitor import DoorClosed, Visitor
from selfimprove.setup import CannotStart
from selfimprove.supervisor import Child, TooManyRestarts, die_with_parent, manage

INTERRUPTED = 130
KNOWN = (CannotStart, CannotPlant, TooManyRestarts, DoorClosed, story.StoryBroken)


class Command(BaseCommand):
    """Start everything with the example system, or play the story without a person."""

    help = "Start everything with an example system; --unattended plays the story by itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer the play without a person."""
        parser.add_argument(
            "--unattended", action="store_true", help="play the story alone, in a fresh folder"
        )
        for inner in ("--play", "--tell", "--accompany"):
            parser.add_argument(inner, action="store_true", help=SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the part that was asked for."""
        os.chdir(settings.BASE_DIR)
        try:
            if options["unattended"]:
                code = self._unattended()
            elif options["tell"]:
                code = self._tell()
            elif options["accompany"]:
                story.accompany(self.stdout.write)
                code = 0
            else:
                code = self._run(play=options["play"])
        except KNOWN as error:
            raise CommandError(str(error)) from error
        raise SystemExit(code)

    def _run(self, *, play: bool) -> int:
        web = settings.SELFIMPROVE.web
        example.shorten_clock()
        if warning := example.allow_bare_machine():
            self._say(warning)
        roof.prepare(web)
        example.plant(timezone.now())
        part = "--tell" if play else "--accompany"
        guide = Child("story", manage("demo", part), ends_everything=play, once=True)
        return roof.run(roof.ALL, say=self._say, extra=[example.child(), guide])

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _unattended(self) -> int:
        folder = Path(tempfile.mkdtemp(prefix="selfimprove-demo-"))
        environment = {
            **os.environ,
            "SELFIMPROVE_DATA_DIR": str(folder),
            "SELFIMPROVE_WEB__PORT": str(example.free_port()),
        }
        environment.pop("DATABASE_URL", None)  # the story starts from nothing
        code = _play(environment)
        if code:
            self.stderr.write(f"What it left behind is in {folder}")
        else:
            shutil.rmtree(folder)
        return code

    def _tell(self) -> int:
        web = settings.SELFIMPROVE.web
        name, password = setup.first_account()
        visitor = Visitor(roof.address(web))
        story.wait_for_pages(visitor)
        visitor.sign_in(name, password)
        steps = story.tell(visitor, self.stdout.write)
        start: datetime = steps[0].at
        for step in steps:
            seconds = (step.at - start).total_seconds()
            self.stdout.write(f"{seconds:7.1f} s  {step.what}")
        sys.stdout.flush()
        return 0


def _play(environment: dict[str, str]) -> int:
    """Play in a process of its own; a signal ends it cleanly and is no success."""
    process = subprocess.Popen(
        manage("demo", "--play"),
        env=environment,
        start_new_session=True,  # a terminal's Ctrl-C reaches it through us, and once only
        preexec_fn=die_with_parent,
    )
    signals: list[int] = []

    def pass_on(number: int, _: object) -> None:
        signals.append(number)
        process.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, pass_on)
    code = process.wait()
    return INTERRUPTED if signals else code
