"""What do fixers make of one commit of a repository?"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from generations.engines.embedded import gate
from generations.engines.embedded.gate import Dropped, State
from generations.engines.embedded.workshop import TESTS, Workshop
from personas.fixers import Edit, Fixer, Only
from personas.fixers.init_files import init_files
from personas.fixers.repair import repair
from personas.fixers.ruff_fixes import ruff_fixes
from personas.fixers.shell import shell
from personas.fixers.structural import structural

# In this order: what makes the code importable first, what needs the tests last.
FIXERS: Mapping[str, Fixer] = {
    "init-files": init_files,
    "ruff": ruff_fixes,
    "ast-grep": structural,
    "shellcheck": shell,
    "repair": repair,
}
NO_TESTS = "no way to run the tests is set up"
NOTHING_TO_TEST = "nothing was brought up that they could judge"


@dataclass(frozen=True)
class Hunk:
    """Say which rules of which fixer changed a file."""

    fixer: str
    path: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """Hold the canonical diff, where each part comes from, and what did not get in."""

    base: str
    diff: str
    hunks: tuple[Hunk, ...]
    dropped: tuple[Dropped, ...]
    not_run: Mapping[str, str]  # fixers and benchmarks that could not be asked
    notes: tuple[str, ...]
    failing_before: tuple[str, ...]
    failing_after: tuple[str, ...]
    tests: int | None = None  # how many ran with all of it; none where they were not run

    @property
    def digest(self) -> str:
        """Name the diff: the same commit gives the same one."""
        return hashlib.sha256(self.diff.encode("utf-8", "surrogateescape")).hexdigest()


def fix(shop: Workshop, *, names: Sequence[str] = (), only: Only | None = None) -> Outcome:
    """Run the fixers over a copy, one after the other, and keep what the gate admits."""
    not_run: dict[str, str] = {}
    notes: list[str] = []
    with shop.copy() as copy:
        # The gate looks at everything: in vain, where those who are bounded bring up nothing.
        state = None if only else gate.begin(shop, copy)
        for name in names or FIXERS:
            fixed = FIXERS[name](replace(state.copy if state else copy, only=only))
            if fixed.not_run:
                not_run[name] = fixed.not_run
            notes += [f"{name}: {note}" for note in fixed.notes]
            if fixed.edits:
                state = state or gate.begin(shop, copy)
                gate.admit(state, name, _within(state, name, fixed.edits, only))
    if state is None:
        not_run["tests"] = NOTHING_TO_TEST
        return Outcome(shop.tree.commit, "", (), (), not_run, tuple(notes), (), ())
    return _outcome(state, not_run, tuple(notes))


def _outcome(state: State, not_run: Mapping[str, str], notes: tuple[str, ...]) -> Outcome:
    tests = state.tests.tests
    silent = {**state.shop.silent, **state.tests.silent}
    why = silent.pop(TESTS, NO_TESTS)
    untested = {} if tests is not None else {"tests": why}
    return Outcome(
        base=state.shop.tree.commit,
        diff=state.shop.change(state.edits).diff if state.kept else "",
        hunks=tuple(Hunk(name, edit.path, edit.rules) for name, edit in state.kept),
        dropped=tuple(state.dropped),
        not_run={**not_run, **untested, **silent, **state.found.silent},
        notes=notes,
        failing_before=state.failing_before,
        failing_after=state.tests.failing,
        tests=None if tests is None else len(tests),
    )


def _within(state: State, name: str, edits: Sequence[Edit], only: Only | None) -> tuple[Edit, ...]:
    """Drop what lies outside, whatever a fixer makes of its bounds."""
    kept = []
    for edit in edits:
        if reason := only.refuses(edit) if only else "":
            state.drop(name, edit, reason)
        else:
            kept.append(edit)
    return tuple(kept)
