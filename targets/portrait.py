"""What does a target's repository look like to somebody who opens its page?"""

from dataclasses import dataclass

from ports.git import GitFailed
from targets import manifest
from targets.manifest import BadManifest, Manifest
from targets.models import State, Target
from targets.repository import Commit, RefMissing, Repository

COMMITS = 8
TONES = {
    State.NEW: "quiet",
    State.READY: "good",
    State.UNREACHABLE: "bad",
    State.EMPTY: "warn",
    State.DIVERGED: "bad",
}


@dataclass(frozen=True)
class Portrait:
    """The repository of a target as its clone shows it now."""

    tone: str
    commits: tuple[Commit, ...] = ()
    manifest: Manifest | None = None
    trouble: str = ""  # why there is no manifest to show


def of(target: Target) -> Portrait:
    """Read the clone of a target; what cannot be read is a sentence in `trouble`."""
    tone = TONES[State(target.state)]
    if not target.head_commit:
        return Portrait(tone, trouble="The repository has not been read yet.")
    try:
        repository = Repository.of(target)
        commits = repository.log(target.branch, COMMITS)
    except (GitFailed, OSError, RefMissing) as error:
        return Portrait(tone, trouble=f"Our clone of the repository cannot be read: {error}")
    try:
        return Portrait(tone, commits, manifest.read(repository, commits[0].sha))
    except BadManifest as error:
        return Portrait(tone, commits, trouble=f"{error}. Nothing is checked or deployed with it.")
