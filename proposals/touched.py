"""What change does a diff mean, and which files does it touch, as rows and as words?"""

from collections.abc import Iterable
from dataclasses import dataclass

from personas import edits
from targets.repository import Change, ChangedFile, DiffDoesNotApply, PathMissing, Repository

NUMBERS = "line numbers or counts"
_STATUS_WORDS = {"A": "added", "M": "modified", "D": "deleted", "T": "type changed"}


def files_of(change: Change) -> list[dict[str, str | int]]:
    """List the changed files as they are stored on the row."""
    return [
        {
            "path": file.path,
            "status": file.status,
            "added": file.added,
            "removed": file.removed,
            "old_mode": file.old_mode,
            "new_mode": file.new_mode,
        }
        for file in change.files
    ]


def describe_files(files: Iterable[ChangedFile]) -> str:
    """Write the “Affected files” section from git's own tree diff."""
    return "\n".join(
        f"- `{file.path}` — {_STATUS_WORDS[file.status]}, +{file.added} −{file.removed}"
        for file in files
    )


def refuse_hidden_names(change: Change) -> None:
    """Refuse file names that no page and no document can show as they are."""
    for path in change.paths:
        if not path.isprintable():
            raise DiffDoesNotApply(f"{path!r} is a file name with invisible characters")


@dataclass(frozen=True)
class Placed:
    """Hold the change; and where something was overlooked, what, and the diff as handed in."""

    change: Change
    repairs: str = ""
    handed_in: str = ""


def placed(repository: Repository, base: str, diff: str) -> Placed:
    """Return the change that the diff means; raises DiffDoesNotApply.

    Each hunk is found by the lines that it says are there, and only where they are once. Git's
    own reading serves to tell whether anything was overlooked: by itself it stops where a wrong
    count says so, without a word, and takes the nearest of several places.
    """
    strict = _strict(repository, base, diff)
    try:
        found = edits.repaired(diff, lambda path: _text(repository, base, path))
    except edits.CannotEdit as error:
        return Placed(_only_by_git(strict, error))
    if isinstance(strict, Change) and _counted(strict) == found.lines:
        return Placed(strict)
    change = repository.apply(base, found.diff)
    if isinstance(strict, Change) and strict.digest == change.digest:
        return Placed(strict)
    return Placed(change, "; ".join(found.repairs or (NUMBERS,)), diff)


def _counted(change: Change) -> int:
    return sum(file.added + file.removed for file in change.files)


def _strict(repository: Repository, base: str, diff: str) -> Change | DiffDoesNotApply:
    try:
        return repository.apply(base, diff)
    except DiffDoesNotApply as error:
        return error


def _only_by_git(strict: Change | DiffDoesNotApply, error: edits.CannotEdit) -> Change:
    """Take what only git can read (modes, names), but nothing that has two meanings."""
    if isinstance(strict, DiffDoesNotApply):
        raise DiffDoesNotApply(f"{strict.reason}; nor can it be placed by its lines: {error}")
    if isinstance(error, edits.Unclear):
        raise DiffDoesNotApply(str(error))
    return strict


def _text(repository: Repository, base: str, path: str) -> str | None:
    try:
        return repository.read(base, path).decode()
    except (PathMissing, UnicodeDecodeError):
        return None
