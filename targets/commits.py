"""How does a commit come into being without a work tree?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ports.git import EMPTY_TREE, Git, identity
from targets.quarantine import Quarantine, quarantine


@dataclass(frozen=True)
class Commit:
    """One line of a branch's history."""

    sha: str
    parents: tuple[str, ...]
    author: str
    at: datetime
    message: str

    @property
    def subject(self) -> str:
        """Return the first line of the message."""
        return self.message.partition("\n")[0]


class BadPath(Exception):
    """This path cannot be a file of a tree."""


class RevertConflicts(Exception):
    """Later commits changed the same lines: the commit cannot be taken back by itself."""

    def __init__(self, commit: str, paths: Sequence[str]) -> None:
        self.commit = commit
        self.paths = tuple(paths)
        where = ", ".join(self.paths) or "unknown paths"
        super().__init__(f"taking back {commit[:12]} conflicts with later commits in {where}")


class NothingToRevert(RevertConflicts):
    """The commit's effect is already gone from the branch."""

    def __init__(self, commit: str) -> None:
        super().__init__(commit, ())
        self.args = (f"the effect of {commit[:12]} is already gone",)


def commit_tree(
    git: Git,
    *,
    tree: str,
    parents: Sequence[str],
    message: str,
    at: datetime,
    author: str,
) -> str:
    """Write a commit of a tree and return its id; the same arguments give the same id."""
    flags = [part for parent in parents for part in ("-p", parent)]
    signed = identity(author, int(at.timestamp()))
    text = (message.strip() + "\n").encode("utf-8", "replace")
    return git.run("commit-tree", *flags, tree, stdin=text, environment=signed).text


def tree_with(git: Git, *, parent: str | None, files: Mapping[str, bytes | None]) -> str:
    """Return the tree of a commit with these files written (bytes) or removed (None)."""
    wrong = [path for path in files if not is_path(path)]
    if wrong:
        raise BadPath(f"not the path of a file: {wrong[0]!r}")
    with quarantine(git) as inside:
        if parent is None:
            inside.run("read-tree", "--empty")
        else:
            inside.run("read-tree", f"{parent}^{{commit}}")
        entries = [_entry(inside, path, content) for path, content in sorted(files.items())]
        inside.run("update-index", "-z", "--index-info", stdin="".join(entries).encode())
        tree = inside.text("write-tree")
        inside.release()
    return tree


def revert(git: Git, *, commit: str, onto: str, reason: str, at: datetime) -> str:
    """Write the commit that takes back `commit` on top of `onto`; no ref moves."""
    before = _first_parent_tree(git, commit)
    with quarantine(git) as inside:
        tree = _three_way(inside, ancestor=f"{commit}^{{tree}}", ours=onto, theirs=before)
        if isinstance(tree, tuple):
            raise RevertConflicts(commit, tree)
        inside.release()
    if tree == git.text("rev-parse", f"{onto}^{{tree}}"):
        raise NothingToRevert(commit)
    message = _revert_message(git, commit, reason)
    return commit_tree(
        git, tree=tree, parents=[onto], message=message, at=at, author="selfimprove"
    )


def is_path(path: str) -> bool:
    """Tell whether this can be the path of a file in a tree: git skips others without a word."""
    parts = path.split("/")
    return "\0" not in path and all(
        part not in ("", ".", "..") and part.casefold() != ".git" for part in parts
    )


def log(git: Git, *, start: str, limit: int) -> tuple[Commit, ...]:
    """Return the newest commits reachable from a commit, newest first."""
    form = "--format=%H%x00%P%x00%an%x00%at%x00%B"
    output = git.run("log", "-z", f"-{int(limit)}", form, start, "--")
    fields = output.stdout.decode("utf-8", "replace").split("\0")
    return tuple(_commit(*fields[i : i + 5]) for i in range(0, len(fields) - 4, 5))


def _entry(inside: Quarantine, path: str, content: bytes | None) -> str:
    if content is None:
        return f"0 {'0' * 40}\t{path}\0"
    blob = inside.run("hash-object", "-w", "--stdin", stdin=content).text
    return f"100644 {blob}\t{path}\0"


def _first_parent_tree(git: Git, commit: str) -> str:
    parents = git.text("rev-list", "--parents", "-n", "1", commit, "--").split()[1:]
    return git.text("rev-parse", f"{parents[0]}^{{tree}}") if parents else EMPTY_TREE


def _three_way(
    inside: Quarantine, *, ancestor: str, ours: str, theirs: str
) -> str | tuple[str, ...]:
    """Merge three trees; return the merged tree, or the paths in conflict.

    merge-tree takes commits and finds their ancestor itself, so each tree is dressed as a
    commit of the quarantine whose parent is the ancestor's.
    """
    root = _dressed(inside, ancestor)
    sides = [_dressed(inside, f"{side}^{{tree}}", root) for side in (ours, theirs)]
    output = inside.run(
        "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", *sides, accept=(0, 1)
    )
    tree, *conflicts = output.fields()
    return tree if output.code == 0 else tuple(conflicts)


def _dressed(inside: Quarantine, tree: str, *parents: str) -> str:
    flags = [part for parent in parents for part in ("-p", parent)]
    name = inside.text("rev-parse", "--verify", tree)
    when = identity("selfimprove", 0)
    return inside.run("commit-tree", *flags, name, stdin=b"side\n", environment=when).text


def _revert_message(git: Git, commit: str, reason: str) -> str:
    sentence = f"This reverts commit {commit}."
    if sentence in reason:
        return reason
    subject = git.text("log", "-1", "--format=%s", commit, "--")
    return f'Revert "{subject}"\n\n{sentence}\n\n{reason.strip()}'


def is_ancestor(git: Git, *, old: str, new: str) -> bool:
    """Tell whether `new` contains `old`."""
    return git.run("merge-base", "--is-ancestor", old, new, accept=(0, 1)).code == 0


def _commit(sha: str, parents: str, author: str, at: str, message: str) -> Commit:
    when = datetime.fromtimestamp(int(at), tz=UTC)
    return Commit(sha.strip(), tuple(parents.split()), author, when, message.strip())
