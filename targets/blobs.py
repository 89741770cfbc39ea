"""What do these files hold, read many at once?"""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from ports.git import Git
from targets.commits import is_path

BATCH, TOGETHER = 128, 2048  # in memory at a time: of unknown size, and of known
MOST_BYTES = 8 * 1024 * 1024  # of those whose size is known
ASKED = 200  # paths in one command
LINK = "120000"


def contents(
    git: Git, blobs: Sequence[str], sizes: Sequence[int] | None = None
) -> Iterator[bytes]:
    """Yield what each blob holds, in their order; fewer questions where sizes are known."""
    start = 0
    while start < len(blobs):
        many = _together(sizes[start : start + TOGETHER]) if sizes else BATCH
        part = blobs[start : start + many]
        start += len(part)
        names = "".join(f"{blob}\n" for blob in part).encode()
        stream = git.run("cat-file", "--batch", stdin=names).stdout
        position = 0
        for _ in part:
            end = stream.index(b"\n", position)
            size = int(stream[position:end].rpartition(b" ")[2])
            yield stream[end + 1 : end + 1 + size]
            position = end + 1 + size + 1


def _together(sizes: Sequence[int]) -> int:
    """Count how many of the next fit into memory, one at least."""
    fitting = (number for number, sum_of in enumerate(accumulate(sizes)) if sum_of > MOST_BYTES)
    return max(1, next(fitting, len(sizes)))


def at(git: Git, tree: str, paths: Sequence[str]) -> dict[str, bytes]:
    """Return the content of those paths that are files of a commit or tree."""
    wanted = [path for path in dict.fromkeys(paths) if is_path(path)]
    found: dict[str, str] = {}
    for start in range(0, len(wanted), ASKED):
        part = wanted[start : start + ASKED]
        for record in git.run("ls-tree", "-z", "--full-tree", tree, "--", *part).fields():
            details, _, path = record.partition("\t")
            if path in part and details.split(" ")[1] == "blob":
                found[path] = details.split(" ")[2]
    return dict(zip(found, contents(git, list(found.values())), strict=True))


def sizes(git: Git, tree: str) -> dict[str, int]:
    """Return the number of bytes of every file in a commit or tree; links are no files."""
    found = {}
    for record in git.run("ls-tree", "-r", "-z", "-l", "--full-tree", tree).fields():
        details, _, path = record.partition("\t")
        mode, kind, _name, size = details.split()
        if kind == "blob" and mode != LINK:
            found[path] = int(size)
    return found
