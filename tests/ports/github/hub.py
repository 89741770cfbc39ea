"""What does GitHub remember of a repository, and what does it do with its real git?"""

import threading
from dataclasses import dataclass, field
from typing import Any

from ports.git import ZERO, Git, identity
from tests.ports.origins import AT

BLANK = "0" * 40


class Refused(Exception):
    """GitHub answers with this status and these words."""

    def __init__(self, status: int, message: str, errors: list[Any] | None = None) -> None:
        self.status = status
        self.content: dict[str, Any] = {"message": message, "documentation_url": "https://d.test"}
        if errors:
            self.content["errors"] = errors
        super().__init__(message)


@dataclass
class Pull:
    """One pull request."""

    number: int
    branch: str
    base: str
    title: str
    body: str
    head: str
    is_closed: bool = False
    is_draft: bool = False
    merge: str = ""


@dataclass
class Hub:
    """A repository of GitHub over a real bare repository."""

    git: Git
    name: str = "acme/agents"
    pulls: dict[int, Pull] = field(default_factory=dict)
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    line_comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    reviews: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    statuses: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    check_runs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    resolved: dict[int, str] = field(default_factory=dict)  # by whom, by the first comment
    newest_id: int = 0
    reviews_required: int = 0
    strangers: set[str] = field(default_factory=set)
    is_archived: bool = False
    filters: bool = True  # GitHub shows all where it cannot read a filter
    mergeable_unknown: int = 0  # so many looks, until GitHub has found it out
    lock: threading.RLock = field(default_factory=threading.RLock)

    def ref(self, branch: str) -> str:
        """Return where a branch is, or nothing."""
        question = ("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}")
        return self.git.run(*question, accept=(0, 1)).text

    def has(self, sha: str) -> bool:
        """Tell whether there is such a commit."""
        return self.git.run("cat-file", "-e", sha, accept=(0, 1, 128)).code == 0

    def contains(self, whole: str, one: str) -> bool:
        """Tell whether a commit has another in its history."""
        question = ("merge-base", "--is-ancestor", one, whole)
        return self.git.run(*question, accept=(0, 1)).code == 0

    def look(self, number: int) -> Pull:
        """Return a pull request as its branches are now."""
        pull = self.pulls.get(number)
        if pull is None:
            raise Refused(404, "Not Found")
        if pull.merge or pull.is_closed:
            return pull
        pull.head = self.ref(pull.branch) or pull.head
        base = self.ref(pull.base)
        if base and self.contains(base, pull.head):
            lines = self.git.text(
                "rev-list", "--first-parent", "--parents", f"{pull.head}..{base}"
            )
            hits = [
                line.split()[0] for line in lines.splitlines() if pull.head in line.split()[2:]
            ]
            pull.merge = hits[0] if hits else pull.head
        return pull

    def open(self, wanted: dict[str, Any]) -> Pull:
        """Open a pull request as GitHub does, or refuse it in GitHub's words."""
        self._writable()
        branch, base = wanted["head"].rpartition(":")[2], wanted["base"]
        for name, field_name in ((branch, "head"), (base, "base")):
            if not self.ref(name):
                said = {"resource": "PullRequest", "field": field_name, "code": "invalid"}
                raise Refused(422, "Validation Failed", [said])
        if any(p.branch == branch and not p.is_closed and not p.merge for p in self._looked()):
            words = f"A pull request already exists for acme:{branch}."
            said = {"resource": "PullRequest", "code": "custom", "message": words}
            raise Refused(422, "Validation Failed", [said])
        if self.contains(self.ref(base), self.ref(branch)):
            words = f"No commits between {base} and {branch}"
            said = {"resource": "PullRequest", "code": "custom", "message": words}
            raise Refused(422, "Validation Failed", [said])
        number = len(self.pulls) + 1
        pull = Pull(number, branch, base, wanted["title"], wanted["body"], self.ref(branch))
        pull.is_draft = bool(wanted.get("draft"))
        self.pulls[number] = pull
        self._keep_head(pull)
        return pull

    def _looked(self) -> list[Pull]:
        return [self.look(number) for number in self.pulls]

    def change(self, number: int, wanted: dict[str, Any]) -> Pull:
        """Close or reopen."""
        self._writable()
        pull = self.look(number)
        if wanted.get("state") == "closed":
            pull.is_closed = True
        return pull

    def merge(self, number: int, wanted: dict[str, Any]) -> str:
        """Merge in one of three ways, when nothing is against it."""
        self._writable()
        pull = self.look(number)
        if pull.merge or pull.is_closed or self.state(pull, peek=True) in ("dirty", "draft"):
            raise Refused(405, "Pull Request is not mergeable")
        if wanted.get("sha", pull.head) != pull.head:
            raise Refused(409, "Head branch was modified. Review and try the merge again.")
        if self._approvals(number) < self.reviews_required:
            raise Refused(
                405, "At least 1 approving review is required by reviewers with write access."
            )
        base = self.ref(pull.base)
        pull.merge = self._merged(pull, base, wanted)
        self.git.run("update-ref", f"refs/heads/{pull.base}", pull.merge, base)
        return pull.merge

    def _merged(self, pull: Pull, base: str, wanted: dict[str, Any]) -> str:
        tree = self.git.text("merge-tree", "--write-tree", base, pull.head).split()[0]
        title = wanted.get("commit_title") or f"Merge pull request #{pull.number}"
        parents = ["-p", base, *(["-p", pull.head] if wanted["merge_method"] == "merge" else [])]
        text = f"{title}\n\n{wanted.get('commit_message', '')}".strip() + "\n"
        if wanted["merge_method"] == "rebase":
            text = self.git.text("log", "-1", "--format=%B", pull.head) + "\n"
        signed = identity("GitHub", int(AT.timestamp()))
        made = self.git.run("commit-tree", *parents, tree, stdin=text.encode(), environment=signed)
        return made.text

    def state(self, pull: Pull, *, peek: bool = False) -> str:
        """Say what GitHub calls the mergeable state."""
        if not peek and self.mergeable_unknown:
            self.mergeable_unknown -= 1
            return "unknown"
        if pull.is_draft:
            return "draft"
        base = self.ref(pull.base)
        probe = ("merge-tree", "--write-tree", "--no-messages", base, pull.head)
        if base and not pull.merge and self.git.run(*probe, accept=(0, 1)).code:
            return "dirty"
        return "blocked" if self._approvals(pull.number) < self.reviews_required else "clean"

    def _approvals(self, number: int) -> int:
        given = {r["user"]["login"]: r["state"] for r in self.reviews.get(number, [])}
        return list(given.values()).count("APPROVED")

    def _keep_head(self, pull: Pull) -> None:
        name = f"refs/pull/{pull.number}/head"
        self.git.run("update-ref", name, pull.head, ZERO)

    def _writable(self) -> None:
        if self.is_archived:
            raise Refused(403, "Repository was archived so is read-only.")

    def files(self, old: str, new: str) -> list[str]:
        """List the files that differ since two histories parted."""
        parted = self.git.text("merge-base", old, new)
        names = self.git.text("diff-tree", "-r", "--name-only", parted, new)
        return names.split()
