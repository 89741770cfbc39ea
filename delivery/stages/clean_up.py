"""Is nothing left of a delivery that did not get as far as the merge?"""

from datetime import datetime

from delivery.stages.branch import branch_name, delete_branch
from delivery.stages.shape import Passed
from delivery.stages.site import Site
from ports.forge import State


def run(site: Site, now: datetime) -> Passed:
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
    return Passed("The branch is gone and no pull request is open.")
