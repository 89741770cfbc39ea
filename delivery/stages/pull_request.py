"""Can everybody see the change, with the whole proposal beside it, where changes are reviewed?"""

from datetime import datetime

from delivery import seals
from delivery.stages.shape import Passed
from delivery.stages.site import Site


def run(site: Site, now: datetime) -> Passed:
    """Open the pull request of the branch, or find the one that is there."""
    delivery = site.delivery
    found = site.forge.find(delivery.branch) or site.forge.open(
        delivery.branch,
        delivery.target.branch,
        delivery.proposal.title,
        delivery.proposal.document + seals.proven(delivery),
    )
    return Passed(
        f"Pull request {found.number} is open.",
        found={"pull_request": found.number, "pull_request_url": found.url},
    )
