"""May what a fixer brings up stay? Nothing new may be wrong, and it must be small."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from generations.engines.embedded.workshop import TESTS, Looked, Workshop
from personas.fixers import Copy, Edit, Only
from personas.fixers.shell import findings
from personas.fixers.tools import NotRun

MOST_AGAIN = 3  # runs of what was there, to learn what it loses by itself
LONGEST_APART = 120.0  # seconds for looking at edits one by one, where together they break a test
UNASKED = "it breaks a test together with others, and there was no time to look at it alone"


@dataclass(frozen=True)
class Dropped:
    """Say which edit does not stay, and why."""

    fixer: str
    path: str
    reason: str


@dataclass
class State:
    """Hold what is known of a copy as it stands, which is what the next edit is held to."""

    shop: Workshop
    copy: Copy
    found: Looked
    tests: Looked
    failing_before: tuple[str, ...]
    unsteady: set[str] = field(default_factory=set)  # tests that this very copy has lost
    runs: int = 0  # of the copy as it stands, to find those
    kept: list[tuple[str, Edit]] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)

    @property
    def edits(self) -> list[Edit]:
        """Return what is kept so far."""
        return [edit for _, edit in self.kept]

    def drop(self, fixer: str, edit: Edit, reason: str) -> None:
        """Leave an edit out, and say why."""
        self.dropped.append(Dropped(fixer, edit.path, reason))

    def blamed(self, broken: Mapping[str, str]) -> Iterator[str]:
        """Name the tests that no other run of the copy as it stands loses.

        A name may hold the moment of its run, or a test depend on chance: no edit is at fault.
        """
        while self.runs < MOST_AGAIN and broken.keys() - self.unsteady:
            again = self.shop.look(self.edits, at=(TESTS,), anew=True)
            self.runs = MOST_AGAIN if again.tests is None else self.runs + 1
            self.unsteady |= again.broken_since(self.tests).keys() if again.tests else set()
        return (name for name in broken if name not in self.unsteady)


def begin(shop: Workshop, copy: Copy) -> State:
    """Look at the commit before anything is changed."""
    tests = shop.look(at=(TESTS,))
    return State(shop, copy, shop.look(), tests, tests.failing)


def admit(state: State, fixer: str, edits: Sequence[Edit]) -> None:
    """Keep the edits of one fixer that nothing speaks against, file by file."""
    small = _small(state, fixer, [edit for edit in edits if _is_sound(state, fixer, edit)])
    good, found = _without_findings(state, fixer, small)
    if not good:
        return
    if broken := _broken(state, good):
        good = _apart(state, fixer, good, broken)
        found = state.shop.look([*state.edits, *good]) if good else found
    if good:
        _keep(state, fixer, good, found)


def _is_sound(state: State, fixer: str, edit: Edit) -> bool:
    """Drop at once what has no name to show, does not compile, or is a worse script."""
    if not edit.path.isprintable():
        state.drop(fixer, edit, "its name cannot be shown")
        return False
    if edit.path.endswith(".py") and _compiles(edit.before or "") and not _compiles(edit.after):
        state.drop(fixer, edit, "it does not compile any more")
        return False
    if new := _worse_script(state.copy, edit):
        state.drop(fixer, edit, f"{new} is found anew")
        return False
    return True


def _compiles(text: str) -> bool:
    try:
        compile(text, "edited", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True


def _worse_script(copy: Copy, edit: Edit) -> str:
    alone = replace(copy, only=Only(frozenset({edit.path})))
    try:
        before = Counter(findings(alone))
        _put(copy, [edit])
        try:
            new = sorted(Counter(findings(alone)) - before)
        finally:
            _take_back(copy, edit)
    except NotRun as error:
        return f"no answer of shellcheck ({error})"
    return new[0][0] if new else ""


def _small(state: State, fixer: str, edits: list[Edit]) -> list[Edit]:
    """Keep what stays within the most files and lines, in the order in which it came."""
    if not edits:
        return []
    lines = {
        file.path: file.added + file.removed
        for file in state.shop.change([*state.edits, *edits]).files
    }
    taken = {edit.path for edit in state.edits}
    small = []
    for edit in edits:
        after = taken | {edit.path}
        if len(after) > state.shop.most_files:
            state.drop(fixer, edit, f"more than {state.shop.most_files} files would change")
        elif sum(lines.get(path, 0) for path in after) > state.shop.most_lines:
            state.drop(fixer, edit, f"more than {state.shop.most_lines} lines would change")
        else:
            small.append(edit)
            taken = after
    return small


def _without_findings(
    state: State, fixer: str, edits: list[Edit]
) -> tuple[list[Edit], Looked | None]:
    """Drop edits until nothing new is found; a finding elsewhere drops the whole."""
    left, found = list(edits), None
    while left:
        found = state.shop.look([*state.edits, *left])
        new = found.new_since(state.found)
        if not new:
            break
        blamed = {one.path for one in new} & {edit.path for edit in left}
        for edit in [one for one in left if one.path in blamed or not blamed]:
            mine = next((one for one in new if one.path == edit.path), new[0])
            where = f" in {mine.symbol}" if mine.symbol else ""
            elsewhere = f" of {mine.path}" if mine.path not in ("", edit.path) else ""
            state.drop(fixer, edit, f"{mine.rule} is found anew{where}{elsewhere}")
            left.remove(edit)
    return left, found


def _apart(state: State, fixer: str, edits: list[Edit], broken: str) -> list[Edit]:
    """Look at each edit by itself, since one of them is at fault; keep those that break none."""
    good: list[Edit] = []
    ends = time.monotonic() + LONGEST_APART
    for edit in edits:
        if len(edits) == 1:
            reason = broken
        else:
            reason = UNASKED if time.monotonic() > ends else _broken(state, [*good, edit])
        if reason:
            state.drop(fixer, edit, reason)
        else:
            good.append(edit)
    return good


def _broken(state: State, edits: Sequence[Edit]) -> str:
    """Say which test these edits break; nothing where none ran before, or all pass on."""
    if state.tests.tests is None:
        return ""
    looked = state.shop.look([*state.edits, *edits], at=(TESTS,))
    if looked.tests is None:
        return "; ".join(looked.silent.values())
    broken = looked.broken_since(state.tests)
    return next((f"{name} {broken[name]}" for name in state.blamed(broken)), "")


def _keep(state: State, fixer: str, edits: Sequence[Edit], found: Looked | None) -> None:
    _put(state.copy, edits)
    state.kept += [(fixer, edit) for edit in edits]
    state.found = found or state.found
    if state.tests.tests is not None:
        state.tests = state.shop.look(state.edits, at=(TESTS,))
        state.unsteady, state.runs = set(), 0
    paths = tuple(sorted({*state.copy.paths, *(edit.path for edit in edits)}))
    state.copy = replace(state.copy, paths=paths)


def _put(copy: Copy, edits: Sequence[Edit]) -> None:
    """Write edits into a copy, for the fixers that come after."""
    for edit in edits:
        place = copy.folder / edit.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(edit.after.encode())


def _take_back(copy: Copy, edit: Edit) -> None:
    if edit.before is None:
        (copy.folder / edit.path).unlink()
    else:
        (copy.folder / edit.path).write_bytes(edit.before.encode())
