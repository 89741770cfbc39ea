"""Who may waive a finding about a proposal, and what does it lead to?"""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from proposals import checks, decision
from proposals.decision import FourEyes
from proposals.models import Proposal, Status
from validation.models import Finding, Report, Waiver
from validation.waiving import acts
from validation.waiving.acts import CannotWaive, Origin, Wish


def waive(proposal: Proposal, finding: int, wish: Wish, *, person: User, at: datetime) -> Waiver:
    """Waive one finding of the newest check, and have the change checked again.

    Raises CannotWaive, FourEyes or PermissionDenied, and then changes nothing.
    """
    with transaction.atomic():
        rows = Proposal.objects.select_for_update(of=("self",)).select_related("target", "report")
        current = rows.get(pk=proposal.pk)
        found = _found(current, finding, at)
        decision.refuse_own(current, person, act="waive what was found in")
        origin = Origin(
            current.pk, current.title, (current.transitions.latest("version").entry_uid,)
        )
        waiver = acts.waive(found, wish, origin=origin, person=person, at=at)
        who = person.get_username()
        Report.objects.filter(pk=found.result.report_id).update(
            void=f"{who} waived a finding of {waiver.gate} in {waiver.path} since it was checked."
        )
    return waiver


def is_permitted(proposal: Proposal, person: User) -> bool:
    """Tell whether this person may waive findings about this proposal at all."""
    if proposal.status != Status.PENDING or not person.has_perm(acts.PERMISSION):
        return False
    try:
        decision.refuse_own(proposal, person)
    except FourEyes:
        return False
    return True


def _found(proposal: Proposal, finding: int, at: datetime) -> Finding:
    """Return the finding, as the check of exactly these words by today's rules told it."""
    if proposal.status != Status.PENDING:
        state = proposal.get_status_display()
        raise CannotWaive(f"The proposal is “{state}”: a waiver would change nothing.")
    report = proposal.report
    rows = Finding.objects.select_related("result__report").filter(pk=finding)
    found = rows.filter(result__report=report).first() if report else None
    if report is None or found is None:
        raise CannotWaive("The newest check has no such finding; look at it again.")
    bound_to = (report.diff_digest, report.base_commit, report.policy_digest)
    now = (proposal.diff_digest, proposal.base_commit, checks.rules_in_force())
    if bound_to != now:
        raise CannotWaive("The change or the rules moved since. A new check is on its way.")
    return found
