"""How is the log's checkpoint kept on a branch of a target's origin?

A commit for each publication, and nothing else on the branch: what git has once handed out to
others, no owner of our database can take back. The branch is never moved by force.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime

from audit.anchors import judging, stated
from audit.anchors.places import Claim, Conflict, Held, NotReached, Published
from ports.git import GitFailed
from targets import commits, log_commits
from targets.commits import Commit
from targets.locks import locked
from targets.log_commits import NOTE, TRAILER
from targets.models import State, Target
from targets.repository import (
    ZERO,
    OriginUnreachable,
    PathMissing,
    PushRefused,
    RefMoved,
    Repository,
)

BRANCH = "selfimprove/log"
REF = f"refs/heads/{BRANCH}"
THEIRS = "refs/selfimprove/log-at-origin"
# Up to where the branch is known to be ours; not under heads, where fetching follows the origin.
OURS = "refs/selfimprove/log"
READ_ME = "README.md"
SECONDS = 20.0  # for each question to the origin: a person may be waiting
WORDS = f"""\
# The log of selfimprove

This branch is written by selfimprove and by nobody else. Its log of who did what and why is a
hash tree; `{NOTE}` holds the newest checkpoint of that tree: the name of the log, its number of
entries, and the root over all of them. Each commit adds one checkpoint and names it in its last
line, `{TRAILER}NAME SIZE ROOT`: the history of this branch is the history of the log.

Whoever keeps a clone of this branch can tell whether the log was changed, cut off or replaced
afterwards: a later tree must have the same root over the same number of entries.

    git log --format='%cI %(trailers:key=Audit-Checkpoint,valueonly,separator=)'
    python3 manage.py verify-log

The second line is for the installation itself; it compares its log with every commit here.
Nothing is ever pushed here by force. If somebody else did, selfimprove says so and leaves the
branch as it is.
"""


class LogBranch:
    """Keep checkpoints on the branch of one target."""

    kind = "git"

    def __init__(self, target: Target) -> None:
        self.target = target

    @property
    def name(self) -> str:
        """Return the target's slug."""
        return self.target.slug

    @property
    def title(self) -> str:
        """Name it for a person."""
        return f"branch {BRANCH} of {self.target.name}"

    def held(self) -> Held:
        """Read every commit of the branch, at the origin and as we know it."""
        foreign: list[str] = []
        doubts: list[str] = []
        try:
            repository = Repository.of(self.target)
            theirs = self._looked_up(repository, doubts)
            claims = list(self._claims(repository, theirs, foreign))
        except (GitFailed, OSError) as error:
            return Held(doubts=(f"its clone cannot be read: {error}",))
        return Held(tuple(claims), tuple(foreign), tuple(doubts))

    def _looked_up(self, repository: Repository, doubts: list[str]) -> str | None:
        """Return where the origin's branch is; it is a doubt when that is not behind ours."""
        try:
            theirs = _fetched(repository)
        except OriginUnreachable as error:
            doubts.append(f"the origin does not answer: {error}")
            return None
        ours = repository.ref(OURS)
        if ours and theirs is None:
            doubts.append(f"it is gone from the origin, where it was at {ours[:12]}")
        elif ours and theirs and not repository.is_ancestor(ours, theirs):
            doubts.append(
                f"it is at {theirs[:12]} at the origin, which does not contain {ours[:12]}, where"
                " it was left"
            )
        return theirs

    def publish(self, newest: Claim, last: Claim | None, now: datetime) -> Published:
        """Push one commit on top of what is there, once all of that is known to be ours."""
        try:
            repository = Repository.of(self.target)
            with self._alone(repository):
                return self._publish(repository, newest, last, now)
        except OriginUnreachable as error:
            raise NotReached(f"the origin does not answer: {error}") from error
        except PushRefused as error:
            raise NotReached(f"the origin did not take it: {error}") from error
        except (GitFailed, RefMoved, OSError) as error:
            raise NotReached(f"its clone cannot be worked with: {error}") from error

    def _publish(
        self, repository: Repository, newest: Claim, last: Claim | None, now: datetime
    ) -> Published:
        theirs, ours = _fetched(repository), repository.ref(OURS)
        found, put_back = self._taken_in(repository, theirs, ours, newest, last)
        tip = theirs if found or not ours else ours
        if tip and self._stands(repository, tip, newest):
            if tip != theirs:
                repository.push(f"{tip}:{REF}")
            return Published(tip, newest.note, found, put_back)
        commit = _commit(repository, tip, newest, now)
        # By its own name and before our ref moves: a worker that dies now leaves a commit at the
        # origin which the next one finds and checks, and never one that nobody else has seen.
        repository.push(f"{commit}:{REF}")
        repository.update_ref(OURS, commit, tip or ZERO)
        return Published(commit, newest.note, found, put_back)

    def _stands(self, repository: Repository, tip: str, newest: Claim) -> bool:
        """Tell whether the newest is there already; raise Conflict where we know less than it."""
        note = self._note_at(repository, tip)
        judging.require_fit(judging.readable(note, reference=tip), newest)
        return note == newest.note

    def _taken_in(
        self,
        repository: Repository,
        theirs: str | None,
        ours: str | None,
        newest: Claim,
        last: Claim | None,
    ) -> tuple[tuple[Claim, ...], str]:
        """Take over what another worker of ours pushed; say what was lost; raise Conflict."""
        if theirs == ours:
            return (), _lost(None, last) if theirs is None else ""
        if theirs is None:
            return (), _lost(None, last)
        if ours and repository.is_ancestor(theirs, ours):
            return (), _lost(theirs, last)
        if ours and not repository.is_ancestor(ours, theirs):
            raise Conflict(
                f"the branch was replaced at the origin: it is at {theirs[:12]}, which does not"
                f" contain {ours[:12]}, where it was left"
            )
        found = tuple(self._checked(repository, theirs, ours, newest))
        repository.update_ref(OURS, theirs, ours or ZERO)
        behind = last is not None and found[-1].size < last.size
        return found, _lost(theirs, last) if behind else ""

    def _checked(
        self, repository: Repository, theirs: str, ours: str | None, newest: Claim
    ) -> Iterator[Claim]:
        """Read the commits on top of ours, oldest first; raise Conflict at a foreign one."""
        parent = ours
        for commit in log_commits.since(repository, theirs, ours):
            try:
                claim = self._read(repository, commit, parent)
                judging.require_fit(claim, newest)
            except Conflict as error:
                raise Conflict(f"commit {commit.sha[:12]} by {commit.author}: {error}") from error
            parent = commit.sha
            yield claim

    def _read(self, repository: Repository, commit: Commit, parent: str | None) -> Claim:
        if commit.parents != ((parent,) if parent else ()):
            raise Conflict("it is not on top of the one before")
        held = log_commits.claim_of(commit, self._note_at(repository, commit.sha))
        if set(repository.paths(commit.sha)) != {NOTE, READ_ME}:
            raise Conflict("it holds files that are not written here")
        return held

    def _claims(
        self, repository: Repository, theirs: str | None, foreign: list[str]
    ) -> Iterator[Claim]:
        reachable = log_commits.reachable(repository, [theirs, repository.ref(OURS)])
        notes = log_commits.notes(repository, [commit.sha for commit in reachable])
        for commit in reachable:
            try:
                yield log_commits.claim_of(commit, notes.get(commit.sha, ""))
            except Conflict as error:
                foreign.append(f"commit {commit.sha[:12]} by {commit.author}: {error}")

    def _note_at(self, repository: Repository, commit: str) -> str:
        try:
            return repository.read(commit, NOTE).decode("utf-8", "replace")
        except PathMissing:
            return ""

    def _alone(self, repository: Repository) -> AbstractContextManager[None]:
        # A lock of its own: no delivery shall wait while an origin is slow to answer.
        return locked(repository.git_dir.with_name(f"{repository.git_dir.name}.log.lock"))


def branches() -> list[LogBranch]:
    """Return the branch of every target whose repository has been seen to have a history."""
    seen = Target.objects.exclude(state__in=[State.NEW, State.EMPTY]).exclude(head_commit="")
    return [LogBranch(target) for target in seen.order_by("slug")]


def _fetched(repository: Repository) -> str | None:
    """Return where the origin's branch is now, or None when it has none; one branch, quickly."""
    try:
        listed = repository.git.run("ls-remote", "origin", REF, timeout=SECONDS).text
        pairs = (line.partition("\t") for line in listed.splitlines())
        if not any(ref == REF for _, _, ref in pairs):
            return None
        repository.git.run(
            "fetch", "--quiet", "--no-tags", "--no-write-fetch-head",
            "origin", f"+{REF}:{THEIRS}", timeout=SECONDS,
        )  # fmt: skip
    except GitFailed as error:
        raise OriginUnreachable(error.words) from error
    return repository.ref(THEIRS)


def _commit(repository: Repository, parent: str | None, newest: Claim, now: datetime) -> str:
    files = {NOTE: newest.note.encode(), READ_ME: WORDS.encode()}
    tree = commits.tree_with(repository.git, parent=parent, files=files)
    line = stated.Stated(newest.origin, newest.size, newest.root).line
    message = f"Checkpoint {newest.size}\n\n{TRAILER}{line}\n"
    return repository.commit_tree(tree, [parent] if parent else [], message, now)


def _lost(theirs: str | None, last: Claim | None) -> str:
    if theirs:
        return (
            f"the branch had been set back to {theirs[:12]} at the origin; it was brought forward"
            " again"
        )
    if last is None:
        return ""
    return (
        f"the branch was gone from the origin, although {last.size} leaves had been published on"
        " it; it was pushed again"
    )
