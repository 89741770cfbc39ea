"""Is the log still what was recorded? Answer on a terminal, for people and for programs."""

import json
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error
from django.utils import timezone

from audit.anchors.comparing import Compared
from audit.keys.folder import KeyTrouble
from audit.notes import BadKey, Key
from audit.verify import Verdict, verify

OK, TAMPERED, INCOMPLETE, NOT_VERIFIED = 0, 1, 2, 3
PATIENCE = timedelta(minutes=1)  # sealing takes seconds; what waits longer is not being sealed


class Command(BaseCommand):
    """Exit 0: as recorded. 1: tampered with. 2: incomplete. 3: it could not be verified."""

    help = __doc__ or ""

    def run_from_argv(self, argv: list[str]) -> None:
        """Let a mistake on the command line end with a code of its own, not with "incomplete"."""
        try:
            self.create_parser(argv[0], argv[1]).parse_args(argv[2:])
        except CommandError as error:
            self.stderr.write(f"{error}\nSee `{argv[0]} {argv[1]} --help`.")
            raise SystemExit(NOT_VERIFIED) from error
        super().run_from_argv(argv)

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer the answer as JSON."""
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--log-key",
            action="append",
            default=[],
            metavar="VKEY",
            help="judge signatures by this log key, which you noted elsewhere",
        )

    def handle(self, **options: Any) -> None:
        """Verify, print, and end with the exit code that fits."""
        try:
            pinned = [Key.parse(text) for text in options["log_key"]]
            verdict = verify(None if options["json"] else self._progress, pinned=pinned)
        except (KeyTrouble, BadKey) as error:
            raise CommandError(
                f"The log could not be verified: {error}", returncode=NOT_VERIFIED
            ) from error
        except Error as error:
            raise CommandError(
                f"The log could not be verified: the database says {error}".strip(),
                returncode=NOT_VERIFIED,
            ) from error
        code = exit_code(verdict)
        if options["json"]:
            self.stdout.write(json.dumps(_plain(verdict, code), indent=2))
        else:
            self._print(verdict, code)
        if code:
            raise SystemExit(code)

    def _progress(self, done: int, total: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r  {done:,} of {total:,} entries", ending="")
            if done == total:
                self.stderr.write("\r" + " " * 60 + "\r", ending="")

    def _print(self, verdict: Verdict, code: int) -> None:
        for label, value in _lines(verdict):
            self.stdout.write(f"  {label:<14}{value}")
        for problem in verdict.problems:
            self.stdout.write(self.style.ERROR(f"  ✗ {problem.where}: {problem.what}"))
        for remark in verdict.remarks:
            self.stdout.write(self.style.WARNING(f"  ! {remark.where}: {remark.what}"))
        for name in verdict.unguarded:
            self.stdout.write(
                self.style.WARNING(f"  ! trigger {name} is not there; run `manage.py migrate`")
            )
        for doubt in verdict.doubts:
            self.stdout.write(self.style.WARNING(f"  ? {doubt}"))
        sentence, style = {
            OK: ("The log is as it was recorded.", self.style.SUCCESS),
            TAMPERED: ("The log was tampered with.", self.style.ERROR),
            INCOMPLETE: (_unfinished(verdict), self.style.WARNING),
        }[code]
        self.stdout.write(style(sentence))


def exit_code(verdict: Verdict) -> int:
    """Return 0 as recorded, 1 tampered with, 2 incomplete."""
    if not verdict.ok:
        return TAMPERED
    return INCOMPLETE if _waits(verdict) or verdict.doubts else OK


def _waits(verdict: Verdict) -> bool:
    oldest = verdict.oldest_unsealed
    # Both ways: an entry from a clock that ran ahead waits just as long.
    return oldest is not None and abs(timezone.now() - oldest) > PATIENCE


def _unfinished(verdict: Verdict) -> str:
    waiting = "entries wait for more than a minute to be sealed: is the worker running?"
    unread = "not every place where it is published could be compared; see above."
    return f"What is sealed is as it was recorded, but {waiting if _waits(verdict) else unread}"


def _lines(verdict: Verdict) -> list[tuple[str, str]]:
    return [
        ("entries", f"{verdict.checked:,} recomputed of {verdict.size:,} sealed"),
        ("checkpoints", f"{verdict.checkpoints:,}"),
        ("unsealed", f"{verdict.unsealed:,}"),
        *(("outside", f"{_told(place)}") for place in verdict.outside),
        ("root", verdict.root),
        ("problems", f"{len(verdict.problems):,}"),
    ]


def _told(place: Compared) -> str:
    since = f" since {place.at:%Y-%m-%d %H:%M:%S} UTC" if place.at else ""
    return f"{place.title}: {place.size:,} leaves{since}"


def _plain(verdict: Verdict, code: int) -> dict[str, Any]:
    return {
        "ok": verdict.ok,
        "exit": code,
        "size": verdict.size,
        "root": verdict.root,
        "checked": verdict.checked,
        "checkpoints": verdict.checkpoints,
        "unsealed": verdict.unsealed,
        "problems": [vars(problem) for problem in verdict.problems],
        "missing_triggers": list(verdict.unguarded),
        "outside": [
            {"title": place.title, "size": place.size, "at": place.at and place.at.isoformat()}
            for place in verdict.outside
        ],
        "doubts": list(verdict.doubts),
        "remarks": [vars(remark) for remark in verdict.remarks],
    }
