"""Does the running system use the commit that took the change back?"""

from datetime import datetime

from delivery.stages import deploy
from delivery.stages.shape import Passed
from delivery.stages.site import Site
from targets import manifest


class DeploymentFailed(Exception):
    """A step of the way back failed: tried again, and then a person is called."""


def run(site: Site, now: datetime) -> Passed:
    """Run the deploy steps again for the reverted commit."""
    delivery = site.delivery
    found = {"reverted_at": now}
    if site.deployer is None:
        return Passed("Nothing to deploy: the target names no deployed checkout.", found=found)
    site.repository.fetch()
    results = site.deployer.deploy(
        delivery.revert_commit,
        manifest.read(site.repository, delivery.base_commit).deploy,
        site.repository.changed_paths(delivery.merge_commit, delivery.base_commit),
    )
    output = deploy.told(results)
    if broken := deploy.failing(results):
        raise DeploymentFailed(f"{broken}: {output[-500:]}")
    return Passed(f"Deployed {delivery.revert_commit[:12]} again.", output, found)
