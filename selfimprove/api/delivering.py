"""How does a program have the gates asked again, a branch written, or a pull request opened?

By the delivery's own stages, which begin by themselves once people have approved: whoever asks
here has them look now, and learns how far they are. There is no second way to a repository.
"""

import hashlib
from datetime import datetime

from django.core.exceptions import PermissionDenied

from delivery import asking
from delivery.asking import CannotAsk, Place
from delivery.models import Delivery
from proposals import decision
from proposals.models import Proposal, Status
from proposals.running import keeping
from selfimprove import switch
from selfimprove.api.answers import Asked, Nothing, Patch, Stage
from selfimprove.api.proposals import address, shipment
from selfimprove.api.sent import Sent, sent
from selfimprove.mcp import reading
from selfimprove.mcp.answers import visible
from selfimprove.mcp.callers import Caller, MayNot, NotPossible

MAY_DELIVER = (reading.MAY_SEE, decision.PERMISSION)
MAY_CHECK = (reading.MAY_SEE, keeping.PERMISSION)
BRANCH, VALIDATE, PULL_REQUEST = "branch", "validate", "pull_request"


def write_branch(caller: Caller, given: Patch, now: datetime, wanted: str) -> Sent:
    """Have the approved patch, and nothing else, put on the branch of its proposal."""
    proposal = reading.found(caller, wanted)
    _refuse_another(proposal, given)
    return _asked(caller, proposal, BRANCH, now)


def open_pull_request(caller: Caller, given: Nothing, now: datetime, wanted: str) -> Sent:
    """Have the pull request of the validated branch opened."""
    return _asked(caller, reading.found(caller, wanted), PULL_REQUEST, now)


def validate(caller: Caller, given: Nothing, now: datetime, wanted: str) -> Sent:
    """Have every gate asked: before the review of the change, after it of the branch."""
    proposal = reading.found(caller, wanted)
    if proposal.status != Status.PENDING:
        return _validated(caller, proposal, now)
    try:
        keeping.ask_again(proposal, person=caller.person, at=now, door=caller.stated)
    except keeping.NothingToAsk as reason:
        return _told(202, proposal, Place(VALIDATE, "running", str(reason)))
    except PermissionDenied as refusal:
        raise MayNot(str(refusal)) from refusal
    return _told(202, proposal, Place(VALIDATE, "running", "Another check begins in seconds."))


def _validated(caller: Caller, proposal: Proposal, now: datetime) -> Sent:
    """Say how the stage stands; whoever may also decide has it look now."""
    if caller.person.has_perm(decision.PERMISSION):
        return _asked(caller, proposal, VALIDATE, now)
    place = asking.standing(Delivery.objects.filter(proposal=proposal).first(), VALIDATE)
    return _told(200 if place.standing == "passed" else 202, proposal, place)


def _refuse_another(proposal: Proposal, given: Patch) -> None:
    """Refuse a patch or a base that nobody has approved under this id."""
    if given.base_commit and given.base_commit != proposal.base_commit:
        raise NotPossible(
            f"base_commit: the proposal is to {proposal.base_commit}. Another base needs another"
            " proposal."
        )
    digest = hashlib.sha256(given.patch.encode()).hexdigest()
    if given.patch and digest != proposal.diff_digest:
        raise NotPossible(
            "patch: it is not the one of the proposal, to the letter. Another change needs"
            " another proposal, and the approval of people."
        )


def _asked(caller: Caller, proposal: Proposal, stage: str, now: datetime) -> Sent:
    if switch.paused():
        raise NotPossible("The loop is paused: nothing is delivered until a person resumes it.")
    try:
        place = asking.ask(proposal, stage, person=caller.person, at=now, door=caller.stated)
    except CannotAsk as reason:
        raise NotPossible(f"{reason} Nothing was changed.") from reason
    except PermissionDenied as refusal:
        raise MayNot(str(refusal)) from refusal
    return _told(200 if place.standing == "passed" else 202, proposal, place)


def _told(status: int, proposal: Proposal, place: Place) -> Sent:
    delivery = Delivery.objects.filter(proposal=proposal).first()
    told = Asked(
        target=proposal.target.slug,
        id=str(proposal.pk),
        stage=Stage(stage=place.stage, state=place.standing, said=visible(place.words)),
        delivery=shipment(delivery) if delivery else None,
        address=address(proposal),
    )
    return sent(status, told, **({} if status == 200 else {"Retry_After": "2"}))
