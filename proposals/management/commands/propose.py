"""How does a person hand in a proposal from a terminal?"""

import getpass
import uuid
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.log import Actor
from ports.git import GitFailed
from proposals import intake
from proposals.documents import MalformedDocument
from proposals.intake import DuplicateProposal
from proposals.models import Engine, Proposal
from proposals.revising import handing_in
from proposals.revising.handing_in import CannotRevise
from targets.models import Target
from targets.repository import DiffDoesNotApply, OriginUnreachable, RefMissing


class Command(BaseCommand):
    """Hand in one markdown file as a proposal and print its id."""

    help = "Hand in a proposal written as markdown; prints its id."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, the target and the author."""
        parser.add_argument("file", type=Path, help="the proposal's markdown")
        parser.add_argument("--target", required=True, help="the target's short name")
        parser.add_argument(
            "--revises",
            type=uuid.UUID,
            metavar="ID",
            help="the proposal of which somebody requested changes: this takes its place",
        )
        parser.add_argument("--author", default=getpass.getuser(), help="who wrote it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read the file and hand it in."""
        path: Path = options["file"]
        try:
            proposal = _handed_in(path, options)
        except (MalformedDocument, DiffDoesNotApply) as refusal:
            raise CommandError(f"{path} was not taken in. {refusal}") from refusal
        except (
            DuplicateProposal,
            CannotRevise,
            RefMissing,
            OriginUnreachable,
            GitFailed,
        ) as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(str(proposal.pk))


def _handed_in(path: Path, options: dict[str, Any]) -> Proposal:
    target, author = target_named(options["target"]), options["author"]
    words: dict[str, Any] = {"text": _read(path), "engine": Engine.PERSON, "author": author}
    told = {**words, "at": timezone.now(), "actor": Actor("person", author)}
    if options["revises"] is None:
        return intake.submit(target=target, **told)
    previous = Proposal.objects.filter(pk=options["revises"], target=target).first()
    if previous is None:
        raise CommandError(f"`{target.slug}` has no proposal {options['revises']}.")
    return handing_in.revise(previous, **told)


def target_named(slug: str) -> Target:
    """Find a target by its short name, or say which there are."""
    found = Target.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Target.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no target `{slug}`; known are {known}.")
    return found


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is not UTF-8 text (byte {error.start}).") from error
