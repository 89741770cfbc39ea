"""How are pull requests kept and merged when the forge is nothing but the origin itself?

A pull request is two refs of the origin: `refs/pull/<n>/head`, as elsewhere, and
`refs/selfimprove/pulls/<n>`, a JSON blob with the rest. Every step is one ref transaction.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from ports.forge import PermanentError, PullRequest, State, TemporaryError
from ports.forge.working_copy import WorkingCopy
from ports.git import ZERO, Git, GitFailed, identity

PULLS = "refs/selfimprove/pulls"
ATTEMPTS = 10
T = TypeVar("T")


class Moved(Exception):
    """A ref was no longer where it had been seen: look again."""


class LocalForge:
    """Keeps pull requests in refs of an origin on this host, and merges by plumbing."""

    def __init__(self, origin: Path) -> None:
        # An origin with a work tree keeps its repository in .git.
        inner = origin / ".git"
        self.git = Git(inner if inner.is_dir() else origin)
        self.working_copy = WorkingCopy(self.git)

    def find(self, branch: str) -> PullRequest | None:
        """Return the newest pull request of a branch, whatever its state."""
        return self._try(lambda: self._find(branch))

    def open(self, branch: str, base: str, title: str, body: str) -> PullRequest:
        """Open a pull request for a branch of the origin, or return the one that is there."""
        return self._try(lambda: self._open(branch, base, title, body))

    def merge(self, number: int, expected_head: str, message: str, at: datetime) -> str:
        """Merge exactly this head with a commit of two parents; return that commit."""
        return self._try(lambda: self._merge(number, expected_head, message, at))

    def close(self, number: int) -> None:
        """Close without merging; the branch stays."""
        self._try(lambda: self._close(number))

    def status(self, number: int) -> PullRequest:
        """Return the pull request as it is now, a merge by hand included."""
        return self._try(lambda: self._observed(self._load(number)[0]))

    def _try(self, act: Callable[[], T]) -> T:
        """Repeat an act whose refs moved under it; tell git's failures apart for the caller."""
        if not (self.git.git_dir / "HEAD").is_file():
            raise PermanentError(f"{self.git.git_dir} is not a git repository")
        for _ in range(ATTEMPTS):
            try:
                self.working_copy.finish()
                return act()
            except Moved:
                continue
            except GitFailed as error:
                raise TemporaryError(str(error)) from error
        raise TemporaryError(f"refs kept moving: {ATTEMPTS} attempts failed")

    def _find(self, branch: str) -> PullRequest | None:
        newest = [pull for pull in self._all() if pull.branch == branch][-1:]
        return self._observed(newest[0]) if newest else None

    def _open(self, branch: str, base: str, title: str, body: str) -> PullRequest:
        known = self._all()
        head = self._branch(branch)
        for pull in [self._observed(pull) for pull in known if pull.branch == branch]:
            if pull.state == State.OPEN or (pull.state == State.MERGED and pull.head == head):
                return pull
        if self._contains(self._branch(base), head):
            raise PermanentError(f"{branch} has nothing that {base} does not have")
        number = max((pull.number for pull in known), default=0) + 1
        pull = PullRequest(number, branch, base, head, title, body, State.OPEN)
        self._transaction(
            (f"{PULLS}/{number}", self._blob(pull), ZERO),
            (f"refs/pull/{number}/head", head, self._ref(f"refs/pull/{number}/head") or ZERO),
        )
        return pull

    def _merge(self, number: int, expected_head: str, message: str, at: datetime) -> str:
        stored, blob = self._load(number)
        pull = self._observed(stored)
        self._refuse_merge(pull, expected_head)
        if pull.state == State.MERGED:
            return pull.merge_commit
        base = self._branch(pull.base)
        commit = self._merge_commit(pull, base, message, at)
        merged = self._blob(replace(pull, state=State.MERGED, merge_commit=commit))
        head = f"refs/pull/{number}/head"
        with self.working_copy.moving(pull.base, base, commit):
            self._transaction(
                (f"refs/heads/{pull.base}", commit, base),
                (f"{PULLS}/{number}", merged, blob),
                (head, pull.head, self._ref(head) or ZERO),
            )
        return commit

    def _refuse_merge(self, pull: PullRequest, expected_head: str) -> None:
        if pull.state == State.CLOSED:
            raise PermanentError(f"pull request {pull.number} is closed")
        if pull.head != expected_head:
            raise PermanentError(
                f"{pull.branch} is at {pull.head[:12]}; {expected_head[:12]} was to be merged"
            )

    def _merge_commit(self, pull: PullRequest, base: str, message: str, at: datetime) -> str:
        tree = self._merged_tree(pull, base)
        signed = identity("selfimprove", int(at.timestamp()))
        text = (message.strip() + "\n").encode("utf-8", "replace")
        command = ("commit-tree", "-p", base, "-p", pull.head, tree)
        return self.git.run(*command, stdin=text, environment=signed).text

    def _merged_tree(self, pull: PullRequest, base: str) -> str:
        if self._contains(pull.head, base):
            return self.git.text("rev-parse", "--verify", f"{pull.head}^{{tree}}")
        output = self.git.run(
            "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", base, pull.head,
            accept=(0, 1),
        )  # fmt: skip
        tree, *conflicts = output.fields()
        if output.code:
            where = ", ".join(conflicts)
            raise PermanentError(f"{pull.branch} conflicts with {pull.base} in {where}")
        return tree

    def _close(self, number: int) -> None:
        stored, blob = self._load(number)
        pull = self._observed(stored)
        if pull.state == State.MERGED:
            raise PermanentError(f"pull request {number} is merged: it cannot be closed")
        if pull.state == State.OPEN:
            closed = self._blob(replace(pull, state=State.CLOSED))
            self._transaction((f"{PULLS}/{number}", closed, blob))

    def _observed(self, pull: PullRequest) -> PullRequest:
        """Return an open pull request as its branch is now: moved on, or merged by hand."""
        if pull.state != State.OPEN:
            return pull
        head = self._ref(f"refs/heads/{pull.branch}") or pull.head
        base = self._ref(f"refs/heads/{pull.base}")
        if base and self._contains(base, head):
            merge = self._merged_by_hand(base, head)
            return replace(pull, head=head, state=State.MERGED, merge_commit=merge)
        return replace(pull, head=head)

    def _merged_by_hand(self, base: str, head: str) -> str:
        lines = self.git.text("rev-list", "--first-parent", "--parents", f"{head}..{base}", "--")
        for line in lines.splitlines():
            commit, *parents = line.split()
            if head in parents[1:]:
                return commit
        return head  # fast-forwarded: the head itself is on the base

    def _all(self) -> list[PullRequest]:
        """Return every pull request, oldest first, with two git calls however many there are."""
        blobs = self.git.text("for-each-ref", "--format=%(objectname)", PULLS)
        stream = self.git.run("cat-file", "--batch", stdin=f"{blobs}\n".encode()).stdout
        pulls = []
        while blobs and stream:
            header, _, rest = stream.partition(b"\n")
            size = int(header.split()[2])
            pulls.append(_parsed(rest[:size]))
            stream = rest[size + 1 :]
        return sorted(pulls, key=lambda pull: pull.number)

    def _load(self, number: int) -> tuple[PullRequest, str]:
        blob = self._ref(f"{PULLS}/{number}")
        if blob is None:
            raise PermanentError(f"there is no pull request {number}")
        return _parsed(self.git.run("cat-file", "blob", blob).stdout), blob

    def _blob(self, pull: PullRequest) -> str:
        content = json.dumps(asdict(pull), indent=1, sort_keys=True).encode()
        return self.git.run("hash-object", "-w", "--stdin", stdin=content).text

    def _branch(self, name: str) -> str:
        found = self._ref(f"refs/heads/{name}")
        if found is None:
            raise PermanentError(f"the origin has no branch {name}: push it first")
        return found

    def _ref(self, name: str) -> str | None:
        output = self.git.run("rev-parse", "--verify", "--quiet", name, accept=(0, 1))
        return output.text or None

    def _contains(self, whole: str, part: str) -> bool:
        return self.git.run("merge-base", "--is-ancestor", part, whole, accept=(0, 1)).code == 0

    def _transaction(self, *moves: tuple[str, str, str]) -> None:
        """Move several refs at once, each only from where it was seen; raise Moved otherwise."""
        lines = "".join(f"update {ref}\0{new}\0{old}\0" for ref, new, old in moves)
        try:
            self.git.run("update-ref", "-z", "--stdin", stdin=lines.encode())
        except GitFailed as error:
            if any((self._ref(ref) or ZERO) != old for ref, _, old in moves):
                raise Moved from error
            raise


def _parsed(content: bytes) -> PullRequest:
    fields = json.loads(content)
    return PullRequest(**{**fields, "state": State(fields["state"])})
