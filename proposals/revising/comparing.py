"""What is different between two versions of a change?"""

import hashlib
from dataclasses import dataclass

from ports.git import GitFailed
from proposals import records
from proposals.models import Proposal
from proposals.rewording import NAMES
from targets.repository import DiffDoesNotApply, Repository

SAME = "Both versions make the same change; only their words differ."


@dataclass(frozen=True)
class Comparison:
    """Hold the way from what one version leads to, to what the other does."""

    diff: str = ""
    instead: str = ""  # why there is no diff
    moved: bool = False  # they start from different commits, and both were put on the later one
    parts: tuple[str, ...] = ()  # of the words that differ

    @property
    def digest(self) -> str:
        """Name the diff."""
        return hashlib.sha256(self.diff.encode()).hexdigest()


def compare(old: Proposal, new: Proposal) -> Comparison:
    """Compare the files as one version leaves them with those of the other."""
    before, after = records.words_of(old), records.words_of(new)
    names = ((name, field) for field, name in NAMES.items() if field != "diff")
    parts = tuple(name for name, field in names if getattr(before, field) != getattr(after, field))
    moved = old.base_commit != new.base_commit
    repository = Repository.of(new.target)
    try:
        diff = _between(repository, old, new)
    except DiffDoesNotApply:
        return Comparison(
            instead="They cannot be compared: the revision starts from another commit"
            f" ({new.base_commit[:12]}), where the earlier change does not fit any more.",
            moved=moved,
            parts=parts,
        )
    except GitFailed as error:
        words = f"They cannot be compared now, since the clone cannot be read: {error.words}"
        return Comparison(instead=words, moved=moved, parts=parts)
    return Comparison(diff, "" if diff else SAME, moved, parts)


def _between(repository: Repository, old: Proposal, new: Proposal) -> str:
    """Put both on the base of the later one, and let git say what differs."""
    base = new.base_commit
    before, after = (repository.apply(base, one.diff).tree for one in (old, new))
    return repository.diff(before, after)
