"""May what a fixer brings up stay? Nothing new may be wrong, and it must be small."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from personas.fixers import Copy, Edit, copies, findings
from personas.fixers.findings import Found
from personas.fixers.trying import Came, CouldNotTry
from ports.git import Git

MOST_FILES = 10
MOST_LINES = 400


@dataclass(frozen=True)
class Dropped:
    """Say which edit does not stay, and why."""

    fixer: str
    path: str
    reason: str


@dataclass
class State:
    """Hold what is known of a copy as it stands, which is what the next edit is held to."""

    copy: Copy
    git: Git
    found: Found
    came: Came | None
    tests: str  # why they were not run, or nothing
    kept: list[tuple[str, Edit]] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)

    @property
    def files(self) -> set[str]:
        """Return every file that was changed so far."""
        return {edit.path for _, edit in self.kept}


def begin(copy: Copy, git: Git) -> State:
    """Look at the copy before anything is changed."""
    came, why = _tests(copy)
    return State(copy, git, findings.find(copy), came, why)


def admit(state: State, fixer: str, edits: Sequence[Edit]) -> None:
    """Keep the edits of one fixer that nothing speaks against, file by file."""
    small: list[Edit] = []
    for edit in edits:
        if reason := _too_large(state, edit, small):
            state.dropped.append(Dropped(fixer, edit.path, reason))
        else:
            small.append(edit)
    good, found = _without_findings(state, fixer, small)
    if good and not _together(state, fixer, good, found):
        for edit in good:  # one of them is at fault, so each is looked at by itself
            _alone(state, fixer, edit)


def _too_large(state: State, edit: Edit, others: Sequence[Edit]) -> str:
    files = state.files | {one.path for one in others} | {edit.path}
    if len(files) > MOST_FILES:
        return f"more than {MOST_FILES} files would change"
    copies.put(state.copy, (edit,))
    lines = copies.size(state.git, edit.path)
    copies.take_back(state.copy, (edit,))
    before = sum(copies.size(state.git, path) for path in state.files - {edit.path})
    if before + lines > MOST_LINES:
        return f"more than {MOST_LINES} lines would change"
    return ""


def _without_findings(
    state: State, fixer: str, edits: list[Edit]
) -> tuple[tuple[Edit, ...], Found | None]:
    """Drop edits until nothing new is found; a finding elsewhere drops the whole."""
    left, found = list(edits), None
    while left:
        copies.put(state.copy, tuple(left))
        found = findings.find(_with(state.copy, tuple(left)))
        new = found.new_since(state.found)
        copies.take_back(state.copy, tuple(left))
        if not new:
            break
        blamed = {path for _, path, _ in new} & {edit.path for edit in left}
        for edit in [one for one in left if one.path in blamed or not blamed]:
            mine = next((one for one in new if one[1] == edit.path), new[0])
            where = f" in {mine[2]}" if mine[2] else ""
            elsewhere = "" if mine[1] == edit.path else f" in {mine[1]}"
            reason = f"{mine[0]} is found anew{where}{elsewhere}"
            state.dropped.append(Dropped(fixer, edit.path, reason))
            left.remove(edit)
    return tuple(left), found


def _together(
    state: State, fixer: str, edits: tuple[Edit, ...], found: Found | None = None
) -> bool:
    """Keep the edits if no test fails that did not fail before."""
    copies.put(state.copy, edits)
    if state.came is not None:
        came, why = _tests(state.copy)
        if why or came is None or _broken(state.came, came):
            copies.take_back(state.copy, edits)
            return False
        state.came = came
    state.found = found or findings.find(_with(state.copy, edits))
    state.copy = _with(state.copy, edits)
    state.kept += [(fixer, edit) for edit in edits]
    return True


def _alone(state: State, fixer: str, edit: Edit) -> None:
    if state.came is None or not _together(state, fixer, (edit,)):
        copies.put(state.copy, (edit,))
        came, why = _tests(state.copy)
        copies.take_back(state.copy, (edit,))
        broken = _broken(state.came, came) if state.came and came else []
        reason = why or f"{broken[0]} fails" if why or broken else "it fails only beside others"
        state.dropped.append(Dropped(fixer, edit.path, reason))


def _broken(before: Came, after: Came) -> list[str]:
    """Name the tests that passed and do not pass now; one that is gone does not pass."""
    return sorted(name for name in before.passing if not after.outcomes.get(name, False))


def _tests(copy: Copy) -> tuple[Came | None, str]:
    if copy.tests is None:
        return None, "no way to run the tests is set up"
    try:
        return copy.tests.run(copy.folder), ""
    except CouldNotTry as error:
        return None, str(error)


def _with(copy: Copy, edits: tuple[Edit, ...]) -> Copy:
    paths = tuple(sorted({*copy.paths, *(edit.path for edit in edits)}))
    return Copy(copy.folder, paths, copy.tests)
