"""How does a person take a change back in a chat? By the page's own function, or not at all."""

from datetime import datetime

from audit.log import Actor
from delivery import revert as taking_back
from delivery.models import Delivery
from proposals.models import Proposal
from selfimprove.chat.commands import Command
from selfimprove.chat.deciding import stated
from selfimprove.chat.finding import short
from selfimprove.chat.records import ChatAccount

MAY = "delivery.revert_delivery"


def revert(proposal: Proposal, command: Command, account: ChatAccount, now: datetime) -> str:
    """Ask for the delivery of a proposal to be taken back, or stopped, for a reason."""
    signs = short(proposal)
    if not account.person.has_perm(MAY):
        return "You may not take changes back. Nothing was changed."
    delivery = Delivery.objects.filter(proposal=proposal).select_related("target").first()
    if delivery is None:
        return f"{signs} was not delivered: there is nothing to take back. Nothing was changed."
    try:
        taking_back.request(
            delivery,
            actor=Actor.person(account.person),
            reason=command.words,
            at=now,
            door=stated(account),
        )
    except taking_back.ReasonMissing:
        return f"Say why: revert {signs} and a reason. Nothing was changed."
    except taking_back.NothingToTakeBack as refusal:
        return f"{refusal} Nothing was changed."
    if delivery.merge_commit:
        return f"{signs}: delivery #{delivery.pk} is being taken back."
    return f"{signs}: delivery #{delivery.pk} is being stopped; nothing was merged yet."
