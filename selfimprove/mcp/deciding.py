"""How does an agent decide in its person's name? As that person would, or not at all."""

from collections.abc import Callable
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from audit.models import Entry
from evaluation.models import Became, Consideration
from generations.models import Generation
from proposals import decision
from proposals.decision import FourEyes, NotChecked, StaleDigest
from proposals.lifecycle import IllegalMove, ReasonMissing
from proposals.models import ChangeRequest, Proposal, Status
from proposals.revising import chain
from proposals.revising.asking import CannotAsk
from selfimprove.mcp.answers import Decided, visible
from selfimprove.mcp.callers import Caller, MayNot, NotPossible, Refused, enter, still
from selfimprove.mcp.reading import MAY_SEE, found
from telemetry.doors.models import Scope

MAY = (MAY_SEE, decision.PERMISSION)
SAID = {
    Status.APPROVED: "Approved. The delivery begins within seconds.",
    Status.REJECTED: "Rejected. The reason is kept, so that it is not proposed again.",
    Status.PENDING: "The approval is kept. A second person has to approve it as well.",
}


def approve(
    secret: str,
    now: datetime,
    *,
    wanted: str,
    digest: str,
    reason: str,
    acknowledge_findings: bool,
    accept_weaker_tests: bool,
) -> Decided:
    """Approve the words whose digest was read."""
    return approve_as(
        enter_to_decide(secret, now),
        now,
        wanted=wanted,
        digest=digest,
        reason=reason,
        acknowledge_findings=acknowledge_findings,
        accept_weaker_tests=accept_weaker_tests,
    )


def approve_as(
    caller: Caller,
    now: datetime,
    *,
    wanted: str,
    digest: str,
    reason: str,
    acknowledge_findings: bool,
    accept_weaker_tests: bool,
) -> Decided:
    """Approve the words whose digest a caller read, whose token and permissions were looked at."""
    proposal = found(caller, wanted)

    def act() -> Proposal:
        refuse_own_work(proposal, caller)
        return decision.approve(
            proposal,
            reviewer=caller.person,
            document_digest=digest,
            at=now,
            reason=reason,
            acknowledged=acknowledge_findings,
            weakening_accepted=accept_weaker_tests,
            door=caller.stated,
        )

    return decided(caller, act, now)


def reject(
    secret: str, now: datetime, *, wanted: str, digest: str, reason: str, category: str
) -> Decided:
    """Turn the words down whose digest was read."""
    given = {"wanted": wanted, "digest": digest, "reason": reason, "category": category}
    return reject_as(enter_to_decide(secret, now), now, **given)


def reject_as(
    caller: Caller, now: datetime, *, wanted: str, digest: str, reason: str, category: str
) -> Decided:
    """Turn the words down whose digest a caller read, as `approve_as` approves them."""
    proposal = found(caller, wanted)
    if not digest:  # the page may leave it out, an agent may not: it decides about what it read
        raise Refused(f"digest: there is none. {again(caller)}")

    def act() -> Proposal:
        return decision.reject(
            proposal,
            reviewer=caller.person,
            reason=reason,
            at=now,
            category=category,
            document_digest=digest,
            door=caller.stated,
        )

    return decided(caller, act, now)


def refuse_own_work(proposal: Proposal, caller: Caller) -> None:
    """Refuse what the agent wrote, or had written by what was started for it."""
    names = {caller.token.name.casefold(), f"token:{caller.token.pk}"}
    if proposal.author.casefold() in names:
        raise FourEyes("This agent wrote the proposal: somebody else must approve it.")
    asked = Consideration.objects.filter(
        proposal=proposal, outcome=Became.PROPOSED, evaluation__token__person=caller.person
    )
    begun = Generation.objects.filter(proposal=proposal, token__person=caller.person)
    for what, rows in (("An evaluation", asked), ("A generation", begun)):
        if rows.exists():
            raise FourEyes(
                f"{what} that an agent started in this person's name wrote the proposal:"
                " another person must approve it, or this one on its page."
            )
    if _steered(proposal, caller):
        raise FourEyes(
            "An agent requested this revision in this person's name, and so said what is in it:"
            " another person must approve it, or this one on its page."
        )


def _steered(proposal: Proposal, caller: Caller) -> bool:
    """Tell whether an agent of this person said what a version of the change should be."""
    versions = [*chain.before(proposal), proposal]
    requests = ChangeRequest.objects.filter(
        revision__proposal__in=versions, asked_by=caller.person
    )
    entries = Entry.objects.filter(uid__in=requests.values_list("entry_uid", flat=True))
    return any("token" in entry.facts for entry in entries)


def again(caller: Caller) -> str:
    """Say how the words that are decided about are read."""
    return f"Read it again with {caller.reads}, then pass the digest that it gives."


def enter_to_decide(secret: str, now: datetime) -> Caller:
    """Find out in whose name a call decides."""
    return enter(secret, Scope.PROPOSALS_DECIDE, now, may=MAY)


def decided(caller: Caller, act: Callable[[], Proposal], now: datetime, said: str = "") -> Decided:
    """Do what a caller decided, while its token holds; a refusal has changed nothing."""
    try:
        with transaction.atomic():
            still(caller, Scope.PROPOSALS_DECIDE, now)
            moved = act()
    except StaleDigest as refusal:
        raise NotPossible(f"digest: {refusal} {again(caller)}") from refusal
    except NotChecked as refusal:
        words = f"{refusal} Nothing was changed; {caller.reads} says what is asked for."
        raise NotPossible(words) from refusal
    except (IllegalMove, FourEyes, CannotAsk) as refusal:
        raise NotPossible(f"{refusal} Nothing was changed.") from refusal
    except ReasonMissing as refusal:
        raise Refused(f"{refusal} Nothing was changed.") from refusal
    except PermissionDenied as refusal:
        raise MayNot(f"{refusal} Nothing was changed.") from refusal
    return Decided(
        target=caller.token.target.slug,
        id=str(moved.pk),
        status=moved.status,
        version=moved.version,
        said=visible(said or SAID[Status(moved.status)]),
        page=moved.get_absolute_url(),
    )
