"""Can everybody see the change, with the whole proposal beside it, where changes are reviewed?"""

from datetime import datetime

from delivery import seals
from delivery.grounds import holding
from delivery.models import Delivery, Result
from delivery.stages import authorised
from delivery.stages.shape import Lapsed, Passed
from delivery.stages.site import Site
from ports.forge import Check, Light, PullRequest
from proposals.models import Proposal
from validation.authorising.origin import OPEN_PULL_REQUEST


def run(site: Site, now: datetime) -> Passed | Lapsed:
    """Open the pull request of the branch, or find the one that is there."""
    delivery = site.delivery
    found = _present(site)
    if found is None:
        if ended := holding.lapsed(delivery, now):
            return ended
        if denied := authorised.refusal(site, authorised.written(site), OPEN_PULL_REQUEST, now):
            return denied
        found = site.forge.open(
            delivery.branch,
            delivery.target.branch,
            delivery.proposal.title,
            delivery.proposal.document + judged(delivery.proposal) + seals.proven(delivery),
        )
    if site.reviews is not None:
        site.reviews.report(delivery.branch_commit, _check(delivery))
    return Passed(
        f"Pull request {found.number} is open.",
        found={"pull_request": found.number, "pull_request_url": found.url},
    )


def _present(site: Site) -> PullRequest | None:
    """Find the pull request of this approval; one that was closed with another is past."""
    found = site.forge.find(site.delivery.branch)
    past = site.delivery.closed_pull_request
    return None if found is not None and past is not None and found.number <= past else found


def judged(proposal: Proposal) -> str:
    """Write which rules judged the change, and why each let it pass."""
    if proposal.report is None:
        return ""
    lines = []
    for result in proposal.report.results.prefetch_related("findings"):
        outcome = result.get_outcome_display()
        said = f"{outcome}: {result.summary}" if result.summary else outcome
        lines.append(f"- **{result.gate}** — {result.question} {said}")
        lines += [f"  - {finding.message}" for finding in result.findings.all()]
    return "\n\n## Which rules judged it\n\n" + "\n".join(lines) + "\n"


def _check(delivery: Delivery) -> Check:
    """Return what our own gates said of the very commit that is shown."""
    proven = delivery.runs.filter(stage="validate", result=Result.PASSED).last()
    words = proven.message if proven else "Not checked by a gate."
    return Check("gates", Light.PASSED if proven else Light.PENDING, words)
