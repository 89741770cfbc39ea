"""Has the target's branch moved on since a change was written, and does the change still fit?"""

from dataclasses import dataclass

from django.core.cache import cache

from ports.git import GitFailed
from proposals.models import Proposal, Status
from targets.repository import DiffDoesNotApply, RefMissing, Repository

KEPT_SECONDS = 3600


@dataclass(frozen=True)
class Drift:
    """How many commits the branch is ahead of the base, and why the change no longer fits."""

    commits: int
    conflict: str = ""


def drift(proposal: Proposal) -> Drift | None:
    """Compare a proposal that may still be delivered with its branch as last fetched.

    Costs nothing while the branch is where the proposal starts; otherwise git is asked once per
    head and change.
    """
    head = proposal.target.head_commit
    waits = proposal.status in (Status.PENDING, Status.APPROVED)
    if not waits or not head or head == proposal.base_commit:
        return None
    key = f"drift:{proposal.pk}:{head}:{proposal.diff_digest}"
    found: Drift | None = cache.get(key)
    if found is None:
        found = _compare(proposal, head)
        if found is not None:
            cache.set(key, found, KEPT_SECONDS)
    return found


def _compare(proposal: Proposal, head: str) -> Drift | None:
    """Ask git; a clone that cannot answer says nothing here, its target's page says why."""
    try:
        repository = Repository.of(proposal.target)
        newer = int(repository.git.text("rev-list", "--count", head, f"^{proposal.base_commit}"))
        repository.apply(head, proposal.diff)
    except DiffDoesNotApply as conflict:
        return Drift(newer, conflict.reason)
    except (GitFailed, RefMissing):
        return None
    return Drift(newer)
