"""Which files does a change touch, as rows and as words?"""

from collections.abc import Iterable

from targets.repository import Change, ChangedFile, DiffDoesNotApply

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
