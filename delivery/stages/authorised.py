"""Do the policies let this write happen, now that it is about to?"""

from datetime import datetime

from django.db import transaction

from audit.events import Event
from delivery import telling
from delivery.stages.shape import Failed
from delivery.stages.site import Site
from proposals import decision as decisions
from proposals.authorising.origins import origin_of
from targets import manifest
from targets.changes import Change
from validation import parameters
from validation.authorising import asking, tally
from validation.authorising.deciding import Decision
from validation.verdicts import Context, Limits


def refusal(site: Site, change: Change, action: str, now: datetime) -> Failed | None:
    """Say why the write may not happen, or nothing; either way it is on the log before."""
    decision = asking.ask(change, _context(site, change), action)
    _record(site, decision, now)
    if decision.permitted:
        return None
    reason = f"The policies do not let it {decision.words}: {decision.why}."
    return Failed(reason, output="\n".join(decision.told))


def written(site: Site) -> Change:
    """Return what stands on the branch, as git tells it."""
    delivery = site.delivery
    return site.repository.between(delivery.base_commit, delivery.branch_commit)


def _context(site: Site, change: Change) -> Context:
    proposal = site.delivery.proposal
    origin = origin_of(proposal, approved=decisions.is_approved(proposal))
    return Context(
        site.repository,
        manifest.read(site.repository, change.base),
        parameters.load(),
        Limits.configured(),
        origin,
    )


def _record(site: Site, decision: Decision, now: datetime) -> None:
    permitted = Event.DELIVERY_AUTHORISED if decision.permitted else Event.DELIVERY_DENIED
    with transaction.atomic():
        telling.entry(permitted, site.delivery, at=now, facts={"authorised": decision.facts})
        tally.keep(decision, target=site.delivery.target, at=now)
