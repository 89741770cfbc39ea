"""What would a code fixer change in the files that a failure names, and may it be proposed?"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from benchmarks.running import runs, trees
from benchmarks.running.together import Asked
from benchmarks.running.trees import Tree
from evaluation.answers import Question
from evaluation.cases import Bar, Case
from evaluation.rules import named
from evaluation.rules.entries import Mend
from evaluation.rules.remedies import NoRemedy
from generations.engines.embedded import chain, workshop
from generations.engines.embedded.chain import Outcome
from generations.engines.embedded.workshop import PYTEST, READING
from personas.fixers import Only, judges
from personas.material import quoted
from targets.repository import DiffDoesNotApply, Repository
from targets.testing import pythons
from targets.testing.pythons import NoPython

MOST_RUNS = 3  # of fixers in one evaluation; each runs the target's tests a few times
SECONDS = 120.0  # after which none begins any more
PACKAGES = "init-files"  # makes files that nothing can name yet
SCRIPTS = "shellcheck"  # holds itself to what it finds; the rest is held to what reads Python


@dataclass(frozen=True)
class Mended:
    """Hold what a fixer changes, and the files that the failures named."""

    mend: Mend
    files: tuple[str, ...]
    outcome: Outcome
    digest: str  # as a proposal's


@dataclass
class Workshop:
    """Run fixers on the commit of one question: none twice with the same bounds, few in all."""

    question: Question
    clock: Callable[[], float] = time.monotonic
    _began: float = field(init=False)
    _came: dict[tuple[str, Only], Outcome | NoRemedy] = field(default_factory=dict, init=False)
    _paths: tuple[str, ...] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Begin to count the time."""
        self._began = self.clock()

    def mended(self, case: Case, mend: Mend) -> Mended:
        """Return what a fixer makes of a case; raise NoRemedy where it is nothing to propose."""
        _unsaid(case, mend)
        files = self._named(case, mend)
        changing = named.packages(files) if mend.fixer == PACKAGES else frozenset(files)
        outcome = self._run(mend.fixer, Only(changing, frozenset(mend.rules)))
        if reason := _against(outcome, mend, files):
            raise NoRemedy(reason)
        return Mended(mend, files, outcome, self._digest(outcome))

    def bar(self, mended: Mended) -> Bar | None:
        """Return what stands in the way of the same change."""
        return self.question.changes.get(mended.digest)

    def _named(self, case: Case, mend: Mend) -> tuple[str, ...]:
        if self._paths is None:
            repository = Repository.of(self.question.target)
            self._paths = tuple(repository.paths(self.question.commit))
        shown = named.Evidence(case.samples, case.raised_in, self._paths)
        found = named.files(mend.named_by, shown)
        files = tuple(path for path in found if not judges(path))
        if found and not files:
            raise NoRemedy("the failures name tests alone, which say what is right")
        if not files:
            told = ", ".join(mend.named_by)
            raise NoRemedy(f"the failures name no one file of the target (sought by {told})")
        if len(files) > named.MOST_FILES:
            raise NoRemedy(f"the failures name {len(files)} files; {named.MOST_FILES} are allowed")
        return files

    def _run(self, fixer: str, only: Only) -> Outcome:
        came = self._came.get((fixer, only))
        if came is None:
            came = self._first_run(fixer, only)
        if isinstance(came, NoRemedy):
            raise came
        return came

    def _first_run(self, fixer: str, only: Only) -> Outcome | NoRemedy:
        if len(self._came) >= MOST_RUNS:
            return NoRemedy(f"one evaluation runs the code fixers {MOST_RUNS} times; this waits")
        if self.clock() - self._began > SECONDS:
            return NoRemedy(f"the code fixers have run for {SECONDS:.0f} s; this waits")
        came = self._came[fixer, only] = self._fixed(fixer, only)
        return came

    def _fixed(self, fixer: str, only: Only) -> Outcome | NoRemedy:
        asked = Asked(at=self.question.now)
        try:
            shop = workshop.Workshop(judged_tree(self.question), asked)
            return chain.fix(shop, names=[fixer], only=only)
        except (NoPython, *runs.REFUSALS) as error:
            return NoRemedy(quoted(str(error)))

    def _digest(self, outcome: Outcome) -> str:
        repository = Repository.of(self.question.target)
        try:
            return repository.apply(self.question.commit, outcome.diff).digest
        except DiffDoesNotApply as error:
            raise NoRemedy(f"what was mended is no change: {quoted(error.reason)}") from error


def _unsaid(case: Case, mend: Mend) -> None:
    """Raise NoRemedy where no message holds the words that tell this cause from others."""
    texts = [text.casefold() for text in case.samples]
    if mend.said and not any(word.casefold() in text for word in mend.said for text in texts):
        words = " or ".join(f"“{word}”" for word in mend.said)
        raise NoRemedy(f"it needs that a message says {words}, and none does")


def judged_tree(question: Question) -> Tree:
    """Return the commit under its manifest; pytest looks for tests where none names them."""
    commit = trees.commit(Repository.of(question.target), question.commit)
    tree = runs.tree_of(question.target, commit)
    pythons.chosen(tree.name, tree.pythons, sys.executable)  # one that is not there judges nothing
    if tree.manifest.tests.command:
        return tree
    tests = tree.manifest.tests.model_copy(update={"command": PYTEST})
    return replace(
        tree,
        manifest=tree.manifest.model_copy(update={"tests": tests}),
        pythons={tree.name: sys.executable, **tree.pythons},
    )


def _against(outcome: Outcome, mend: Mend, files: tuple[str, ...]) -> str:
    """Say what speaks against proposing what came; nothing where it may be proposed."""
    where = ", ".join(quoted(path, 120) for path in files)
    if why := outcome.not_run.get(mend.fixer):
        return f"{mend.fixer} could not be asked about {where}: {quoted(why)}"
    if not outcome.diff:
        return _nothing(outcome, mend, where)
    for name in () if mend.fixer == SCRIPTS else READING:
        if why := outcome.not_run.get(name):
            return f"nobody could tell what is wrong anew in {where}: {name}: {quoted(why)}"
    if "\r" in outcome.diff:  # a document's own line ends are normalised
        return f"{where} ends its lines with CR LF: store it with LF in git"
    return ""


def _nothing(outcome: Outcome, mend: Mend, where: str) -> str:
    if outcome.dropped:
        told = (f"{quoted(one.path, 120)}: {quoted(one.reason)}" for one in outcome.dropped)
        return f"what {mend.fixer} would change was dropped: {'; '.join(told)}"
    notes = "; ".join(quoted(note) for note in outcome.notes)
    return f"{mend.fixer} finds nothing to mend in {where}" + (f" ({notes})" if notes else "")
