"""Would the gates let this branch pass onto the head as it is now?"""

from datetime import datetime

from django.conf import settings

from delivery.grounds import holding, moved
from delivery.grounds.rules import Rule
from delivery.stages import authorised
from delivery.stages.shape import Failed, Lapsed, Passed
from delivery.stages.site import Site
from proposals.authorising.origins import origin_of
from proposals.checks import cases_of
from targets import manifest
from targets.changes import Change
from validation import parameters, policy, report, runner
from validation.gates import weakened_tests
from validation.keeping.answers import Kept
from validation.models import Outcome, Report
from validation.parameters import Parameters
from validation.verdicts import Limits
from validation.waiving import acts


class CouldNotValidate(Exception):
    """The gates did not run, so nothing is known about the change."""


def run(site: Site, now: datetime) -> Passed | Lapsed | Failed:
    """Run every gate on the branch's own tree; what judges comes from the base."""
    delivery = site.delivery
    read = delivery.proposal.report
    if read and (lapsed := read.lapsed(now)):
        return Lapsed(f"The approval holds no more. {lapsed}", rule=holding.VOID)
    change = site.repository.between(delivery.base_commit, delivery.branch_commit)
    rules = parameters.load().of(delivery.target.slug)
    verdict = runner.check(
        change,
        site.repository,
        manifest=manifest.read(site.repository, delivery.base_commit),
        parameters=rules,
        at=now,
        kept=_answers(site, change, rules, now),
        waivers=acts.relied_on(read, now),  # whoever approved has seen these, and no others
        origin=origin_of(delivery.proposal),
        cases=cases_of(delivery.proposal),
    )
    made = report.save(verdict, delivery.target, now)
    listed = "\n".join(
        f"{result.gate}: {result.get_outcome_display()} {result.summary}".rstrip()
        for result in made.results.all()
    )
    if made.outcome in (Outcome.COULD_NOT_RUN, Outcome.NOT_RUN):
        raise CouldNotValidate(f"{made.get_outcome_display()}: {listed}")
    if made.outcome == Outcome.REFUSED:
        return Failed(f"The gates refused the branch: {_minded(made)}", output=listed)
    if _unseen(made, read):
        return _unasked(site, change, f"The gates refused the branch: {_minded(made)}", listed)
    weakened = next(gate for gate in verdict.gates if gate.gate == weakened_tests.NAME)
    if weaker := authorised.weaker_than_accepted(delivery.proposal, weakened):
        words = f"Tests become less strict than was accepted at the approval: {weaker[0]}"
        return _unasked(site, change, words, listed)
    return Passed(f"All {made.results.count()} gates let it pass.", output=listed)


def _unasked(site: Site, change: Change, words: str, listed: str) -> Lapsed | Failed:
    """Ask people where the branch moved, since they could not have said yes to what is new."""
    if change.base == site.delivery.proposal.base_commit:
        return Failed(words, output=listed)
    return Lapsed(f"On the branch as it stands now: {words}.", change, output=listed)


def _answers(site: Site, change: Change, rules: Parameters, now: datetime) -> Kept | None:
    """Find again what this delivery has asked of this tree; its tests run for no other.

    Where others changed the same files, nothing that was answered before counts.
    """
    ground = moved.ground(site.repository, site.delivery.proposal, change)
    if not settings.SELFIMPROVE.validation.reuse_answers or ground.rule is Rule.PROVEN_ANEW:
        return None
    return Kept(
        change,
        site.repository,
        target=site.delivery.target,
        purpose=f"delivery {site.delivery.pk}",
        rules=policy.digest(Limits.configured(), rules),
        at=now,
    )


def _unseen(made: Report, read: Report | None) -> bool:
    """Tell whether this report asks for an acknowledgement that nobody was asked for."""
    asks = made.outcome == Outcome.ACKNOWLEDGE
    return asks and (read is None or read.outcome != Outcome.ACKNOWLEDGE)


def _minded(made: Report) -> str:
    results = made.results.exclude(outcome__in=(Outcome.PASSED, Outcome.NOTHING_SHOWN))
    return "; ".join(f"{result.gate}: {result.summary}" for result in results)
