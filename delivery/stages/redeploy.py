"""Does the running system use the commit that took the change back?"""

from datetime import datetime

from delivery.models import Delivery, Plan
from delivery.stages import deploy
from delivery.stages.shape import Failed, Passed, Waiting
from delivery.stages.site import Site
from ports.deployer import Underway


class DeploymentFailed(Exception):
    """A step of the way back failed: tried again, and then a person is called."""


ATTEMPTS = 5


def run(site: Site, now: datetime) -> Passed | Waiting | Failed:
    """Have the reverted commit deployed, by the same way as what it takes back."""
    delivery = site.delivery
    found = {"reverted_at": now}
    results = deploy.deployed(site, delivery.revert_commit, now)
    if results is None:
        return Passed(deploy.NOTHING, found=found)
    if isinstance(results, Underway):
        return deploy.waiting(results)
    output = deploy.told(results)
    if broken := deploy.failing(results):
        if _worn_out(delivery):
            return Failed(f"The way back was not deployed at: {broken}.", output)
        raise DeploymentFailed(f"{broken}: {output[-500:]}")
    return Passed(f"Deployed {delivery.revert_commit[:12]} again.", output, found)


def _worn_out(delivery: Delivery) -> bool:
    """Tell whether a deployer elsewhere failed often enough: each wait for it is no error of ours.

    The errors in a row, which end it for commands, begin anew with every wait.
    """
    return delivery.handovers.filter(plan=Plan.REVERT, told=True).count() >= ATTEMPTS
