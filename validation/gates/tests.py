"""Do the target's own tests pass with the change, as far as the host can tell by itself?"""

from dataclasses import replace
from pathlib import PurePosixPath

from targets.changes import Change
from targets.repository import PathMissing
from validation import judges
from validation.models import Outcome
from validation.proving import composing, evidence, pythons, screen, suites, telling
from validation.proving.ending import ByExit
from validation.proving.judge import judge
from validation.proving.places import Places
from validation.proving.running import Bench
from validation.proving.suites import Suite
from validation.verdicts import Context, CouldNotRun, GateVerdict, Mark

NAME = "tests"
QUESTION = "Do the target's own tests pass with the change?"
VERSION = 4


def run(change: Change, context: Context) -> GateVerdict:
    """Run the base's tests on the change's code; say what they show, and what they cannot."""
    command = context.manifest.tests.command
    if not command:
        what = "The target names no tests, so nothing shows that it still works."
        return GateVerdict(NAME, QUESTION, Outcome.NOT_RUN, what)
    suite = suites.recognised(command)
    if suite is None:
        return _by_its_end(change, context)
    return _proven(change, context, suite)


def _proven(change: Change, context: Context, suite: Suite) -> GateVerdict:
    bench = _bench(change, context, suite)
    altered = judges.judging(change, context.manifest.tests.command)
    try:
        found = evidence.gather(change, context.repository, bench, altered)
    except composing.DoesNotFit as error:
        raise CouldNotRun(str(error)) from error
    level = found.runs.head.level
    judgement = judge(found.runs)
    if not found.runs.base.cases and not found.runs.head.cases and found.runs.head.whole:
        what = f"“{' '.join(context.manifest.tests.command)}” runs no test, so nothing shows that"
        return GateVerdict(NAME, QUESTION, Outcome.NOT_RUN, f"{what} it still works.", level=level)
    paths = Places((*context.repository.paths(change.base), *change.paths))
    answer = telling.answer(judgement, found, _noticed(change, context), paths)
    return GateVerdict(
        NAME,
        QUESTION,
        answer.outcome,
        answer.summary,
        answer.marks,
        level=level,
        steady=found.runs.steady and not (judgement.flaky or judgement.unsteady),
        cases=tuple(found.runs.head.cases.values()),
    )


def _by_its_end(change: Change, context: Context) -> GateVerdict:
    verdict = ByExit(change, context, NAME, QUESTION).verdict()
    noticed = _noticed(change, context)
    if not noticed or verdict.outcome not in (Outcome.PASSED, Outcome.ACKNOWLEDGE):
        return verdict
    refuses = any(mark.refuses for mark in noticed)
    outcome = Outcome.REFUSED if refuses else verdict.outcome
    return replace(verdict, outcome=outcome, findings=(*noticed, *verdict.findings))


def _bench(change: Change, context: Context, suite: Suite) -> Bench:
    """Say how the tests are run; everything that the target adds comes from its base."""
    manifest = context.manifest.tests
    target = PurePosixPath(context.repository.git_dir).stem
    try:
        python = pythons.chosen(target, dict(context.limits.pythons), suite.python)
    except pythons.NoPython as error:
        raise CouldNotRun(str(error)) from error
    if suite.framework == "pytest":
        files = {name: text for name in suites.FILES if (text := _base(change, context, name))}
        paths = context.repository.paths(change.base)
        suite = suites.configured(suite, files, paths, manifest.plugins)
    seconds = min(manifest.timeout_seconds, context.limits.test_timeout_seconds)
    return Bench(target, suite, python, seconds, context.heard, context.stopped)


def _base(change: Change, context: Context, name: str) -> str | None:
    try:
        return context.repository.read(change.base, name).decode("utf-8", "replace")
    except PathMissing:
        return None


def _noticed(change: Change, context: Context) -> list[Mark]:
    """Return what the change's own code knows of tests, that it did not know before."""
    code = [
        file
        for file in change.files
        if file.path.endswith(".py") and file.status != "D" and not judges.is_test(file.path)
    ]
    if not code:
        return []
    tests = {path for path in context.repository.paths(change.base) if judges.is_test(path)}
    sources = {path: _base(change, context, path) or "" for path in sorted(tests)}
    marks: list[Mark] = []
    for file in code:
        after = context.repository.read(change.tree, file.path).decode("utf-8", "replace")
        before = _base(change, context, file.path) or ""
        marks += [
            Mark(file.path, one.line, one.message, refuses=one.refuses)
            for one in screen.noticed(before, after, sources)
        ]
    return marks
