"""How does a program read what is said of a change, and say something in its person's name?"""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from proposals.models import Comment, Proposal, Thread
from proposals.threads import reading as threads
from proposals.threads import saying
from proposals.threads.places import Lines, Place
from proposals.threads.saying import CannotSay, Speaker
from selfimprove.api.answers import Given, Nothing, Text
from selfimprove.api.entry import Operation
from selfimprove.api.sent import Sent, sent
from selfimprove.mcp import reading
from selfimprove.mcp.answers import Answer, visible
from selfimprove.mcp.callers import Caller, NotPossible, NotThere, Refused
from selfimprove.mcp.forms import READ
from telemetry.doors.models import Scope

MAY_READ, MAY_SAY = (READ,), (READ, saying.PERMISSION)


class NewComment(Given):
    """What is said: in a thread, on a line of the change as it was read, or on the whole."""

    words: Annotated[Text, Field(min_length=1, max_length=saying.LONGEST)]
    thread: Annotated[int, Field(ge=0, description="0: it begins one.")] = 0
    path: Annotated[Text, Field(max_length=500, description="Empty: the whole is meant.")] = ""
    side: Annotated[Literal["L", "R"], Field(description="L before, R after.")] = "R"
    line: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    diff_digest: Annotated[Text, Field(max_length=64, description="As read, for a line.")] = ""


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
    by = Speaker.person(caller.person, **caller.stated)
    try:
        comment = _said(proposal, given, by, now)
    except CannotSay as refusal:
        raise Refused(f"{refusal} Nothing was said.") from refusal
    words = threads.present([comment])[comment.pk]
    told = _answer(comment, words.who, words.words)
    return sent(201, Spoken(target=proposal.target.slug, comment=told))


def _said(proposal: Proposal, given: NewComment, by: Speaker, now: datetime) -> Comment:
    if given.thread:
        thread = Thread.objects.filter(proposal=proposal, pk=given.thread).first()
        if thread is None:
            raise NotThere(f"thread: the proposal has no thread {given.thread}.")
        return saying.reply(thread, given.words, by=by, at=now)
    place = _place(proposal, given) if given.path else None
    return saying.say(proposal, given.words, by=by, at=now, place=place, uid=uuid.uuid4())


def _place(proposal: Proposal, given: NewComment) -> Place:
    if given.diff_digest != proposal.diff_digest:
        raise NotPossible(
            "diff_digest: the change is another one by now; read it again, and say it there."
        )
    place = Lines(proposal.diff).at(given.path, given.side, given.line)
    if place is None:
        where = f"{given.path}, line {given.line} on side {given.side}"
        raise Refused(f"line: the change does not show {where}. Nothing was said.")
    return place


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
        MAY_SAY,
        say,
        NewComment,
        {201: Spoken},
        {404: "There is no such id for this token.", 409: "The change is another one by now."},
    ),
)
