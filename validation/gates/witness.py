"""Does the change cure a case that fails without it?"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import StrEnum

from ports.sandbox import Level
from targets.changes import Change
from targets.testing import suites
from targets.testing.ledger import Told
from targets.testing.suites import Suite
from validation import judges
from validation.judges import is_test
from validation.models import Outcome
from validation.proving.running import Bench, bench_for
from validation.trying import sandboxed
from validation.trying.cases import Case
from validation.trying.modules import module_of, modules, roots
from validation.trying.replaying import Came, Replayer
from validation.verdicts import Context, CouldNotRun, GateVerdict, Mark, counted

NAME = "witness"
QUESTION = "Does the change cure a case that fails without it?"
VERSION = 2

MOST_CASES = 5
MOST_FILES = 10
SECONDS = 60.0
BY_UNITTEST = Suite("unittest", "python3")
NONE_HAD = "No failing case was to be had: {}."
UNSTEADY = "“{}” now fails and now goes well on the same files: it shows nothing."


class State(StrEnum):
    """Say what a case shows."""

    CURED = "cured"
    NOT_CURED = "not cured"
    NOT_REPRODUCED = "not reproduced"
    UNSTEADY = "unsteady"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Seen:
    """Hold what one case showed, in a sentence."""

    state: State
    words: str


def run(change: Change, context: Context) -> GateVerdict:
    """Replay the cited cases and run the tests that come along, with the change and without."""
    cases, level = _replayed(change, context)
    tests, other = _tested(change, context)
    levels = [found for found in (level, other) if found]
    return replace(_answer([*cases, *tests], change, context), level=min(levels, default=None))


def _answer(seen: Sequence[Seen], change: Change, context: Context) -> GateVerdict:
    by = {state: [one for one in seen if one.state == state] for state in State}
    cured, failing = by[State.CURED], by[State.NOT_CURED]
    told = " ".join(one.words for one in (cured or failing or seen))
    marks = tuple(Mark("", None, one.words, refuses=not cured) for one in failing)
    if failing and cured:
        rest = (
            f"{counted(len(failing), 'cited case')} still fails"
            if len(failing) == 1
            else (f"{len(failing)} cited cases still fail")
        )
        return GateVerdict(NAME, QUESTION, Outcome.ACKNOWLEDGE, f"{told} {rest}.", marks)
    if failing:
        return GateVerdict(NAME, QUESTION, Outcome.REFUSED, told, marks)
    if cured:
        return GateVerdict(NAME, QUESTION, Outcome.PASSED, told)
    what = told or NONE_HAD.format(_why_none(context))
    return GateVerdict(NAME, QUESTION, Outcome.NOTHING_SHOWN, what)


def _why_none(context: Context) -> str:
    first = (
        "the proposal cites no events of ours"
        if context.manifest.replay.command
        else "the target names no replay hook"
    )
    return f"{first}, and the change brings no test that can be run by its name"


def _replayed(change: Change, context: Context) -> tuple[list[Seen], Level | None]:
    hook = context.manifest.replay
    if not hook.command or not context.cases:
        return [], None
    seconds = context.limits.test_timeout_seconds
    judging = [file.path for file in judges.judging(change, hook.command)]
    repository = context.repository
    with ExitStack() as stack:
        copy = stack.enter_context(sandboxed.copied(repository, change.base))
        before = Replayer(hook, copy, seconds, context)
        copy = stack.enter_context(
            sandboxed.copied(repository, change.tree, other=change.base, paths=judging)
        )
        after = Replayer(hook, copy, seconds, context)
        seen = [_seen(case, before, after) for case in context.cases[:MOST_CASES]]
    return seen, before.level


def _seen(case: Case, before: Replayer, after: Replayer) -> Seen:
    """Replay a case on both sides, and once more whatever would speak for or against a change."""
    first = before.replay(case)
    if first == Came.CANNOT:
        return Seen(State.UNKNOWN, f"“{case.name}” is of no kind that the replay hook can replay.")
    if first == Came.BROKE:
        return Seen(State.UNKNOWN, f"The replay hook does not work: {before.said}.")
    if first == Came.WELL:
        words = f"Not reproduced: “{case.name}” does not fail without the change either."
        return Seen(State.NOT_REPRODUCED, words)
    second = after.replay(case)
    if second == Came.FAILED and after.replay(case) == Came.WELL:
        return Seen(State.UNSTEADY, UNSTEADY.format(case.name))
    if second == Came.FAILED:
        return Seen(State.NOT_CURED, f"Not cured: “{case.name}” fails with the change as well.")
    if second != Came.WELL:
        words = (
            f"Not cured: with the change “{case.name}” can no longer be replayed ({after.said})."
        )
        return Seen(State.NOT_CURED, words)
    if (before.replay(case), after.replay(case)) != (Came.FAILED, Came.WELL):
        return Seen(State.UNSTEADY, UNSTEADY.format(case.name))
    words = f"“{case.name}” fails without the change and goes well with it, twice each."
    return Seen(State.CURED, words)


def _tested(change: Change, context: Context) -> tuple[list[Seen], Level | None]:
    """Run the tests that the change brings, on what it makes and on what was there before."""
    brought = [
        file.path
        for file in change.files
        if file.path.endswith(".py") and file.status != "D" and is_test(file.path)
    ]
    try:
        bench = _bench(brought[:MOST_FILES], change, context)
        if bench is None:
            return [], None
        with sandboxed.copied(context.repository, change.tree) as folder:
            after = bench.run(folder)
        if not after.whole or not after.passed:
            return [], after.level
        along = [file.path for file in change.files if is_test(file.path)]
        copy = sandboxed.copied(context.repository, change.base, other=change.tree, paths=along)
        with copy as folder:
            before = bench.run(folder)
    except CouldNotRun as error:
        words = f"The tests that come along could not be run by their names: {error}."
        return [Seen(State.UNKNOWN, words)], None
    return [_compared(before, after)], after.level


def _bench(brought: Sequence[str], change: Change, context: Context) -> Bench | None:
    """Prepare just these tests, as the target runs its own; by unittest where it names none."""
    if not brought:
        return None
    trees = (change.base, change.tree)
    paths = frozenset(path for tree in trees for path in context.repository.paths(tree))
    found = [module for path in brought if (module := module_of(path, paths))]
    if not found:
        return None
    command = context.manifest.tests.command
    bench = bench_for(change, context, (command and suites.recognised(command)) or BY_UNITTEST)
    files, names = [module.path for module in found], [module.name for module in found]
    suite = suites.narrowed(bench.suite, files, names)
    places = roots([*modules(paths).values(), *found])
    suite = replace(suite, paths=tuple(dict.fromkeys((*suite.paths, *places))))
    return replace(bench, suite=suite, seconds=min(SECONDS, bench.seconds))


def _compared(before: Told, after: Told) -> Seen:
    """Say what the tests that pass with the change did without it."""
    if cured := sorted(after.passed & before.named("failed", "error")):
        noun = "test of the change fails" if len(cured) == 1 else "tests of the change fail"
        does = "passes" if len(cured) == 1 else "pass"
        words = f"{len(cured)} {noun} without it and {does} with it ({', '.join(cured[:3])})."
        return Seen(State.CURED, words)
    if not before.whole or not after.passed <= before.cases.keys():
        words = "The tests that come along cannot start without the change: they show nothing."
        return Seen(State.UNKNOWN, words)
    words = "Not reproduced: the tests that come along pass without the change too."
    return Seen(State.NOT_REPRODUCED, words)
