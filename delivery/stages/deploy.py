"""Does the running system use the merged commit?"""

from collections.abc import Sequence
from datetime import datetime

from delivery.stages import healthy
from delivery.stages.shape import Failed, Passed, Waiting
from delivery.stages.site import Site
from ports.deployer import Outcome, StepResult, Underway
from targets import manifest


def run(site: Site, now: datetime) -> Passed | Failed | Waiting:
    """Bring the running system to the merge, run the steps that its paths call for, look at it."""
    delivery = site.delivery
    results = deployed(site, delivery.merge_commit, now)
    if results is None:
        return Passed(NOTHING, found=_at(now))
    if isinstance(results, Underway):
        return waiting(results)
    output = told(results)
    if broken := failing(results):
        return Failed(f"The deployment failed at: {broken}.", output=output)
    ran = [result.name for result in results if result.outcome == Outcome.PASSED]
    steps = ", ".join(ran) or "no step was called for"
    return Passed(f"Deployed {delivery.merge_commit[:12]}: {steps}.", output, _at(now))


NOTHING = "Nothing to deploy: the target names no deployed checkout and no webhook."


def deployed(site: Site, commit: str, now: datetime) -> Sequence[StepResult] | Underway | None:
    """Have the change deployed, or what takes it back; None: nobody deploys this target.

    How it is done stands in the files that the change was based on, never in those it made.
    """
    site.repository.fetch()
    delivery = site.delivery
    said = manifest.read(site.repository, delivery.base_commit)
    deployer = site.deployer_of(said, now)
    if deployer is None:
        return None
    paths = site.repository.changed_paths(delivery.base_commit, delivery.merge_commit)
    results = deployer.deploy(commit, said.deploy, paths)
    if isinstance(results, Underway) or failing(results):
        return results
    before = told(results)
    proven = healthy.prove(said.health, deployer.folder, lambda text: site.hear(before + text))
    return (*results, *proven)


def waiting(underway: Underway) -> Waiting:
    """Look again later."""
    return Waiting(underway.words, underway.again_seconds, underway.output)


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
