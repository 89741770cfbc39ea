"""What can be asked of, and done to, the managed clone of a target?"""

import re
import shutil
import uuid
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from django.conf import settings

from ports.git import ZERO, Git, GitFailed, Output
from ports.git_access import Access, Own
from targets import blobs, changes, commits, exports
from targets.changes import Change, ChangedFile, DiffDoesNotApply
from targets.commits import BadPath, Commit, NothingToRevert, RevertConflicts
from targets.locks import locked
from targets.models import Target
from targets.origins import reaching
from targets.origins.access import access_of
from targets.origins.reaching import OriginUnreachable, PushRefused
from targets.quarantine import sweep

__all__ = [
    "ZERO",
    "BadName",
    "BadPath",
    "Change",
    "ChangedFile",
    "Commit",
    "DiffDoesNotApply",
    "NothingToRevert",
    "OriginUnreachable",
    "PathMissing",
    "PushRefused",
    "RefMissing",
    "RefMoved",
    "Repository",
    "RevertConflicts",
]

ATTEMPTS = 20
_WHOLE = re.compile(r"[0-9a-f]{40}")
_NAME = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_./^~{}+@-]*")


class PathMissing(Exception):
    """The commit has no such file."""

    def __init__(self, commit: str, path: str) -> None:
        self.commit = commit
        self.path = path
        super().__init__(f"{path} does not exist in {commit[:12]}")


class RefMissing(Exception):
    """Neither the clone nor the origin has this branch."""


class RefMoved(Exception):
    """Somebody else moved the ref first."""


class BadName(Exception):
    """This is not the name of a commit or a ref."""


class Repository:
    """A bare clone that we own: its refs move by compare-and-swap, its files by plumbing."""

    def __init__(self, git_dir: Path, access: Access | None = None) -> None:
        self.git_dir = git_dir.absolute()
        self.git = Git(self.git_dir)
        self.access = access or Own()

    @classmethod
    def of(cls, target: Target) -> "Repository":
        """Return the managed clone of a target; make it when it is missing."""
        git_dir = Path(settings.DATA_DIR) / "clones" / f"{target.slug}.git"
        return cls.create(git_dir, origin=target.origin, access=access_of(target))

    @classmethod
    def create(cls, git_dir: Path, *, origin: str, access: Access | None = None) -> "Repository":
        """Return the clone at a path, made when missing, pointed at this origin."""
        repository = cls(git_dir, access)
        with repository.lock():
            if not (git_dir / "HEAD").exists():
                _initialise(git_dir)
            current = repository.git.run("config", "--get", "remote.origin.url", accept=(0, 1))
            if current.text != origin:
                repository.git.run("config", "--replace-all", "remote.origin.url", origin)
        return repository

    def lock(self) -> AbstractContextManager[None]:
        """Hold this clone against every other worker; nested use in one thread is fine."""
        return locked(self.git_dir.with_name(f"{self.git_dir.name}.lock"))

    def reach(self, *arguments: str) -> Output:
        """Run git against the origin, with the right that we have there."""
        return reaching.reach(self.git, self.access, *arguments)

    def fetch(self) -> None:
        """Learn what the origin has, and move our own branches forward, never back or aside."""
        with self.lock():
            sweep(self.git_dir)
            reaching.fetch(self.git, self.access)
            self._follow()

    def head(self, branch: str) -> str:
        """Return the commit that a branch is at: ours, or the origin's when we have none."""
        found = self.ref(f"refs/heads/{branch}") or self.remote_head(branch)
        if found is None:
            raise RefMissing(f"there is no branch {branch}")
        return found

    def remote_head(self, branch: str) -> str | None:
        """Return the commit that the origin's branch was at when we last fetched."""
        return self.ref(f"refs/remotes/origin/{branch}")

    def ref(self, name: str) -> str | None:
        """Return what a full ref name points at, or None."""
        output = self.git.run("rev-parse", "--verify", "--quiet", _named(name), accept=(0, 1))
        return output.text or None

    def refs(self, prefix: str) -> dict[str, str]:
        """Return all refs under a prefix with what they point at."""
        lines = self.git.text("for-each-ref", "--format=%(refname) %(objectname)", _named(prefix))
        pairs = (line.rpartition(" ") for line in lines.splitlines())
        return {name: sha for name, _, sha in pairs}

    def update_ref(self, ref: str, new: str, old: str) -> None:
        """Move a ref from `old` (ZERO: it is new) to `new`; raise RefMoved when elsewhere."""
        self._swap(ref, old, "update-ref", "--no-deref", _named(ref), _named(new), _named(old))

    def delete_ref(self, ref: str, old: str) -> None:
        """Remove a ref that still points at `old`."""
        self._swap(ref, old, "update-ref", "--no-deref", "-d", _named(ref), _named(old))

    def read(self, commit: str, path: str) -> bytes:
        """Return the content of a file in a commit or tree."""
        try:
            return self.read_all(commit, (path,))[path]
        except KeyError:
            raise PathMissing(commit, path) from None

    def read_all(self, commit: str, paths: Sequence[str]) -> dict[str, bytes]:
        """Return the content of those paths that are files of a commit or tree."""
        return blobs.at(self.git, _named(commit), paths)

    def paths(self, commit: str) -> tuple[str, ...]:
        """Return the paths of all files in a commit or tree."""
        output = self.git.run("ls-tree", "-r", "-z", "--full-tree", "--name-only", _named(commit))
        return tuple(output.fields())

    def mentioning(self, commit: str, word: str) -> tuple[str, ...]:
        """Return the paths of the files whose text holds a word in a commit."""
        flags = ("-l", "-z", "-w", "--fixed-strings", "--full-name", "-e", word)
        name = _named(commit)
        found = self.git.run("grep", *flags, name, "--", accept=(0, 1)).fields()
        return tuple(path.removeprefix(f"{name}:") for path in found)

    def apply(self, base: str, diff: str) -> Change:
        """Return the change that a diff makes to a commit; raise DiffDoesNotApply."""
        return changes.apply(self.git, base=self._commit(base), diff=diff)

    def between(self, base: str, head: str) -> Change:
        """Return the change that leads from one commit to another, as `apply` would tell it."""
        return changes.between(self.git, base=self._commit(base), head=self._commit(head))

    def diff(self, old: str, new: str) -> str:
        """Return the canonical diff of two commits or trees."""
        text = changes.canonical(self.git, old=_named(old), new=_named(new))
        return text.decode("utf-8", "backslashreplace")

    def changed_paths(self, old: str, new: str) -> tuple[str, ...]:
        """Return the paths that differ between two commits or trees."""
        flags = ("-r", "-z", "--name-only", "--no-renames")
        return tuple(self.git.run("diff-tree", *flags, _named(old), _named(new), "--").fields())

    def commit_tree(
        self,
        tree: str,
        parents: Sequence[str],
        message: str,
        at: datetime,
        author: str = "selfimprove",
    ) -> str:
        """Write a commit of a tree; no ref moves."""
        return commits.commit_tree(
            self.git, tree=_named(tree), parents=parents, message=message, at=at, author=author
        )

    def commit_files(
        self,
        branch: str,
        files: Mapping[str, bytes | None],
        message: str,
        at: datetime,
        author: str = "selfimprove",
    ) -> str:
        """Commit files (None removes one) on a branch, made as an orphan when it is missing.

        Return the branch's commit; nothing is committed when the files are already so.
        """
        ref = f"refs/heads/{branch}"
        with self.lock():
            for _ in range(ATTEMPTS):
                ours = self.ref(ref)
                parent = ours or self.remote_head(branch)
                tree = commits.tree_with(self.git, parent=parent, files=files)
                if parent and tree == self.git.text("rev-parse", f"{parent}^{{tree}}"):
                    return parent
                parents = [parent] if parent else []
                new = self.commit_tree(tree, parents, message, at, author)
                try:
                    self.update_ref(ref, new, ours or ZERO)
                except RefMoved:
                    continue
                return new
        raise RefMoved(f"{branch} kept moving: {ATTEMPTS} attempts to commit to it failed")

    def revert(self, commit: str, onto: str, message: str, at: datetime) -> str:
        """Write the commit on top of `onto` that takes `commit` back; `message` is the reason."""
        return commits.revert(
            self.git, commit=self._commit(commit), onto=self._commit(onto), reason=message, at=at
        )

    def is_ancestor(self, old: str, new: str) -> bool:
        """Tell whether `new` contains `old`."""
        return commits.is_ancestor(self.git, old=_named(old), new=_named(new))

    def push(self, *refspecs: str) -> None:
        """Push refspecs to the origin, all or none."""
        if not refspecs or any(spec.startswith("-") for spec in refspecs):
            raise BadName(f"not a refspec: {' '.join(refspecs) or 'nothing'}")
        reaching.push(self.git, self.access, *refspecs)

    def log(self, branch: str, limit: int = 50) -> tuple[Commit, ...]:
        """Return the newest commits of a branch or commit, newest first."""
        start = branch if _WHOLE.fullmatch(branch) else self.head(branch)
        return commits.log(self.git, start=start, limit=limit)

    def export(self, tree: str, destination: Path) -> tuple[str, ...]:
        """Write a tree's files as a plain copy; return what leads outside and was left out."""
        return exports.export(self.git, tree=_named(tree), destination=destination)

    def _commit(self, name: str) -> str:
        if _WHOLE.fullmatch(name):  # whatever reads it as a commit will say so if it is none
            return name
        return self.git.text("rev-parse", "--verify", "--quiet", f"{_named(name)}^{{commit}}")

    def _follow(self) -> None:
        ours = self.refs("refs/heads")
        theirs = self.refs("refs/remotes/origin")
        for ref, mine in ours.items():
            seen = theirs.get(ref.replace("refs/heads/", "refs/remotes/origin/", 1))
            if seen and seen != mine and self.is_ancestor(mine, seen):
                self.update_ref(ref, seen, mine)

    def _swap(self, ref: str, old: str, *command: str) -> None:
        try:
            self.git.run(*command)
        except GitFailed as error:
            found = self.ref(ref) or ZERO
            if found == old:
                raise
            raise RefMoved(f"{ref} is at {found[:12]}, not at {old[:12]}") from error


def _initialise(git_dir: Path) -> None:
    """Make an empty clone beside its place and move it there whole."""
    git_dir.parent.mkdir(parents=True, exist_ok=True)
    draft = git_dir.with_name(f".{git_dir.name}.{uuid.uuid4().hex}")
    try:
        Git(draft).run("init", "--quiet", "--bare", "--template=", str(draft))
        draft.rename(git_dir)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _named(name: str) -> str:
    """Return a commit or ref name that git cannot take for an option or a range."""
    if not _NAME.fullmatch(name) or ".." in name:
        raise BadName(f"not the name of a commit or ref: {name!r}")
    return name
