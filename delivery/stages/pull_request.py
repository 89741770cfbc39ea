"""Can everybody see the change, with the whole proposal beside it, where changes are reviewed?"""

from datetime import datetime

from delivery import seals
from delivery.stages import authorised
from delivery.stages.shape import Failed, Passed
from delivery.stages.site import Site
from validation.authorising.origin import OPEN_PULL_REQUEST


def run(site: Site, now: datetime) -> Passed | Failed:
    """Open the pull request of the branch, or find the one that is there."""
    delivery = site.delivery
    found = site.forge.find(delivery.branch)
    if found is None:
        if denied := authorised.refusal(site, authorised.written(site), OPEN_PULL_REQUEST, now):
            return denied
        found = site.forge.open(
            delivery.branch,
            delivery.target.branch,
            delivery.proposal.title,
            delivery.proposal.document + seals.proven(delivery),
        )
    return Passed(
        f"Pull request {found.number} is open.",
        found={"pull_request": found.number, "pull_request_url": found.url},
    )
