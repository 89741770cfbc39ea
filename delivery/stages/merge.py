"""Is exactly the branch that was proven part of the target's branch?"""

from datetime import datetime

from delivery import seals
from delivery.grounds import holding
from delivery.models import Delivery
from delivery.stages import authorised, reviewing
from delivery.stages.branch import delete_branch
from delivery.stages.shape import Again, Answer, Failed, Lapsed, Passed, Waiting
from delivery.stages.site import Site
from delivery.stages.wording import committed
from delivery.windows import waiting
from ports.forge import Denied, PermanentError, State
from validation.authorising.origin import MERGE


def run(site: Site, now: datetime) -> Answer:
    """Merge the pull request unless it is merged already, then remove the branch."""
    delivery = site.delivery
    number = delivery.pull_request
    assert number is not None  # noqa: S101 — the stage before this one found it
    request = site.forge.status(number)
    if request.state == State.CLOSED:
        return Failed(f"Pull request {number} was closed without being merged.")
    if request.state == State.MERGED:
        return _merged(site, request.merge_commit, reviewing.Consent())
    if (ended := holding.lapsed(delivery, now)) is not None:
        return ended
    # Reviewers come first: they would be asked anew each time that the branch moves.
    consent = reviewing.asked(site, number, now)
    if not isinstance(consent, reviewing.Consent):
        return consent
    if (stopped := _stopped(site, now)) is not None:
        return stopped
    try:
        commit = site.forge.merge(number, delivery.branch_commit, _message(delivery), now)
    except Denied:  # the change is not at fault: it is tried again, and then a person is called
        raise
    except PermanentError as error:
        return Failed(f"The merge was refused: {error}")
    return _merged(site, commit, consent)


def _stopped(site: Site, now: datetime) -> Again | Lapsed | Waiting | None:
    """Say what came in the way since the change was proven, or nothing."""
    if shut := waiting.waits(site.delivery, now):
        words, again = shut
        return Waiting(words, again_seconds=again.total_seconds(), frees_target=True)
    if reason := _moved(site):
        return Again("branch", reason)
    if reason := _lapsed(site, now):
        return Again("validate", reason)
    return authorised.refusal(site, authorised.written(site), MERGE, now)


def _merged(site: Site, commit: str, consent: reviewing.Consent) -> Passed:
    delete_branch(site.repository, site.delivery.branch)
    return Passed(
        f"Merged as {commit[:12]}.{consent.words}",
        output=consent.output,
        found={"merge_commit": commit},
    )


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
        f"Merge “{committed(delivery, proposal.title)}”\n\n"
        f"Proposal: {proposal.pk}\nApproved-by: {proposal.reviewer}\n"
        f"Pull-request: {delivery.pull_request}\nDelivery: {delivery.pk}{seals.trailers(delivery)}"
    )
