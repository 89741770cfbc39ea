"""Which command brings a history in, from our own files or those of other products?"""

import json
import signal
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse
from django.utils import timezone

from audit.log import Actor
from targets.models import Target
from telemetry import mining
from telemetry.collecting.states import in_bytes
from telemetry.imports import asking, carrying
from telemetry.imports.history import (
    BadFile,
    GivenUp,
    Imported,
    Reached,
    Stopped,
    Storing,
    Wish,
    import_files,
)
from telemetry.imports.reading import Unreadable
from telemetry.imports.records import Import
from telemetry.imports.sniffing import AUTO, FORMATS
from telemetry.imports.survey import Problem, Watch
from telemetry.imports.uploads import Piece
from telemetry.storing.keeping import days_of

ACTOR = Actor.system("cli")
STEP = 2_000  # records between two words on progress
SLOWLY = 50_000  # the same, while only looking through


class Command(BaseCommand):
    """Import files: exit 0 done, 1 could not run, 2 bad lines or all too old, 130 stopped."""

    help = (
        "Import events from files: our own JSON lines, Langfuse, LangSmith, SWE-agent, τ-bench,"
        " OTLP. A file with a bad line changes nothing; the same file twice stores nothing twice."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("file", type=Path, nargs="+", help="one file or several, .gz as well")
        parser.add_argument("--target", required=True, help="the slug of the target")
        parser.add_argument(
            "--format", default=AUTO, choices=[AUTO, *FORMATS], help="found out unless told"
        )
        moved = parser.add_mutually_exclusive_group()
        moved.add_argument(
            "--shift-time",
            action="store_true",
            help="move the newest event to now and all others with it",
        )
        moved.add_argument("--days", type=int, default=0, help="move all events by so many days")
        parser.add_argument("--skip-bad", action="store_true", help="import the good lines")
        parser.add_argument("--dry-run", action="store_true", help="look through, store nothing")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the files, look for patterns in them, and say what to open next."""
        target = Target.objects.filter(slug=options["target"]).first()
        if target is None:
            raise CommandError(
                f"There is no target {options['target']!r}; `target list` shows them."
            )
        if not -36_500 < options["days"] < 36_500:
            raise CommandError("--days: at most a hundred years")
        row, done = self._carried(target, _wish(options), options)
        patterns = 0 if done.dry_run else _grouped(row, done)
        self._report(done, target, patterns, as_json=options["json"])

    def _carried(
        self, target: Target, wish: Wish, options: dict[str, Any]
    ) -> tuple[Import, Imported]:
        names = ", ".join(str(path) for path in options["file"][:3])
        try:
            row = asking.new(target, _pieces(options), wish, actor=ACTOR, at=timezone.now())
            return row, self._import(target, wish, options)
        except Unreadable as error:
            raise CommandError(f"{names}: {error}; nothing was imported", returncode=2) from error
        except OSError as error:
            raise CommandError(f"{error.filename or names}: {error.strerror}") from error
        except BadFile as error:
            self._problems(error.problems, error.bad)
            hint = "mend them, or use --skip-bad to import the others"
            raise CommandError(f"{names}: {error}; {hint}", returncode=2) from error
        except GivenUp as error:
            raise CommandError(
                f"{names}: stopped; nothing was imported", returncode=130
            ) from error
        except Stopped as error:
            raise CommandError(
                f"Stopped: {error.done.stored} events are stored and stay. The same command goes"
                " on from there and stores nothing twice.",
                returncode=130,
            ) from error

    def _import(self, target: Target, wish: Wish, options: dict[str, Any]) -> Imported:
        quiet = options["json"]
        size = sum(path.stat().st_size for path in options["file"])
        with _Interrupt() as interrupt:
            return import_files(
                options["file"],
                target,
                actor=ACTOR,
                now=timezone.now(),
                wish=wish,
                checking=None if quiet else _Progress(self, size, SLOWLY, "looked through"),
                storing=interrupt.heeded(None if quiet else _Progress(self, size, STEP, "read")),
            )

    def _problems(self, problems: tuple[Problem, ...], bad: int) -> None:
        for problem in problems:
            self.stderr.write(f"{_place(problem, problems)}: {problem.reason}")
        if bad > len(problems):
            self.stderr.write(f"… and {bad - len(problems)} more")

    def _report(self, done: Imported, target: Target, patterns: int, *, as_json: bool) -> None:
        nothing = done.too_old and not done.stored and not done.duplicates
        if as_json:
            address = _address(target)
            said = {**asdict(done), "new_patterns": patterns, "address": address}
            self.stdout.write(json.dumps(said, default=str))
        else:
            self._problems(done.problems, done.bad)
            self._tell(done, target, patterns)
        if nothing:
            raise CommandError("Nothing was imported: every event is too old.", returncode=2)

    def _tell(self, done: Imported, target: Target, patterns: int) -> None:
        verb = "would be imported" if done.dry_run else "imported"
        self.stdout.write(
            f"{done.stored} events {verb}, {done.duplicates} were there already,"
            f" {done.bad} lines skipped"
        )
        kinds = ", ".join(f"{count} {kind}" for kind, count in done.kinds.items())
        self.stdout.write(f"Format {done.format}: {done.lines} records, {kinds or 'no events'}")
        if done.empty:
            self.stdout.write(f"{done.empty} records hold no event of ours and were left")
        if done.shifted_seconds:
            self.stdout.write(f"Moved by {_span(done.shifted_seconds)}: the log says so too")
        if done.oldest and done.newest:
            self.stdout.write(f"From {done.oldest:%Y-%m-%d %H:%M} to {done.newest:%Y-%m-%d %H:%M}")
        if done.too_old:
            days = days_of(target)
            hint = "" if done.shifted_seconds else "; --shift-time moves the newest event to now"
            self.stdout.write(f"{done.too_old} refused: older than the {days} days kept{hint}")
        if not done.dry_run and (done.stored or done.duplicates):
            self.stdout.write(f"{patterns} new failure patterns. Open {_address(target)} next.")


class _Interrupt:
    """Heed Ctrl-C at once while files are looked through, and between two steps of storing.

    Raised in the middle of a statement, it would leave PostgreSQL's driver there, and nobody
    could say whether that step was stored. A second Ctrl-C does not wait.
    """

    def __init__(self) -> None:
        self.asked = self.storing = False

    def __enter__(self) -> "_Interrupt":
        self.before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self.before)

    def _ask(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self.before)
        if not self.storing:
            raise GivenUp(ACTOR)
        self.asked = True

    def heeded(self, watch: Watch | None) -> Storing:
        """Return what is called at each step of storing."""

        def watched(reached: Reached) -> None:
            self.storing = True
            if self.asked:
                raise GivenUp(ACTOR)
            if watch:
                watch(reached.records, reached.taken)

        return watched


class _Progress:
    """Say from time to time how far it is, and how fast."""

    def __init__(self, command: Command, size: int, step: int, word: str) -> None:
        self.command, self.size, self.step, self.word = command, size, step, word
        self.next, self.began = step, time.monotonic()
        self.told = 0

    def __call__(self, lines: int, taken: int) -> None:
        if not lines:  # it begins
            self.began = time.monotonic()
            return
        if lines < self.next and (taken < self.size or lines == self.told):
            return
        if self.step == SLOWLY and lines < self.next:
            return  # a short look needs no word
        self.next, self.told = lines + self.step, lines
        share = min(100, round(100 * taken / self.size)) if self.size else 100
        rate = lines / max(0.001, time.monotonic() - self.began)
        self.command.stderr.write(
            f"{lines} lines {self.word}, {share} % of {in_bytes(self.size)}, {rate:.0f} a second …"
        )


def _wish(options: dict[str, Any]) -> Wish:
    return Wish(
        format=options["format"],
        to_now=options["shift_time"],
        days=options["days"],
        skip_bad=options["skip_bad"],
        dry_run=options["dry_run"],
    )


def _pieces(options: dict[str, Any]) -> list[Piece]:
    return [Piece(path.name, path.stat().st_size) for path in options["file"]]


def _grouped(row: Import, done: Imported) -> int:
    """Group the failures that came in, and list the import beside those of the page."""
    patterns = mining.mine_all(row.target, timezone.now)
    carrying.note(row, done, new_patterns=patterns, now=timezone.now())
    return patterns


def _place(problem: Problem, problems: Sequence[Problem]) -> str:
    """Name the line, and the file where several have bad ones."""
    several = len({each.file for each in problems}) > 1
    return f"{problem.file}, line {problem.line}" if several else f"line {problem.line}"


def _address(target: Target) -> str:
    web = settings.SELFIMPROVE.web
    host = f"[{web.host}]" if ":" in web.host else web.host
    return f"http://{host}:{web.port}{reverse('telemetry:patterns')}?target={target.slug}"


def _span(seconds: int) -> str:
    days, rest = divmod(abs(seconds), 86_400)
    way = "back" if seconds < 0 else "forward"
    return f"{days} days and {rest // 3600} hours {way}"
