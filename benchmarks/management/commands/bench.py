"""What do the benchmarks say of a commit, and is it better than another one? On any repository."""

import json
import shlex
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.log import Actor
from benchmarks.measures.asking import Cancelled
from benchmarks.running import anywhere, runs, telling
from benchmarks.running.anywhere import Answer, Place
from benchmarks.running.runs import AlreadyMeasuring, Wish
from benchmarks.running.telling import Progress
from benchmarks.running.together import Asked
from targets.models import Target
from targets.repository import OriginUnreachable
from targets.testing.pythons import NoPython

REFUSALS = (*runs.REFUSALS, AlreadyMeasuring, OriginUnreachable, NoPython)
COULD_NOT, CANCELLED = 2, 130


class Command(BaseCommand):
    """Exit 0: all measured, nothing worse. 1: worse. 2: could not. 3: some have no score. 130."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a repository or a target, and what to measure there."""
        place = parser.add_mutually_exclusive_group(required=True)
        place.add_argument("--repo", help="path or address of a git repository; only read")
        place.add_argument("--target", help="the short name of a target; its runs are kept")
        parser.add_argument("--commit", default="", help="commit or branch; else the newest")
        parser.add_argument("--against", default="", help="commit or branch to compare it with")
        parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="no others")
        parser.add_argument("--tests", default="", help="how tests are run: 'python3 -m pytest'")
        parser.add_argument("--python", default="", help="the Python that runs the tests")
        parser.add_argument("--anew", action="store_true", help="find nothing again, keep nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, **options: Any) -> None:
        """Measure, print, and end with the exit code that fits."""
        if options["target"] and (options["tests"] or options["python"] or options["anew"]):
            raise CommandError("--tests, --python and --anew go with --repo only")
        progress = Progress(self.stderr)
        try:
            with _interruptible() as stopped:
                answer = _measured(options, progress, stopped)
        except Cancelled:
            progress.clear()
            self.stderr.write("Cancelled; what was measured is found again.")
            raise SystemExit(CANCELLED) from None
        except REFUSALS as error:
            progress.clear()
            self._refuse(str(error), as_json=options["json"])
        progress.clear()
        code = telling.code(answer)
        if options["json"]:
            self.stdout.write(json.dumps(telling.plain(answer, code), indent=2))
        else:
            self.stdout.write("\n".join(telling.lines(answer)))
        if code:
            raise SystemExit(code)

    def _refuse(self, why: str, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"error": why, "exit_code": COULD_NOT}, indent=2))
            raise SystemExit(COULD_NOT)
        raise CommandError(f"Could not measure: {why}", returncode=COULD_NOT)


def _measured(options: dict[str, Any], progress: Progress, stopped: threading.Event) -> Answer:
    asked = Asked(timezone.now(), progress.told, stopped.is_set, options["anew"])
    if options["target"]:
        return _of_target(options, progress, stopped)
    pythons = settings.SELFIMPROVE.validation.pythons
    place = Place(
        repository=options["repo"],
        commit=options["commit"] or "HEAD",
        against=options["against"],
        only=options["only"],
        tests=_words(options["tests"]),
        pythons={name: str(path) for name, path in pythons.items()},
        python=options["python"],
    )
    return anywhere.measure(place, asked)


def _of_target(options: dict[str, Any], progress: Progress, stopped: threading.Event) -> Answer:
    target = Target.objects.filter(slug=options["target"]).first()
    if target is None:
        raise CommandError(f"There is no target {options['target']}.", returncode=COULD_NOT)
    runs.sweep(timezone.now())
    wish = Wish(target, options["commit"] or target.branch, Actor.system("benchmarks"))
    against = options["against"]
    return runs.whole(
        wish, against, told=progress.told, stopped=stopped.is_set, only=options["only"]
    )


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise CommandError(f"--tests {text}: {error}", returncode=COULD_NOT) from error


@contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """Turn Ctrl-C into a wish to stop, so that nothing is left running."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return
    before = {
        kind: signal.signal(kind, lambda *_: stopped.set())
        for kind in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stopped
    finally:
        for kind, old in before.items():
            signal.signal(kind, old)
