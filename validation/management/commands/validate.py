"""May this change pass? Ask every gate from a terminal or a program, on any repository."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ports.git import GitFailed
from targets.manifest import BadManifest
from targets.repository import DiffDoesNotApply, OriginUnreachable
from validation import trial
from validation.formats import junit, plain, sarif
from validation.models import Outcome
from validation.parameters import BadParameters
from validation.trial import Trial, UnknownCommit
from validation.trying.cases import Case
from validation.verdicts import GateVerdict, Verdict

_WORDS = {Outcome.REFUSED: "Refused", Outcome.COULD_NOT_RUN: "Could not run"}
_SIGNS = {
    Outcome.PASSED: "✓",
    Outcome.REFUSED: "✗",
    Outcome.COULD_NOT_RUN: "!",
    Outcome.NOT_RUN: "–",
    Outcome.NOTHING_SHOWN: "·",
    Outcome.ACKNOWLEDGE: "?",
}


class Command(BaseCommand):
    """Exit 0: passes. 1: refused. 2: could not run. 3: a person has to acknowledge something."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a repository, its base, and a diff or a branch."""
        parser.add_argument("--repo", required=True, help="path or address of a git repository")
        parser.add_argument("--base", required=True, help="commit or branch that the change is to")
        change = parser.add_mutually_exclusive_group(required=True)
        change.add_argument("--diff", help="file with a unified diff; - reads standard input")
        change.add_argument("--branch", help="branch that holds the change")
        parser.add_argument("--junit", metavar="FILE", help="write each test as JUnit XML as well")
        parser.add_argument(
            "--person", action="store_true", help="a person wrote it, not an agent (see policies)"
        )
        parser.add_argument(
            "--case", action="append", default=[], help="file with a failing case to replay"
        )
        written = parser.add_mutually_exclusive_group()
        written.add_argument("--json", action="store_true", help="print one JSON object")
        written.add_argument("--sarif", action="store_true", help="print SARIF 2.1.0")

    def handle(self, **options: Any) -> None:
        """Judge, print, and end with the exit code that fits."""
        asked = Trial(
            repository=options["repo"],
            base=options["base"],
            diff="" if options["diff"] is None else _read(options["diff"]),
            branch=options["branch"],
            by_a_person=options["person"],
            cases=tuple(_case(name) for name in options["case"]),
        )
        try:
            verdict = trial.check(asked, at=timezone.now(), progress=self._progress)
        except DiffDoesNotApply as error:
            self._end_early(options, Outcome.REFUSED, f"the diff does not apply: {error}", error)
        except (UnknownCommit, OriginUnreachable, BadManifest, BadParameters, GitFailed) as error:
            self._end_early(options, Outcome.COULD_NOT_RUN, str(error), error)
        code = plain.EXIT[verdict.outcome]
        if options["junit"]:
            _write(options["junit"], junit.junit(verdict))
        if options["json"]:
            self.stdout.write(json.dumps(plain.plain(verdict, code), indent=2))
        elif options["sarif"]:
            self.stdout.write(json.dumps(sarif.sarif(verdict), indent=2))
        else:
            self._print(verdict)
        if code:
            raise SystemExit(code)

    def _end_early(
        self, options: dict[str, Any], outcome: Outcome, why: str, cause: Exception
    ) -> NoReturn:
        """End before any gate was asked; a program is told in the form that it asked for."""
        code = plain.EXIT[outcome]
        if options["json"] or options["sarif"]:
            answer = (
                plain.unanswered(outcome, code, why)
                if options["json"]
                else sarif.unanswered(outcome, why)
            )
            self.stdout.write(json.dumps(answer, indent=2))
            raise SystemExit(code) from cause
        raise CommandError(f"{_WORDS[outcome]}: {why}", returncode=code) from cause

    def _progress(self, gate: str, outcome: Outcome | None) -> None:
        if outcome is None and self.stderr.isatty():
            self.stderr.write(f"\r  {gate} …\033[K", ending="")

    def _print(self, verdict: Verdict) -> None:
        if self.stderr.isatty():
            self.stderr.write("\r\033[K", ending="")
        for gate in verdict.gates:
            self._print_gate(gate)
        style = self.style.SUCCESS if verdict.outcome == Outcome.PASSED else self.style.WARNING
        if verdict.outcome in (Outcome.REFUSED, Outcome.COULD_NOT_RUN):
            style = self.style.ERROR
        self.stdout.write(style(f"{verdict.outcome.label} ({verdict.seconds:.1f} s)"))

    def _print_gate(self, gate: GateVerdict) -> None:
        label = f"{_SIGNS[gate.outcome]} {gate.gate:<16}{gate.outcome.label:<28}"
        self.stdout.write(f"  {label} {gate.summary}")
        if gate.level:
            self.stdout.write(f"      It {gate.level.words}.")
        for mark in gate.findings:
            place = f"{mark.path}:{mark.line}" if mark.line else mark.path
            text = mark.message.replace("\n", "\n        ")
            self.stdout.write(f"      {place} {text}" if place else f"      {text}")


def _write(name: str, text: str) -> None:
    try:
        Path(name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{name} cannot be written: {error.strerror}", returncode=2) from error


def _case(name: str) -> Case:
    text = _read(name)
    try:
        if not isinstance(json.loads(text), dict):
            raise ValueError("it is no JSON object")
        return Case(Path(name).name, text.encode())
    except ValueError as error:
        raise CommandError(f"Could not run: {name}: {error}", returncode=2) from error


def _read(name: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return raw.decode()
    except OSError as error:
        raise CommandError(f"Could not run: {name}: {error.strerror}", returncode=2) from error
    except UnicodeDecodeError as error:
        raise CommandError(
            f"Refused: {name} is not UTF-8 text (byte {error.start})", returncode=1
        ) from error
