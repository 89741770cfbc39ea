"""Is exactly the branch that was proven part of the target's branch?"""

from datetime import datetime

from delivery import seals
from delivery.models import Delivery
from delivery.stages import authorised, reviewing
from delivery.stages.branch import delete_branch
from delivery.stages.shape import Again, Answer, Failed, Passed
from delivery.stages.site import Site
from ports.forge import PermanentError, State
from validation.authorising.origin import MERGE


def run(site: Site, now: datetime) -> Answer:
    """Merge the pull request unless it is merged already, then remove the branch."""
    delivery = site.delivery
    number = delivery.pull_request
    assert number is not None  # noqa: S101 — the stage before this one found it
    request = site.forge.status(number)
    commit = request.merge_commit
    if request.state == State.CLOSED:
        return Failed(f"Pull request {number} was closed without being merged.")
    if request.state == State.OPEN:
        # Reviewers come first: they would be asked anew each time that the branch moves.
        if held := reviewing.held(site, number, now):
            return held
        if reason := _moved(site):
            return Again("branch", reason)
        if reason := _lapsed(site, now):
            return Again("validate", reason)
        if denied := authorised.refusal(site, authorised.written(site), MERGE, now):
            return denied
        try:
            commit = site.forge.merge(number, delivery.branch_commit, _message(delivery), now)
        except PermanentError as error:
            return Failed(f"The merge was refused: {error}")
    delete_branch(site.repository, delivery.branch)
    return Passed(f"Merged as {str(commit)[:12]}.", found={"merge_commit": commit})


def _moved(site: Site) -> str:
    """Say that what would be merged is not what was proven, or nothing."""
    delivery = site.delivery
    head = site.head()
    if head == delivery.base_commit:
        return ""
    return (
        f"{delivery.target.branch} moved from {delivery.base_commit[:12]} to {head[:12]} while"
        " the change was being checked: it is put onto the new head and proven again."
    )


def _lapsed(site: Site, now: datetime) -> str:
    """Say that a waiver which the approval relies on ended after the gates were asked."""
    read = site.delivery.proposal.report
    return read.lapsed(now) if read else ""


def _message(delivery: Delivery) -> str:
    proposal = delivery.proposal
    return (
        f"Merge “{proposal.title}”\n\n"
        f"Proposal: {proposal.pk}\nApproved-by: {proposal.reviewer}\n"
        f"Pull-request: {delivery.pull_request}\nDelivery: {delivery.pk}{seals.trailers(delivery)}"
    )
