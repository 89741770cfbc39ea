"""What do the commands that begin something have in common: their words, ends and exit codes?"""

import getpass
import json
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from audit.keys.folder import KeyTrouble
from audit.log import Actor
from generations.models import Generation, Loop, Outcome, Writer
from generations.reporting import files
from generations.running import opening, series
from generations.running.opening import CannotBegin, Wish
from generations.running.recording import clean
from targets import registry
from targets.models import Target

# What keeps a command from beginning: what was asked for, or a disk that is full.
UNBEGUN = (CannotBegin, KeyTrouble, OperationalError, OSError)
ACCEPTED, REJECTED, COULD_NOT, NOTHING, CALLED_OFF = 0, 1, 2, 3, 130
CODES = {
    Outcome.ACCEPTED: ACCEPTED,
    Outcome.REJECTED: REJECTED,
    Outcome.NOTHING: NOTHING,
    Outcome.FAILED: COULD_NOT,
    Outcome.TIMED_OUT: COULD_NOT,
    Outcome.CANCELLED: CALLED_OFF,
}


def add_place(parser: ArgumentParser) -> None:
    """Take a target, by its name or by its repository."""
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--target", metavar="SLUG", help="the short name of a target")
    place.add_argument("--repo", metavar="PATH", help="the repository of a target that was added")


def add_wish(parser: ArgumentParser) -> None:
    """Take what is wanted of a generation."""
    add_place(parser)
    parser.add_argument("--engine", choices=Writer.values, default="", help="who writes")
    parser.add_argument("--dry-run", action="store_true", help="everything but the proposal")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def person() -> Actor:
    """Return who sits at the terminal."""
    return Actor("person", getpass.getuser())


def target_of(options: dict[str, Any]) -> Target:
    """Return the target that is meant; raise CannotBegin."""
    if options["target"]:
        try:
            return registry.find(options["target"])
        except registry.UnknownTarget as error:
            raise CannotBegin(f"{error}.") from error
    given = str(options["repo"])
    whole = given if ":" in given else str(Path(given).expanduser().resolve())
    found = list(Target.objects.filter(origin__in={given, whole})[:2])
    if len(found) == 1:
        return found[0]
    if found:
        raise CannotBegin(f"Several targets are of {whole}: say which with --target.")
    raise CannotBegin(
        f"No target is of {whole}: add it first, with manage.py target add --origin {whole}."
    )


def begun(wish: Wish, *, at: datetime) -> tuple[Generation, bool]:
    """Begin a generation, or go on with the same wish that was left; tell which."""
    for left in Generation.objects.filter(target=wish.target, outcome="", loop=None):
        same = (wish.actor.id, wish.writer or opening.configured(), wish.dry_run)
        if (left.asked_by, left.writer, left.dry_run) == same and _asks(left, wish):
            return left, True
    return opening.begin(wish, at=at), False


def asked_for(wish: Wish, wanted: int, *, at: datetime) -> tuple[Loop, bool]:
    """Ask for a loop, or go on with the same one that was left; tell which."""
    same = Loop.objects.filter(
        target=wish.target,
        ended_at=None,
        wanted=wanted,
        writer=wish.writer or opening.configured(),
        dry_run=wish.dry_run,
    )
    left = same.first()
    return (left, True) if left else (series.ask(wish, wanted, at=at), False)


def code_of_all(loop: Loop, made: Sequence[Generation]) -> int:
    """Return the exit code of a loop: what it achieved, unless something kept it from its end."""
    if loop.cancelled_by:
        return CALLED_OFF
    codes = [CODES[Outcome(one.outcome)] for one in made if one.outcome]
    if not codes or codes[-1] in (COULD_NOT, CALLED_OFF):
        return codes[-1] if codes else COULD_NOT
    return next(code for code in (ACCEPTED, REJECTED, NOTHING, COULD_NOT) if code in codes)


def write_reports(generations: Iterable[Generation], *, command: BaseCommand) -> None:
    """Write the reports of what ended; one that cannot be written is said, and nothing is lost."""
    for generation in generations:
        try:
            files.write(generation)
        except files.NotWritten as error:
            command.stderr.write(str(error))


def refuse(command: BaseCommand, why: str, *, as_json: bool) -> NoReturn:
    """End because nothing could be begun."""
    if as_json:
        command.stdout.write(json.dumps({"error": why, "exit_code": COULD_NOT}, indent=2))
        raise SystemExit(COULD_NOT)
    raise CommandError(why, returncode=COULD_NOT)


def _asks(left: Generation, wish: Wish) -> bool:
    return (left.subject, left.brief) == (wish.subject, clean(wish.brief)[: opening.LONGEST_BRIEF])
