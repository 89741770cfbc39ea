"""How does a person request changes in a chat, and take that back?"""

from collections.abc import Callable
from datetime import datetime

from django.core.exceptions import PermissionDenied

from proposals.decision import StaleDigest
from proposals.lifecycle import ReasonMissing
from proposals.models import OPEN, Proposal
from proposals.revising import asking
from proposals.revising.asking import ASKED, WITHDRAWN, CannotAsk
from selfimprove.chat import showing
from selfimprove.chat.commands import Command
from selfimprove.chat.deciding import stated
from selfimprove.chat.finding import short
from selfimprove.chat.records import ChatAccount


def request(proposal: Proposal, command: Command, account: ChatAccount, now: datetime) -> str:
    """Request changes of the words that this account was shown last, all of them."""
    read = showing.read_by(proposal, account, now)
    if read is None and proposal.status in OPEN:
        return f"Read it first, to its end: show {short(proposal)}. Nothing was changed."

    def act() -> object:
        return asking.request(
            proposal,
            by=account.person,
            reason=command.words,
            at=now,
            document_digest=read.digest if read else "",
            door=stated(account),
        )

    return _said(proposal, act, ASKED)


def withdraw(proposal: Proposal, command: Command, account: ChatAccount, now: datetime) -> str:
    """Take back the request that stands on a proposal."""

    def act() -> object:
        who, door = account.person, stated(account)
        return asking.withdraw(proposal, by=who, at=now, reason=command.words, door=door)

    return _said(proposal, act, WITHDRAWN)


def _said(proposal: Proposal, act: Callable[[], object], done: str) -> str:
    signs = short(proposal)
    try:
        act()
    except StaleDigest as refusal:
        return f"{refusal} Write show {signs}. Nothing was changed."
    except ReasonMissing:
        return f"Say what should change: changes {signs} and a reason. Nothing was changed."
    except (CannotAsk, PermissionDenied) as refusal:
        return f"{refusal} Nothing was changed."
    return f"{signs}: {done}"
