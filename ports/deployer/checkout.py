"""How does the checkout of a running system move to a commit, and when must it not?"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ports.deployer import PermanentError, TemporaryError
from ports.git import Git, GitFailed
from ports.git_access import Access, Own, reach

NETWORK_TIMEOUT = 300.0
MARKER = "selfimprove-moving"
TRIES, PAUSE_SECONDS = 10, 0.3  # for a git whose worker was killed to come to its end


class Checkout:
    """The folder that a running system reads, and that nobody but us moves."""

    def __init__(self, folder: Path, origin: str, access: Access | None = None) -> None:
        self.folder = folder.absolute()
        self.origin = origin
        self.access = access or Own()
        self.git_dir = self.folder / ".git"
        self.git = Git(self.git_dir, work_tree=self.folder)
        self.marker = self.git_dir / MARKER

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the checkout against other deployments; make it when it is missing."""
        try:
            foreign = self.folder.exists() and not self.git_dir.exists()
            # Another deployment may make the repository between these two looks.
            if foreign and any(path != self.git_dir for path in self.folder.iterdir()):
                raise PermanentError(
                    f"{self.folder} is neither empty nor a git checkout: choose another"
                )
            self.git_dir.mkdir(parents=True, exist_ok=True)
            stream = (self.git_dir / "selfimprove.lock").open("a")
        except OSError as error:
            raise PermanentError(f"{self.folder} cannot be used: {error.strerror}") from error
        with stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            self._ensure()
            yield

    def move_to(self, commit: str) -> None:
        """Bring the files to a commit; refuse rather than lose a change somebody made there."""
        self._fetch(commit)
        if self.marker.exists():
            self._finish_interrupted()
        self._refuse_local_changes()
        # Written before and removed after: what a kill leaves in between is our own half-made
        # move, not somebody's change, and may be overwritten.
        self.marker.write_text(commit)
        try:
            self.git.run("checkout", "--quiet", "--detach", commit, "--")
        except GitFailed as error:
            if "would be overwritten" not in error.words:
                raise TemporaryError(f"{self.folder}: {error}") from error
            self.marker.unlink()
            raise PermanentError(f"{self.folder} cannot move: {error.words}") from error
        self.marker.unlink()

    def _ensure(self) -> None:
        """Make the repository, or finish making it after a kill; under the lock only."""
        if (self.git_dir / "HEAD").exists():
            return
        for name in ("HEAD.lock", "config.lock"):
            (self.git_dir / name).unlink(missing_ok=True)
        Git(self.git_dir).run("init", "--quiet", "--template=")
        Git(self.git_dir).run("config", "remote.origin.url", self.origin)

    def _fetch(self, commit: str) -> None:
        if self._has(commit):
            return
        try:
            reach(
                self.git, self.access,
                "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", self.origin,
                "+refs/heads/*:refs/remotes/selfimprove/*", timeout=NETWORK_TIMEOUT,
            )  # fmt: skip
        except GitFailed as error:
            raise TemporaryError(f"{self.origin} cannot be fetched: {error.words}") from error
        if not self._has(commit):
            raise PermanentError(f"{self.origin} has no commit {commit} on any branch")

    def _has(self, commit: str) -> bool:
        question = ("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}")
        return self.git.run(*question, accept=(0, 1, 128)).code == 0

    def _refuse_local_changes(self) -> None:
        if not self._has("HEAD"):
            return
        # What the system itself writes beside the tracked files (logs, caches) is no obstacle.
        fields = self.git.run("status", "--porcelain", "-z", "--untracked-files=no").fields()
        if fields:
            names = ", ".join(field[3:] for field in fields[:10])
            raise PermanentError(
                f"{self.folder} has local changes in {names}; commit them at the origin or undo"
                f" them (git -C {self.folder} checkout -- .), then deploy again"
            )

    def _finish_interrupted(self) -> None:
        """Check out what was interrupted; a git that outlived its worker may still write."""
        goal = self.marker.read_text().strip() or "HEAD"
        for left in reversed(range(TRIES)):
            (self.git_dir / "index.lock").unlink(missing_ok=True)
            try:
                self.git.run("checkout", "--quiet", "--force", "--detach", goal, "--")
                break
            except GitFailed:
                if not left:
                    raise
                time.sleep(PAUSE_SECONDS)
        self.marker.unlink()
