"""manage.py clock: ask for every tick when its time has come."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, close_old_connections
from django.utils import timezone

from selfimprove import runs, wakes

BEAT_SECONDS = 0.5
log = structlog.get_logger("selfimprove.clock")


class Command(BaseCommand):
    """Run until a signal."""

    help = "Ask for every tick when its time has come (started by `up`)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer a single round, for cron or a look."""
        parser.add_argument("--once", action="store_true", help="ask once and end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        """Beat; a database that is away is tried again."""
        if once:
            self._once()
            return
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        away, unsealed = False, wakes.Unsealed()
        while not stop.wait(BEAT_SECONDS):
            away = _beat(unsealed, away=away)

    def _once(self) -> None:
        try:
            self.stdout.write("\n".join(runs.ask_due(timezone.now())) or "nothing is due")
        except Error as error:
            raise CommandError(f"The database cannot be asked: {error}".strip()) from error


def _beat(unsealed: wakes.Unsealed, *, away: bool) -> bool:
    """Ask for what is due and unsealed; return whether the database is away, say when it is."""
    try:
        close_old_connections()
        runs.ask_due(timezone.now())
        unsealed.look(timezone.now())
    except Error as error:
        if not away:
            log.warning("the clock cannot ask; it tries again", error=str(error))
        return True
    if away:
        log.warning("the clock asks again")
    return False
