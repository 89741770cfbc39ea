"""Small real repositories for the tests of the ports."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from ports.git import EMPTY_TREE, ZERO, Git, identity

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def make_bare(place: Path, files: Mapping[str, str]) -> Git:
    """Return a bare repository with one commit on main."""
    git = Git(place)
    git.run("init", "--quiet", "--bare", str(place))
    commit(git, "main", files)
    return git


def commit(git: Git, branch: str, files: Mapping[str, str], start: str = "") -> str:
    """Commit files on a branch, begun at `start` when it is new, and return the commit."""
    old = git.run("rev-parse", "--verify", "-q", f"refs/heads/{branch}", accept=(0, 1)).text
    parent = old or start
    index = {"GIT_INDEX_FILE": str(git.git_dir / "test-index")}
    git.run("read-tree", parent or EMPTY_TREE, environment=index)
    for path, text in files.items():
        blob = git.run("hash-object", "-w", "--stdin", stdin=text.encode()).text
        entry = f"100644 {blob}\t{path}\0".encode()
        git.run("update-index", "-z", "--index-info", stdin=entry, environment=index)
    tree = git.run("write-tree", environment=index).text
    parents = ("-p", parent) if parent else ()
    signed = identity("alice", int(AT.timestamp()))
    made = git.run("commit-tree", *parents, tree, stdin=b"Change\n", environment=signed).text
    git.run("update-ref", f"refs/heads/{branch}", made, old or ZERO)
    return made


def sha(git: Git, name: str) -> str:
    """Return the commit that a name stands for."""
    return git.text("rev-parse", "--verify", name)
