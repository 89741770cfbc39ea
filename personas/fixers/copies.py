"""How does a fixer get a copy of a commit, and what did it change, as git itself would say it?"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from personas.fixers import Copy, Edit
from personas.fixers.trying import Suite
from ports.git import Git, GitFailed

DIFF = ("-c", "core.quotepath=off", "diff", "--no-ext-diff", "--no-textconv", "--no-color")


class NoCopy(Exception):
    """Say why there is no copy of that commit."""


@contextmanager
def checked_out(repository: Path, base: str, tests: Suite | None) -> Iterator[tuple[Copy, Git]]:
    """Check a commit out somewhere else; nothing of the repository is written or run."""
    with TemporaryDirectory(prefix="fixing-") as place:
        folder = Path(place) / "copy"
        try:
            folder.mkdir()
            words = ["clone", "--quiet", "--bare", "--no-hardlinks", "--no-tags"]
            there = Path(place) / "git"  # apart, since a sandbox takes no copy that has a .git
            Git(there).run(*words, str(repository.absolute()), str(there))
            git = Git(there, work_tree=folder)
            commit = git.text("rev-parse", "--verify", "--quiet", f"{base}^{{commit}}").strip()
            git.run("-c", "core.hooksPath=/dev/null", "checkout", "--quiet", "--detach", commit)
            paths = tuple(sorted(git.run("ls-files", "-z").fields()))
        except GitFailed as error:
            raise NoCopy(f"{repository} has no commit {base} that can be checked out") from error
        yield Copy(folder, paths, tests), git


def put(copy: Copy, edits: tuple[Edit, ...]) -> None:
    """Write edits into a copy."""
    for edit in edits:
        place = copy.folder / edit.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(edit.after.encode())


def take_back(copy: Copy, edits: tuple[Edit, ...]) -> None:
    """Put a copy back to what it was before these edits."""
    for edit in edits:
        if edit.before is None:
            (copy.folder / edit.path).unlink()
        else:
            (copy.folder / edit.path).write_bytes(edit.before.encode())


def diff(git: Git, *paths: str) -> str:
    """Return the canonical diff of what is in the copy now."""
    git.run("add", "--intent-to-add", "--all")
    options = ("--full-index", "-U3", "HEAD", "--", *paths)
    return git.run(*DIFF, *options).stdout.decode("utf-8", "surrogateescape")


def size(git: Git, path: str) -> int:
    """Count the lines that are added and removed in a file."""
    git.run("add", "--intent-to-add", "--all")
    told = git.run("diff", "--numstat", "--no-ext-diff", "HEAD", "--", path).text.split()
    return sum(int(one) for one in told[:2] if one.isdigit())
