"""What does a person of a chat get for a line, and what if nobody knows them?"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from selfimprove.chat import deciding, finding, revising, showing, taking_back, talking
from selfimprove.chat.commands import HELP, Command, Unclear, parse
from selfimprove.chat.records import ChatAccount
from selfimprove.mcp.reading import MAY_SEE


@dataclass(frozen=True)
class Line:
    """Hold who says what, and where; the signature over it held."""

    uid: str
    digest: str
    place: str
    user: str
    text: str


def account_of(line: Line) -> ChatAccount | None:
    """Return whose account it is; None where nobody said so, or that person is shut out."""
    rows = ChatAccount.objects.select_related("person")
    return rows.filter(place=line.place, user=line.user, person__is_active=True).first()


def answer(line: Line, account: ChatAccount | None, now: datetime) -> str:
    """Answer in plain text of limited length; whoever is not known is told how to be."""
    if account is None:
        return cut(_unknown(line))
    try:
        return cut(_done(parse(line.text), account, now))
    except Unclear as reason:
        return cut(showing.clean(str(reason)))


def cut(text: str) -> str:
    """Keep an answer as short as the settings ask."""
    most = settings.SELFIMPROVE.chat.longest_answer
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _done(command: Command, account: ChatAccount, now: datetime) -> str:
    if command.verb == "help":
        return HELP
    if not account.person.has_perm(MAY_SEE):
        return "You may not see proposals. Nothing was changed."
    if command.verb == "list":
        return showing.listed(command.words)
    if command.verb in talking.ABOUT_THREADS:
        return showing.clean(talking.ABOUT_THREADS[command.verb](command, account, now))
    proposal = finding.find(command.wanted)
    if command.verb == "show":
        return showing.shown(proposal, account, command.words, now)
    return showing.clean(_ACTS[command.verb](proposal, command, account, now))


_ACTS = {
    "approve": deciding.approve,
    "reject": deciding.reject,
    "changes": revising.request,
    "withdraw": revising.withdraw,
    "revert": taking_back.revert,
    **talking.ABOUT_PROPOSALS,
}


def _unknown(line: Line) -> str:
    where = reverse("admin:selfimprove_chataccount_add")
    place, user = showing.clean(line.place), showing.clean(line.user)
    return (
        "This account stands for nobody here, so nothing was done. Ask an administrator to add"
        f" it at {where}, with place {place} and user {user}."
    )
