"""What would the gates say of a change to a repository that is no target of ours?"""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ports import temporary
from ports.git import GitFailed
from targets import manifest
from targets.changes import Change
from targets.repository import BadName, OriginUnreachable, Repository
from validation import parameters, runner
from validation.authorising.origin import UNNAMED
from validation.trying.cases import Case
from validation.verdicts import Progress, Verdict


class UnknownCommit(ValueError):
    """The repository has no such commit or branch."""


@dataclass(frozen=True)
class Trial:
    """Name the repository, the base, either the diff or the branch, and what it should cure."""

    repository: str
    base: str
    diff: str = ""
    branch: str | None = None
    by_a_person: bool = False  # else the policies judge it as an unnamed agent's
    cases: tuple[Case, ...] = ()


def check(trial: Trial, *, at: datetime, progress: Progress | None = None) -> Verdict:
    """Judge the change in a throw-away clone: the repository itself is only read."""
    with temporary.folder("validate") as folder:
        origin = _absolute(trial.repository)
        clone = Repository.create(folder / f"{_name(origin)}.git", origin=origin)
        clone.fetch()
        base = _commit(clone, trial.base)
        return runner.check(
            _change(clone, base, trial),
            clone,
            manifest=manifest.read(clone, base),
            parameters=parameters.load().of(""),
            at=at,
            origin=replace(UNNAMED, is_person=trial.by_a_person),
            progress=progress,
            cases=trial.cases,
        )


def _change(clone: Repository, base: str, trial: Trial) -> Change:
    if trial.branch is not None:
        return clone.between(base, _commit(clone, trial.branch))
    return clone.apply(base, trial.diff)


def _commit(clone: Repository, name: str) -> str:
    try:
        if not name or name.startswith("-"):
            raise BadName(name)
        if branch := clone.remote_head(name):
            return branch
        return clone.git.text("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    except (GitFailed, BadName) as error:
        raise UnknownCommit(
            f"{name or 'an empty name'} is neither a branch nor a commit of a branch;"
            " give a branch or a full sha"
        ) from error


def _name(origin: str) -> str:
    """Return the last part of an address: the configuration may name a Python for it."""
    return origin.rstrip("/").rpartition("/")[2].removesuffix(".git") or "clone"


def _absolute(repository: str) -> str:
    if not repository:
        raise OriginUnreachable("no repository is named; give a path or an address")
    path = Path(repository).expanduser()
    return str(path.resolve()) if path.exists() else repository
