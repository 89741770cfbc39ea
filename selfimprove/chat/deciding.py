"""How does a person decide in a chat? By the very functions of the page, or not at all."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.core.exceptions import PermissionDenied

from proposals import decision
from proposals.decision import FourEyes, NotAcknowledged, NotChecked, StaleDigest
from proposals.decision import WeakeningNotAccepted as WeakeningOpen
from proposals.lifecycle import IllegalMove, ReasonMissing
from proposals.models import Proposal, Status
from selfimprove.chat import showing
from selfimprove.chat.commands import ACCEPT, ACKNOWLEDGE, Command
from selfimprove.chat.finding import short
from selfimprove.chat.records import ChatAccount
from selfimprove.mcp.deciding import SAID

DOOR = "chat"


def approve(proposal: Proposal, command: Command, account: ChatAccount, now: datetime) -> str:
    """Approve the words that this account was shown last, all of them."""
    reading = showing.read_by(proposal, account, now)
    if reading is None and proposal.status == Status.PENDING:
        return f"Read it first, to its end: show {short(proposal)}. Nothing was changed."

    def act() -> Proposal:
        return decision.approve(
            proposal,
            reviewer=account.person,
            document_digest=reading.digest if reading else "",
            at=now,
            reason=command.words,
            acknowledged=ACKNOWLEDGE in command.options,
            weakening_accepted=ACCEPT in command.options,
            door=stated(account),
        )

    return _said(proposal, act)


def reject(proposal: Proposal, command: Command, account: ChatAccount, now: datetime) -> str:
    """Turn a proposal down with a reason; where it was shown, exactly those words."""
    reading = showing.read_by(proposal, account, now)

    def act() -> Proposal:
        return decision.reject(
            proposal,
            reviewer=account.person,
            reason=command.words,
            at=now,
            document_digest=reading.digest if reading else "",
            door=stated(account),
        )

    return _said(proposal, act)


def stated(account: ChatAccount) -> Mapping[str, object]:
    """Say for the log by which door and account an act came."""
    return {"door": DOOR, "chat_account": account.pk, "chat": account.place.partition(":")[0]}


def _said(proposal: Proposal, act: Callable[[], Proposal]) -> str:
    """Decide, and word what came of it; a refusal has changed nothing and says so."""
    signs = short(proposal)
    try:
        moved = act()
    except StaleDigest as refusal:
        return f"{refusal} Write show {signs}. Nothing was changed."
    except WeakeningOpen as refusal:
        return f"{refusal} To accept it: approve {signs} --{ACCEPT}. Nothing was changed."
    except NotAcknowledged as refusal:
        return f"{refusal} To do so: approve {signs} --{ACKNOWLEDGE}. Nothing was changed."
    except ReasonMissing:
        return f"Say why: reject {signs} and a reason. Nothing was changed."
    except (NotChecked, IllegalMove, FourEyes, PermissionDenied) as refusal:
        return f"{refusal} Nothing was changed."
    return f"{signs}: {SAID[Status(moved.status)]}"
