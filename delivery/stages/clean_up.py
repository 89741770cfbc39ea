"""Is nothing left of a delivery that did not get as far as the merge?"""

from datetime import datetime

from delivery.grounds.rules import Rule
from delivery.stages.branch import branch_name, delete_branch
from delivery.stages.shape import Lapsed, Passed
from delivery.stages.site import Site
from ports.forge import State
from targets.changes import Change
from targets.repository import DiffDoesNotApply


def run(site: Site, now: datetime) -> Passed | Lapsed:
    """Close the pull request and delete the branch; a merge that was not noted is found here."""
    delivery = site.delivery
    name = branch_name(delivery)
    request = site.forge.find(name)
    if request is not None and request.state == State.OPEN:
        if site.reviews is not None and delivery.revert_reason:
            site.reviews.say(request.number, "closed", f"Closed: {delivery.revert_reason}")
        site.forge.close(request.number)
    delete_branch(site.repository, name)
    if request is not None and request.state == State.MERGED:
        found = {"merge_commit": request.merge_commit, "pull_request": request.number}
        return Passed("It had been merged before we stopped: taking it back.", found=found)
    if delivery.comes_back:
        return Lapsed(delivery.revert_reason, _onto(site), rule=delivery.comes_back)
    return Passed("The branch is gone and no pull request is open.")


def _onto(site: Site) -> Change | None:
    """Show people the change as it would stand now, where that is why they are asked."""
    proposal, head = site.delivery.proposal, site.head()
    if site.delivery.comes_back != Rule.ASKED_AGAIN or head == proposal.base_commit:
        return None
    try:
        return site.repository.apply(head, proposal.diff)
    except DiffDoesNotApply:
        return None  # its check says so, with the place
