"""Do the policies let this write happen, now that it is about to?"""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from audit.events import Event
from delivery import telling
from delivery.grounds import holding
from delivery.stages.shape import Lapsed
from delivery.stages.site import Site
from proposals.authorising import approved
from proposals.authorising.origins import origin_of
from proposals.models import Proposal
from proposals.standing import passing
from targets import manifest
from targets.changes import Change
from validation import parameters
from validation.asking import alone
from validation.authorising import asking, tally
from validation.authorising.deciding import Decision
from validation.gates import weakened_tests
from validation.verdicts import Context, GateVerdict, Limits
from validation.waiving import acts


def refusal(site: Site, change: Change, action: str, now: datetime) -> Lapsed | None:
    """Say why the write may not happen, or nothing; either way it is on the log before.

    What the policies deny is for people: they see it checked anew, by the policies as they are.
    """
    context = _context(site, change, now)
    weaker = weaker_than_accepted(
        site.delivery.proposal, alone.ask(weakened_tests, change, context)
    )
    origin = replace(context.origin, weakening_accepted=not weaker)
    decision = asking.ask(change, replace(context, origin=origin), action)
    _record(site, decision, now)
    if decision.permitted:
        return None
    reason = f"The policies do not let it {decision.words}: {decision.why}."
    return Lapsed(reason, output="\n".join(decision.told), rule=holding.DENIED)


def weaker_than_accepted(proposal: Proposal, found: GateVerdict) -> tuple[str, ...]:
    """List what makes tests less strict without the yes of everybody who approved."""
    accepted = approved.accepted_weaker_tests(proposal)
    named = (weakened_tests.key(mark.path, mark.message) for mark in found.findings)
    return tuple(one for one in named if one not in accepted)


def written(site: Site) -> Change:
    """Return what stands on the branch, as git tells it."""
    delivery = site.delivery
    return site.repository.between(delivery.base_commit, delivery.branch_commit)


def _context(site: Site, change: Change, now: datetime) -> Context:
    proposal = site.delivery.proposal
    origin = origin_of(
        proposal,
        approved=approved.is_approved(proposal),
        standing=passing.of(proposal) is not None,
    )
    return Context(
        site.repository,
        manifest.read(site.repository, change.base),
        parameters.load().of(site.delivery.target.slug),
        Limits.configured(),
        origin=origin,
        waivers=acts.relied_on(proposal.report, now),  # whoever approved has seen these
    )


def _record(site: Site, decision: Decision, now: datetime) -> None:
    permitted = Event.DELIVERY_AUTHORISED if decision.permitted else Event.DELIVERY_DENIED
    with transaction.atomic():
        telling.entry(permitted, site.delivery, at=now, facts={"authorised": decision.facts})
        tally.keep(decision, target=site.delivery.target, at=now)
