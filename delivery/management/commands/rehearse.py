"""Rehearse a proposal's change by hand: in, the deploy steps in dry form, and out again."""

import json
import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from delivery import rehearsal
from proposals.models import Proposal, Status
from proposals.rehearsed.records import Rehearsal, Result

EXIT = {Result.REHEARSED: 0, Result.COULD_NOT_RUN: 2}
FAILED = 1


class Command(BaseCommand):
    """Exit 0: rehearsed. 1: it would not go in, not deploy or not come out. 2: could not run."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the proposal."""
        parser.add_argument("proposal", help="id of a proposal that awaits review")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rehearse, print, and end with the exit code that fits."""
        kept = rehearsal.rehearse(_find(options["proposal"]), timezone.now())
        code = EXIT.get(Result(kept.result), FAILED)
        if options["json"]:
            self.stdout.write(json.dumps(_plain(kept, code), indent=2))
        else:
            self._print(kept)
        if code:
            raise SystemExit(code)

    def _print(self, kept: Rehearsal) -> None:
        self.stdout.write(kept.words)
        for step in kept.steps.all():
            limit = f"at most {step.timeout_seconds:g} s"
            label = f"{step.get_way_display()}: {step.name} ({limit})"
            self.stdout.write(f"  {label}: {step.get_result_display().lower()}")
            self.stdout.write(f"    $ {step.dry_command or step.command}")
            for line in step.output.splitlines():
                self.stdout.write(f"      {line}")


def _find(name: str) -> Proposal:
    """Find the proposal, which must not be decided yet."""
    try:
        found = Proposal.objects.select_related("target").filter(pk=uuid.UUID(name)).first()
    except ValueError as error:
        raise CommandError(f"{name!r} is not the id of a proposal.", returncode=2) from error
    if found is None:
        raise CommandError(f"There is no proposal {name}.", returncode=2)
    if found.status != Status.PENDING:
        state = found.get_status_display()
        raise CommandError(
            f"“{found.title}” is “{state}”: only what awaits review is rehearsed.", returncode=2
        )
    return found


def _plain(kept: Rehearsal, code: int) -> dict[str, Any]:
    return {
        "result": kept.result,
        "exit": code,
        "words": kept.words,
        "head": kept.head_commit,
        "tree": kept.tree,
        "changed_tree": kept.changed_tree,
        "diff_digest": kept.diff_digest,
        "policy_digest": kept.policy_digest,
        "seconds": round(kept.seconds, 3),
        "steps": [
            {
                "way": step.way,
                "name": step.name,
                "command": step.command,
                "dry_command": step.dry_command,
                "timeout_seconds": step.timeout_seconds,
                "result": step.result,
                "output": step.output,
                "sandbox": step.level or None,
            }
            for step in kept.steps.all()
        ],
    }
