"""May a branch be moved that somebody has checked out in the origin?"""

from collections.abc import Callable
from pathlib import Path

from ports.forge import PermanentError
from ports.git import Git, GitFailed


class WorkingCopy:
    """The checkout that belongs to an origin which is not bare, if there is one."""

    def __init__(self, git: Git) -> None:
        self.git = git

    def prepare(self, branch: str, old: str, new: str) -> Callable[[], None]:
        """Return what brings the checkout along once the branch has moved.

        The owner decides by git's own setting, receive.denyCurrentBranch: moving a branch under
        a checkout makes its owner's next commit undo the merge, so the default is to refuse.
        """
        folder = self._checked_out(branch)
        if folder is None:
            return _nothing
        policy = self._policy()
        if policy in ("ignore", "warn", "false"):
            return _nothing
        if policy != "updateinstead":
            raise PermanentError(_advice(branch, folder))
        return self._along(folder, old, new)

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


def _nothing() -> None:
    """Leave everything as it is."""


def _advice(branch: str, folder: Path) -> str:
    return (
        f"{branch} is checked out in {folder}, and moving it there would confuse that checkout."
        f" Either let git bring it along (git -C {folder} config receive.denyCurrentBranch"
        f" updateInstead), or check out another branch there, or make a bare origin"
        f" (git clone --bare {folder})"
    )
