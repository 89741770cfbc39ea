"""Is the log still what was recorded? Answer on a terminal, for people and for programs."""

import getpass
import json
import time
from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser, OutputWrapper
from django.db import Error
from django.utils import timezone

from audit.anchors.comparing import Compared
from audit.checks.beside import Unfinished
from audit.keys.folder import KeyTrouble
from audit.log import Actor
from audit.management.mistakes import OwnCode
from audit.models import Checkpoint, Entry, is_uid
from audit.notes import BadKey, Key
from audit.texts import rebuilding
from audit.verifications.single import Looked, look
from audit.verify import Verdict, verify

OK, TAMPERED, INCOMPLETE, NOT_VERIFIED = 0, 1, 2, 3
EVERY_SECOND, SELDOM = 1, 10  # seconds between two words on how far it is
STOPPED = "The log was not verified: it was stopped before the end, and nothing is known of it."
PATIENCE = timedelta(minutes=1)  # sealing takes seconds; what waits longer is not being sealed


class Told:
    """Tell how far it is: on a terminal in one line, elsewhere in a line now and then."""

    def __init__(self, out: OutputWrapper, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin to count the time."""
        self.out, self.tty, self.clock = out, out.isatty(), clock
        self.begun = self.told = clock()

    def __call__(self, done: int, total: int) -> None:
        """Say it, where there is something new to say."""
        now = self.clock()
        if now - self.told >= (EVERY_SECOND if self.tty else SELDOM):
            self.told = now
            rate = done / (now - self.begun)
            left = (total - done) / rate
            line = f"  {done:,} of {total:,} entries, {done / total:.0%}, {rate:,.0f}/s"
            line += f", {left:,.0f} s left"
            self.out.write(f"\r{line:<70}" if self.tty else line, ending="" if self.tty else "\n")
        if done == total and self.tty:
            self.out.write("\r" + " " * 70 + "\r", ending="")


class Command(OwnCode):
    """Exit 0: as recorded. 1: tampered with. 2: incomplete. 3: it could not be verified."""

    help = __doc__ or ""

    mistake = NOT_VERIFIED

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer the answer as JSON, and a look at a part of the log."""
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--log-key",
            action="append",
            default=[],
            metavar="VKEY",
            help="judge signatures by this log key, which you noted elsewhere",
        )
        parser.add_argument(
            "--without-signatures",
            action="store_true",
            help="of the writers: several times faster",
        )
        parser.add_argument(
            "--rebuild-words",
            action="store_true",
            help="first make the index of words anew from the kept reasons; leaves an entry",
        )
        part = parser.add_mutually_exclusive_group()
        part.add_argument(
            "--since",
            metavar="SIZE|DATE",
            type=_since,
            default=0,
            help="read only entries from a size on, or what was not sealed yet at a date (UTC)",
        )
        part.add_argument("--entry", metavar="UID", help="look at one entry only")

    def handle(self, **options: Any) -> None:
        """Verify, print, and end with the exit code that fits."""
        try:
            pinned = [Key.parse(text) for text in options["log_key"]]
            if options["entry"]:
                self._look(options["entry"], pinned, as_json=options["json"])
                return
            if options["rebuild_words"]:
                rebuilding.rebuild(actor=Actor("person", getpass.getuser()), at=timezone.now())
            verdict = verify(
                Told(self.stderr),
                pinned=pinned,
                since=_size(options["since"]),
                signatures=not options["without_signatures"],
            )
        except KeyboardInterrupt as stopped:
            raise CommandError(STOPPED, returncode=NOT_VERIFIED) from stopped
        except (KeyTrouble, BadKey, Unfinished) as error:
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

    def _look(self, uid: str, pinned: list[Key], *, as_json: bool) -> None:
        entry = Entry.objects.filter(uid=uid).first() if is_uid(uid) else None
        if entry is None:
            raise CommandError(f"There is no entry {uid!r}.", returncode=NOT_VERIFIED)
        looked = look(entry, pinned)
        if as_json:
            self.stdout.write(json.dumps(_plain_entry(looked), indent=2))
        else:
            for line in _entry_lines(looked):
                self.stdout.write(line)
        if looked.problems:
            raise SystemExit(TAMPERED)
        if looked.proof is None:
            raise SystemExit(INCOMPLETE)

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
        part = "The log"
        if verdict.since or not verdict.signatures:
            part = "What was looked at"
        sentence, style = {
            OK: (f"{part} is as it was recorded.", self.style.SUCCESS),
            TAMPERED: ("The log was tampered with.", self.style.ERROR),
            INCOMPLETE: (_unfinished(verdict), self.style.WARNING),
        }[code]
        self.stdout.write(style(sentence))


def _since(text: str) -> int | datetime:
    """Read a size, or a date or moment; without a zone it is in UTC."""
    if text.isdecimal():
        return int(text)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no size, date or moment") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _size(since: int | datetime) -> int:
    if isinstance(since, int):
        return since
    before = Checkpoint.objects.filter(made_at__lte=since).order_by("-size")
    return before.values_list("size", flat=True).first() or 0


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
    before = [("not checked", _unchecked(verdict.since))] if verdict.since else []
    if not verdict.signatures:
        before.append(("not checked", "the signatures of the writers"))
    return [
        ("entries", f"{verdict.checked:,} recomputed of {verdict.size:,} sealed"),
        *before,
        ("checkpoints", f"{verdict.checkpoints:,}"),
        ("unsealed", f"{verdict.unsealed:,}"),
        *(("outside", f"{_told(place)}") for place in verdict.outside),
        ("root", verdict.root),
        ("problems", f"{len(verdict.problems):,}"),
    ]


def _told(place: Compared) -> str:
    since = f" since {place.at:%Y-%m-%d %H:%M:%S} UTC" if place.at else ""
    return f"{place.title}: {place.size:,} leaves{since}"


def _unchecked(since: int) -> str:
    return (
        f"the texts of the first {since:,} entries and what was stated over them; only that the"
        " stored hashes over them lead to the later roots"
    )


def _entry_lines(looked: Looked) -> list[str]:
    proof, entry = looked.proof, looked.entry
    sealed = (
        f"leaf {proof.index} of the {proof.size:,} under the newest checkpoint"
        if proof
        else "not yet; that takes seconds while the worker runs"
    )
    return [
        f"  entry         {entry.uid}",
        f"  by            {entry.names.at_length(str(entry.actor))!a}",
        f"  text          {entry.body!a}",
        f"  hash          {entry.leaf_hash}",
        f"  sealed        {sealed}",
        *(f"  ✗ {problem}" for problem in looked.problems),
        "The entry was tampered with."
        if looked.problems
        else "The entry is as it was recorded; the others were not looked at.",
    ]


def _plain_entry(looked: Looked) -> dict[str, Any]:
    proof = looked.proof
    return {
        "ok": not looked.problems,
        "uid": str(looked.entry.uid),
        "by": looked.entry.who,
        "body": looked.entry.body,
        "leaf_hash": looked.entry.leaf_hash,
        "index": proof.index if proof else None,
        "size": proof.size if proof else None,
        "root": proof.root if proof else None,
        "problems": list(looked.problems),
    }


def _plain(verdict: Verdict, code: int) -> dict[str, Any]:
    return {
        "ok": verdict.ok,
        "exit": code,
        "size": verdict.size,
        "root": verdict.root,
        "checked": verdict.checked,
        "since": verdict.since,
        "signatures": verdict.signatures,
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
