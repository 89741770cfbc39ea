"""Does the approved diff, and nothing else, stand on a branch of its own?"""

import hashlib
from datetime import datetime

from delivery.grounds import holding, moved
from delivery.grounds.moved import Ground
from delivery.grounds.rules import Rule
from delivery.models import Delivery
from delivery.stages import authorised
from delivery.stages.shape import Failed, Lapsed, Passed
from delivery.stages.site import Site
from delivery.stages.wording import committed
from proposals.authorising import origins
from proposals.decision import approvals
from proposals.models import Proposal, Status
from proposals.standing import passing
from targets.repository import ZERO, Change, DiffDoesNotApply, Repository
from validation.authorising.origin import WRITE_BRANCH

PLACE = "selfimprove"
PREFIX = origins.PREFIX


def run(site: Site, now: datetime) -> Passed | Lapsed | Failed:
    """Commit the approved diff onto the present head and push it as the proposal's branch."""
    delivery = site.delivery
    if reason := _unfit(delivery.proposal):
        return Failed(reason)
    if ended := _unapproved(delivery, now):
        return ended
    head = site.head()
    try:
        change = site.repository.apply(head, delivery.proposal.diff)
    except DiffDoesNotApply as error:
        return Failed(_conflict(delivery, head, error))
    ground = moved.ground(site.repository, delivery.proposal, change)
    moved.remember(delivery, ground, now)
    if ground.rule is Rule.ASKED_AGAIN:
        return Lapsed(_no_longer(delivery, ground), change, output=change.diff)
    if denied := authorised.refusal(site, change, WRITE_BRANCH, now):
        return denied
    name = branch_name(delivery)
    commit = site.repository.commit_tree(
        change.tree, (head,), _message(delivery), delivery.started_at
    )
    _point(site, f"refs/heads/{name}", commit)
    return Passed(
        _told(delivery, ground, change),
        output=change.diff,
        found={"base_commit": head, "branch": name, "branch_commit": commit},
    )


def branch_name(delivery: Delivery) -> str:
    """Name the branch of a delivery."""
    return origins.branch_name(delivery.proposal_id)


def _unfit(proposal: Proposal) -> str:
    """Say why nobody can have approved what is stored, or nothing."""
    if proposal.status not in (Status.APPROVED, Status.PR_OPEN):
        return f"The proposal is “{proposal.get_status_display()}”, not approved."
    digest = hashlib.sha256(proposal.diff.encode()).hexdigest()
    if digest != proposal.diff_digest:
        return "The stored diff is not the one that its digest names: it was altered."
    return ""


def _unapproved(delivery: Delivery, now: datetime) -> Lapsed | None:
    """Say why this is not what somebody approved, or nothing."""
    proposal = delivery.proposal
    if lapsed := holding.lapsed(delivery, now):
        return lapsed
    if any(one.diff_digest == proposal.diff_digest for one in approvals(proposal)):
        return None
    flaw = passing.flaw(proposal)
    return Lapsed(flaw, rule=holding.VOID) if flaw else None


def _point(site: Site, ref: str, commit: str) -> None:
    """Let the branch point at the commit, here and at the origin, from wherever it was."""
    present = site.repository.ref(ref)
    if present != commit:
        site.repository.update_ref(ref, commit, present or ZERO)
    site.repository.push(f"+{ref}:{ref}")


def _message(delivery: Delivery) -> str:
    proposal = delivery.proposal
    return (
        f"{committed(delivery, proposal.title)}\n\n"
        f"Proposal: {proposal.pk}\nApproved-by: {proposal.reviewer}\nDelivery: {delivery.pk}"
    )


def _told(delivery: Delivery, ground: Ground, change: Change) -> str:
    files = ", ".join(change.paths)
    if ground.rule is Rule.UNMOVED:
        return f"Committed onto {ground.head[:12]}: {files}."
    return (
        f"Rebased: {delivery.target.branch} moved from {ground.base[:12]} to {ground.head[:12]};"
        f" the approved diff still applies: {files}. By rule, {ground.rule.words}."
    )


def _no_longer(delivery: Delivery, ground: Ground) -> str:
    return (
        f"{delivery.target.branch} moved from {ground.base[:12]} to {ground.head[:12]}, and others"
        f" changed {', '.join(ground.files)}: the change would come to say something else there,"
        " or could go to several places. Look at it as it would stand now."
    )


def _conflict(delivery: Delivery, head: str, error: DiffDoesNotApply) -> str:
    return (
        f"The approved diff conflicts with {delivery.target.branch}, which moved from"
        f" {delivery.proposal.base_commit[:12]} to {head[:12]}: {error.reason}"
    )


def delete_branch(repository: Repository, name: str) -> None:
    """Delete a branch here and at the origin; a missing one is fine."""
    ref = f"refs/heads/{name}"
    repository.fetch()
    if repository.remote_head(name):
        repository.push(f":{ref}")
        repository.fetch()
    if present := repository.ref(ref):
        repository.delete_ref(ref, present)
