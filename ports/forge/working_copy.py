"""May a branch be moved that somebody has checked out in the origin, and does that follow?"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ports.forge import PermanentError
from ports.git import Git, GitFailed

MARK = "selfimprove-following"
FOLLOWS = "updateinstead"


class WorkingCopy:
    """The checkout that belongs to an origin which is not bare, if there is one."""

    def __init__(self, git: Git) -> None:
        self.git = git

    @contextmanager
    def moving(self, branch: str, old: str, new: str) -> Iterator[None]:
        """Bring the checkout along with what moves the branch within.

        The owner decides by git's own setting, receive.denyCurrentBranch: moving a branch under
        a checkout makes its owner's next commit undo the merge, so the default is to refuse.
        """
        folder = self._following(branch)
        if folder is None:
            yield
            return
        with (self.git.git_dir / f"{MARK}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            follow = self._along(folder, old, new)
            # Written before and removed after: what a kill leaves in between is not the owner's
            # doing, and is brought to its end by whoever looks next.
            self._mark.write_text(f"{branch} {old} {new}")
            try:
                yield
            except BaseException:
                self._mark.unlink()
                raise
            follow()
            self._mark.unlink()

    def finish(self) -> None:
        """Bring the checkout to where a merge left it whose worker was killed."""
        if not self._mark.exists():
            return
        with (self.git.git_dir / f"{MARK}.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:  # whoever moves it lives
                return
            if self._mark.exists():
                self._finish(*self._mark.read_text().split())

    def _finish(self, branch: str = "", old: str = "", new: str = "") -> None:
        folder = self._checked_out(branch) if new and self._policy() == FOLLOWS else None
        if folder is not None and self._at(branch) == new:
            self._complete(Git(self.git.git_dir, work_tree=folder), old, new)
        self._mark.unlink()

    def _complete(self, tree: Git, old: str, new: str) -> None:
        """Let each file of the merge be as it is there; it is as before, or that already."""
        tree.run("update-index", "-q", "--refresh", accept=(0, 1))
        moved = set(_names(tree, "diff-tree", "-r", old, new))
        as_before, as_after = (moved - set(_names(tree, "diff", end)) for end in (old, new))
        if others := sorted(moved - as_before - as_after):
            names = ", ".join(others[:10])
            raise PermanentError(
                f"{tree.work_tree} cannot follow the merge {new[:12]}: {names} changed meanwhile;"
                f" undo that (git -C {tree.work_tree} checkout HEAD -- {names})"
            )
        kept = set(_names(tree, "diff-tree", "-r", "--diff-filter=d", old, new))
        if there := sorted(moved & kept):
            tree.run("checkout", "--quiet", new, "--", *there)
        if gone := sorted(moved - kept):
            tree.run("rm", "--quiet", "--force", "--ignore-unmatch", "--", *gone)

    @property
    def _mark(self) -> Path:
        return self.git.git_dir / MARK

    def _at(self, branch: str) -> str:
        name = f"refs/heads/{branch}"
        return self.git.run("rev-parse", "--verify", "--quiet", name, accept=(0, 1)).text

    def _following(self, branch: str) -> Path | None:
        """Return the folder that has the branch checked out and is to follow it, if one has."""
        folder = self._checked_out(branch)
        if folder is None:
            return None
        policy = self._policy()
        if policy in ("ignore", "warn", "false"):
            return None
        if policy != FOLLOWS:
            raise PermanentError(_advice(branch, folder))
        return folder

    def _along(self, folder: Path, old: str, new: str) -> Callable[[], None]:
        tree = Git(self.git.git_dir, work_tree=folder)
        changed = tree.run("status", "--porcelain", "--untracked-files=no").text
        if changed:
            raise PermanentError(f"{folder} has changes that are not committed:\n{changed}")
        # read-tree takes a file that was only touched for a changed one until the index knows.
        tree.run("update-index", "-q", "--refresh", accept=(0, 1))
        move = ("read-tree", "-u", "-m", old, new)
        try:
            tree.run(move[0], "--dry-run", *move[1:])
        except GitFailed as error:
            raise PermanentError(f"{folder} cannot follow the merge: {error.words}") from error

        def follow() -> None:
            tree.run(*move)

        return follow

    def _checked_out(self, branch: str) -> Path | None:
        if (
            self.git.text("config", "--type=bool", "--default=false", "--get", "core.bare")
            == "true"
        ):
            return None
        head = self.git.run("symbolic-ref", "--quiet", "HEAD", accept=(0, 1)).text
        folder = self.git.git_dir.parent
        return folder if head == f"refs/heads/{branch}" else None

    def _policy(self) -> str:
        output = self.git.run("config", "--get", "receive.denyCurrentBranch", accept=(0, 1))
        return output.text.casefold()


def _names(tree: Git, *command: str) -> list[str]:
    name, *rest = command
    return tree.run(name, "--name-only", "-z", "--no-renames", *rest, "--").fields()


def _advice(branch: str, folder: Path) -> str:
    return (
        f"{branch} is checked out in {folder}, and moving it there would confuse that checkout."
        f" Either let git bring it along (git -C {folder} config receive.denyCurrentBranch"
        f" updateInstead), or check out another branch there, or make a bare origin"
        f" (git clone --bare {folder})"
    )
