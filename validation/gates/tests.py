"""Do the target's own tests pass with the change, as far as the host can tell by itself?"""

from collections.abc import Sequence
from dataclasses import replace

from targets.changes import Change
from targets.testing import suites
from targets.testing.suites import Suite
from validation import judges
from validation.models import Outcome
from validation.proving import composing, evidence, screen, telling
from validation.proving.ending import ByExit
from validation.proving.judge import judge
from validation.proving.places import Places
from validation.proving.running import bench_for
from validation.verdicts import Context, CouldNotRun, GateVerdict, Mark

NAME = "tests"
QUESTION = "Do the target's own tests pass with the change?"
VERSION = 6


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
    bench = bench_for(change, context, suite)
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


def _noticed(change: Change, context: Context) -> list[Mark]:
    """Return what the change's own code knows of tests, that it did not know before."""
    code = [
        file
        for file in change.files
        if file.path.endswith(".py") and file.status != "D" and not judges.is_test(file.path)
    ]
    if not code:
        return []
    paths = [file.path for file in code]
    tests = sorted(path for path in context.repository.paths(change.base) if judges.is_test(path))
    before, after = (_texts(context, tree, paths) for tree in (change.base, change.tree))
    sources = _texts(context, change.base, tests)
    return [
        Mark(path, one.line, one.message, refuses=one.refuses)
        for path in paths
        for one in screen.noticed(before.get(path, ""), after[path], sources)
    ]


def _texts(context: Context, tree: str, paths: Sequence[str]) -> dict[str, str]:
    found = context.repository.read_all(tree, paths)
    return {path: content.decode("utf-8", "replace") for path, content in found.items()}
