"""Does the running system use the merged commit?"""

from collections.abc import Sequence
from datetime import datetime

from delivery.stages.shape import Failed, Passed
from delivery.stages.site import Site
from ports.deployer import Outcome, StepResult
from targets import manifest


def run(site: Site, now: datetime) -> Passed | Failed:
    """Move the deployed checkout to the merge and run the steps that its paths call for."""
    delivery = site.delivery
    if site.deployer is None:
        return Passed("Nothing to deploy: the target names no deployed checkout.", found=_at(now))
    site.repository.fetch()
    results = site.deployer.deploy(
        delivery.merge_commit,
        manifest.read(site.repository, delivery.base_commit).deploy,
        site.repository.changed_paths(delivery.base_commit, delivery.merge_commit),
    )
    output = told(results)
    if broken := failing(results):
        return Failed(f"The deployment failed at: {broken}.", output=output)
    ran = [result.name for result in results if result.outcome == Outcome.PASSED]
    steps = ", ".join(ran) or "no step was called for"
    return Passed(f"Deployed {delivery.merge_commit[:12]}: {steps}.", output, _at(now))


def failing(results: Sequence[StepResult]) -> str:
    """Name the steps that did not do what they should."""
    bad = (Outcome.FAILED, Outcome.TIMED_OUT)
    return ", ".join(result.name for result in results if result.outcome in bad)


def told(results: Sequence[StepResult]) -> str:
    """Write down what every step printed."""
    return "\n".join(
        f"$ {result.name}: {result.outcome.lower()}\n{result.output}".rstrip()
        for result in results
    )


def _at(now: datetime) -> dict[str, object]:
    return {"deployed_at": now}
