"""How does a program request changes of a proposal, take that back, and hand in a revision?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from proposals.models import Proposal
from proposals.revising import handing_in
from proposals.revising.handing_in import CannotRevise
from selfimprove.api.answers import Wish, Withdrawal
from selfimprove.api.entry import Operation
from selfimprove.api.sent import Sent, sent
from selfimprove.mcp import deciding, reading, revising
from selfimprove.mcp.answers import Decided
from selfimprove.mcp.callers import Caller, NotPossible
from telemetry.doors.models import Scope

NOT_NOW = {
    404: "There is no such id for this token.",
    409: "It does not go together with how things stand.",
}


def request(caller: Caller, given: Wish, now: datetime, wanted: str) -> Sent:
    """Request changes of the words whose digest was read."""
    decided = revising.request_as(caller, now, wanted=wanted, **given.model_dump())
    return sent(200, decided)


def withdraw(caller: Caller, given: Withdrawal, now: datetime, wanted: str) -> Sent:
    """Take back the request that stands."""
    return sent(200, revising.withdraw_as(caller, now, wanted=wanted, reason=given.reason))


def revised(caller: Caller, wanted: str, given: Mapping[str, Any]) -> Proposal:
    """Take in another version of a proposal of the token's target, as `intake.submit` takes it."""
    previous = reading.found(caller, wanted)
    words = {name: value for name, value in given.items() if name != "target"}
    try:
        return handing_in.revise(previous, **words)
    except CannotRevise as refusal:
        raise NotPossible(f"revises: {refusal} Nothing was taken in.") from refusal


REQUEST = (
    Operation(
        "POST",
        "requestChanges",
        "Request changes of the words whose digest was read.",
        Scope.PROPOSALS_DECIDE,
        deciding.MAY,
        request,
        Wish,
        {200: Decided},
        NOT_NOW,
    ),
)
WITHDRAW = (
    Operation(
        "POST",
        "withdrawRequest",
        "Take back the request for changes that stands.",
        Scope.PROPOSALS_DECIDE,
        deciding.MAY,
        withdraw,
        Withdrawal,
        {200: Decided},
        NOT_NOW,
    ),
)
