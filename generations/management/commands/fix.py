"""What would the code fixers change in a repository, and what would they not dare?"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from benchmarks.running import anywhere, runs
from benchmarks.running.anywhere import Place
from benchmarks.running.together import Asked
from benchmarks.running.trees import Tree
from generations.engines.embedded.chain import FIXERS, Outcome, fix
from generations.engines.embedded.workshop import PYTEST, READING, TESTS, Workshop
from targets.repository import OriginUnreachable

REFUSALS = (*runs.REFUSALS, OriginUnreachable)


class Command(BaseCommand):
    """Run the fixers over a copy of a commit, and print the diff that the gate admits."""

    help = "Print what the code fixers would change; the repository itself is only read."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer repository, commit, fixers, how tests run, and where the diff goes."""
        parser.add_argument("--repo", required=True, help="a git repository")
        parser.add_argument(
            "--base", default="HEAD", help="the commit to start from (%(default)s)"
        )
        parser.add_argument(
            "--fixer", action="append", choices=list(FIXERS), help="only this one; may be repeated"
        )
        parser.add_argument(
            "--python", type=Path, default=Path(sys.executable), help="the Python with pytest"
        )
        parser.add_argument("--seconds", type=float, default=60, help="the most for one test run")
        parser.add_argument(
            "--plugin", action="append", default=[], help="of pytest, that the tests need"
        )
        parser.add_argument("--no-tests", action="store_true", help="run none, and say so")
        parser.add_argument("--out", type=Path, help="write the diff to this new file")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Fix the copy, then print or write what came of it."""
        out = options["out"]
        if out and out.exists():
            raise CommandError(f"{out} is there already: name a new file")
        if not options["python"].is_file():
            raise CommandError(f"there is no Python at {options['python']}")
        try:
            outcome = _fixed(options)
        except REFUSALS as error:
            raise CommandError(
                f"{options['repo']} at {options['base'] or '(no name)'}: {error}"
            ) from error
        if out:
            out.write_bytes(outcome.diff.encode("utf-8", "surrogateescape"))
        if options["json"]:
            self.stdout.write(json.dumps(shown(outcome)))
            return
        if not out:
            self.stdout.write(outcome.diff)
        for line in lines(outcome):
            self.stderr.write(line)


def _fixed(options: dict[str, Any]) -> Outcome:
    python = str(options["python"].absolute())
    place = Place(repository=options["repo"], commit=options["base"], python=python)
    with anywhere.cloned(place) as tree:
        tested = replace(tree, manifest=_said(tree, options))
        judged = READING if options["no_tests"] else (*READING, TESTS)
        shop = Workshop(tested, Asked(at=timezone.now()), judged)
        return fix(shop, names=[name for name in FIXERS if name in (options["fixer"] or FIXERS)])


def _said(tree: Tree, options: dict[str, Any]) -> Any:
    """Return the manifest as this command line completes it."""
    tests = tree.manifest.tests
    said = {
        "command": tests.command or PYTEST,
        "plugins": (*tests.plugins, *options["plugin"]),
        "timeout_seconds": options["seconds"],
    }
    return tree.manifest.model_copy(update={"tests": tests.model_copy(update=said)})


def shown(outcome: Outcome) -> dict[str, Any]:
    """Return what came of it as a script reads it."""
    return {
        "base": outcome.base,
        "digest": outcome.digest,
        "diff": outcome.diff,
        "hunks": [
            {"fixer": one.fixer, "path": one.path, "rules": list(one.rules)}
            for one in outcome.hunks
        ],
        "dropped": [
            {"fixer": one.fixer, "path": one.path, "reason": one.reason} for one in outcome.dropped
        ],
        "not_run": dict(outcome.not_run),
        "notes": list(outcome.notes),
        "failing_before": list(outcome.failing_before),
        "failing_after": list(outcome.failing_after),
        "tests": outcome.tests,
    }


def lines(outcome: Outcome) -> list[str]:
    """Write what came of it as a person reads it."""
    told = [f"kept     {one.fixer}: {one.path} ({', '.join(one.rules)})" for one in outcome.hunks]
    told += [f"dropped  {one.fixer}: {one.path}: {one.reason}" for one in outcome.dropped]
    told += [f"not run  {name}: {why}" for name, why in outcome.not_run.items()]
    told += [f"note     {note}" for note in outcome.notes]
    if "tests" not in outcome.not_run:
        told.append(
            f"tests    {len(outcome.failing_before)} failing before, "
            f"{len(outcome.failing_after)} after; whoever passes the tests need not be right"
        )
    return [*told, f"diff     sha256 {outcome.digest} from {outcome.base}"]
