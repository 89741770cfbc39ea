"""How does a program read what is said of a change, and say something in its person's name?"""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from proposals.models import Comment, Proposal
from proposals.threads import reading as threads
from proposals.threads import saying
from proposals.threads.places import Lines
from selfimprove.api.answers import Given, Nothing, Text
from selfimprove.api.entry import Operation
from selfimprove.api.sent import Sent, sent
from selfimprove.mcp import reading
from selfimprove.mcp import talking as by_tool
from selfimprove.mcp.answers import Answer, Settled, visible
from selfimprove.mcp.callers import Caller
from selfimprove.mcp.forms import READ
from selfimprove.mcp.talking import Wish
from telemetry.doors.models import Scope

MAY_READ = (READ,)


class NewComment(Given):
    """What is said: in a thread, on a line of the change as it was read, or on the whole."""

    words: Annotated[Text, Field(min_length=1, max_length=saying.LONGEST)]
    thread: Annotated[int, Field(ge=0, description="0: it begins one.")] = 0
    path: Annotated[Text, Field(max_length=500, description="Empty: the whole is meant.")] = ""
    side: Annotated[Literal["L", "R"], Field(description="L before, R after.")] = "R"
    line: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    diff_digest: Annotated[Text, Field(max_length=64, description="As read, for a line.")] = ""


class Settling(Given):
    """How a thread is to be."""

    resolved: Annotated[bool, Field(description="False opens it again.")] = True


class Said(BaseModel):
    """One comment; `words` is empty once it was taken back or erased."""

    id: str
    thread: int
    who: str
    origin: Annotated[str, Field(description="The forge where it was said; empty: here.")]
    verdict: str
    words: str
    at: datetime
    edited_at: datetime | None


class Talk(BaseModel):
    """One thread; it is current while the line is part of the change."""

    thread: int
    path: str
    side: str
    line: int
    is_current: bool
    is_resolved: bool
    resolved_by: str
    comments: list[Said]


class Spoken(Answer):
    """What was said just now."""

    comment: Said


class Talks(Answer):
    """Everything that is said of a proposal, oldest first."""

    diff_digest: str
    threads: list[Talk]


def look(caller: Caller, given: Nothing, now: datetime, wanted: str) -> Sent:
    """Tell what is said of a proposal."""
    proposal = reading.found(caller, wanted)
    found = threads.talks(proposal, Lines(proposal.diff))
    told = [_talk(one, proposal) for one in found]
    slug = proposal.target.slug
    return sent(200, Talks(target=slug, diff_digest=proposal.diff_digest, threads=told))


def say(caller: Caller, given: NewComment, now: datetime, wanted: str) -> Sent:
    """Say something in the name of the token's person."""
    proposal = reading.found(caller, wanted)
    comment = by_tool.say_as(caller, now, proposal, Wish(**given.model_dump()), uuid.uuid4())
    words = threads.present([comment])[comment.pk]
    told = _answer(comment, words.who, words.words)
    return sent(201, Spoken(target=proposal.target.slug, comment=told))


def settle(caller: Caller, given: Settling, now: datetime, wanted: str, number: int) -> Sent:
    """Resolve a thread, or open it again."""
    told = by_tool.settle_as(caller, now, wanted=wanted, thread=number, resolved=given.resolved)
    return sent(200, told)


def _talk(talk: threads.Talk, proposal: Proposal) -> Talk:
    thread = talk.thread
    return Talk(
        thread=thread.pk,
        path=visible(thread.path),
        side=thread.side,
        line=thread.line,
        is_current=talk.place is not None or not thread.path,
        is_resolved=talk.is_resolved,
        resolved_by=talk.resolved_by,
        comments=[_answer(one.comment, one.who, one.words) for one in talk.said],
    )


def _answer(comment: Comment, who: str, words: str) -> Said:
    return Said(
        id=str(comment.uid),
        thread=comment.thread_id,
        who=who,
        origin=comment.origin,
        verdict=comment.verdict,
        words=visible(words),
        at=comment.at,
        edited_at=comment.edited_at,
    )


OPERATIONS = (
    Operation(
        "GET",
        "listComments",
        "Read what is said of a proposal, thread by thread.",
        Scope.PROPOSALS_READ,
        MAY_READ,
        look,
        Nothing,
        {200: Talks},
        {404: "There is no such id for this token."},
    ),
    Operation(
        "POST",
        "sayComment",
        "Say something about a line, in a thread or about the whole.",
        Scope.PROPOSALS_DECIDE,
        by_tool.MAY,
        say,
        NewComment,
        {201: Spoken},
        {404: "There is no such id for this token.", 409: "The change is another one by now."},
    ),
)
SETTLING = (
    Operation(
        "POST",
        "settleThread",
        "Resolve a thread on a line, or open it again.",
        Scope.PROPOSALS_DECIDE,
        by_tool.MAY,
        settle,
        Settling,
        {200: Settled},
        {404: "There is no such id or thread for this token."},
    ),
)
