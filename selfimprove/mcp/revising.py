"""How does an agent request changes in its person's name, and take that back?"""

from datetime import datetime

from proposals.models import Proposal
from proposals.revising import asking
from proposals.revising.asking import ASKED, WITHDRAWN
from selfimprove.mcp.answers import Decided
from selfimprove.mcp.callers import Caller, Refused
from selfimprove.mcp.deciding import again, decided, enter_to_decide
from selfimprove.mcp.reading import found


def request(secret: str, now: datetime, *, wanted: str, digest: str, reason: str) -> Decided:
    """Request changes of the words whose digest was read."""
    caller = enter_to_decide(secret, now)
    return request_as(caller, now, wanted=wanted, digest=digest, reason=reason)


def request_as(caller: Caller, now: datetime, *, wanted: str, digest: str, reason: str) -> Decided:
    """Request changes of the words whose digest a caller read."""
    proposal = found(caller, wanted)
    if not digest:
        raise Refused(f"digest: there is none. {again(caller)}")

    def act() -> Proposal:
        return asking.request(
            proposal,
            by=caller.person,
            reason=reason,
            at=now,
            document_digest=digest,
            door=caller.stated,
        ).proposal

    return decided(caller, act, now, ASKED)


def withdraw(secret: str, now: datetime, *, wanted: str, reason: str) -> Decided:
    """Take back the request that stands on a proposal."""
    return withdraw_as(enter_to_decide(secret, now), now, wanted=wanted, reason=reason)


def withdraw_as(caller: Caller, now: datetime, *, wanted: str, reason: str) -> Decided:
    """Take back the request that stands, in the name of a caller."""
    proposal = found(caller, wanted)

    def act() -> Proposal:
        door = caller.stated
        return asking.withdraw(
            proposal, by=caller.person, at=now, reason=reason, door=door
        ).proposal

    return decided(caller, act, now, WITHDRAWN)
