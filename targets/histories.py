"""Which commits of a branch changed these files, and what did the files hold then?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ports.git import ZERO, Git

BATCH = 64


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


def contents(git: Git, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield each blob with its content, few of them in memory at a time."""
    wanted = list(dict.fromkeys(blobs))
    for start in range(0, len(wanted), BATCH):
        part = wanted[start : start + BATCH]
        names = "".join(f"{blob}\n" for blob in part).encode()
        stream = git.run("cat-file", "--batch", stdin=names).stdout
        position = 0
        for blob in part:
            end = stream.index(b"\n", position)
            size = int(stream[position:end].split(b" ")[2])
            yield blob, stream[end + 1 : end + 1 + size]
            position = end + 1 + size + 1


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
