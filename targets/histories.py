"""Which commits of a branch changed these files?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ports.git import ZERO, Git


@dataclass(frozen=True)
class Touch:
    """One commit of the branch's own line that changed a file; a blob is None where none was."""

    commit: str
    author: str
    at: datetime
    message: str
    path: str
    old: str | None
    new: str | None


def touches(git: Git, *, head: str, paths: Sequence[str], limit: int) -> tuple[Touch, ...]:
    """Return what the newest commits did to the files, newest first.

    A merge is told as what it brought to the branch: the commits behind it are its own affair.
    """
    if not paths:
        return ()
    fields = git.run(
        "log", "-z", f"-{int(limit)}", "--first-parent", "-m", "--raw", "--no-abbrev",
        "--no-renames", "--no-ext-diff", "--format=%H%x00%an%x00%at%x00%B", head, "--", *paths,
    ).stdout.decode("utf-8", "replace").split("\0")  # fmt: skip
    return tuple(_read(fields))


def _read(fields: Sequence[str]) -> Iterator[Touch]:
    position = 0
    while position + 3 < len(fields):
        commit, author, at, message = (field.strip() for field in fields[position : position + 4])
        position += 4
        when = datetime.fromtimestamp(int(at), tz=UTC)
        while position < len(fields) and fields[position].lstrip("\n").startswith(":"):
            _, _, old, new, _ = fields[position].strip().split(" ")
            path = fields[position + 1]
            yield Touch(commit, author, when, message, path, _blob(old), _blob(new))
            position += 2


def _blob(name: str) -> str | None:
    return None if name == ZERO else name
