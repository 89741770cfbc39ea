"""Is the effect of the merge gone from the target's branch?"""

from datetime import datetime

from delivery import seals
from delivery.models import Delivery
from delivery.stages.branch import branch_name, delete_branch
from delivery.stages.shape import Failed, Passed
from delivery.stages.site import Site
from delivery.stages.wording import committed
from targets.repository import NothingToRevert, RevertConflicts

SEARCHED = 200


def run(site: Site, now: datetime) -> Passed | Failed:
    """Put a commit that takes the merge back onto the branch, unless it is there already."""
    delivery = site.delivery
    head = site.head()
    delete_branch(site.repository, branch_name(delivery))
    commit = found_on(site, head)
    if commit is None:
        try:
            commit = site.repository.revert(delivery.merge_commit, head, _reason(delivery), now)
        except NothingToRevert:
            commit = head
        except RevertConflicts as error:
            return Failed(f"It cannot be taken back by itself: {error}.")
        # Without force, the origin takes this only if nobody moved the branch meanwhile.
        site.repository.push(f"{commit}:refs/heads/{delivery.target.branch}")
        site.repository.fetch()
    return Passed(
        f"Reverted {delivery.merge_commit[:12]} with {commit[:12]}.",
        found={"revert_commit": commit},
    )


def found_on(site: Site, head: str) -> str | None:
    """Find our own revert on the branch, from a run that was cut short."""
    mark = _mark(site.delivery)
    for commit in site.repository.log(head, SEARCHED):
        if mark in commit.message:
            return commit.sha
    return None


def _mark(delivery: Delivery) -> str:
    return f"Delivery: {delivery.pk} (taken back)"


def _reason(delivery: Delivery) -> str:
    told = f"Proposal: {delivery.proposal_id}\n{_mark(delivery)}{seals.trailers(delivery)}"
    return f"{committed(delivery, delivery.revert_reason)}\n\n{told}"
