"""How does an agent read what is said of a change, and say something in its person's name?"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db import transaction

from proposals.models import Comment, Proposal
from proposals.models import Thread as Row
from proposals.threads import reading as threads
from proposals.threads import saying
from proposals.threads.places import Lines, Place
from proposals.threads.reading import Talk
from proposals.threads.saying import CannotSay, Speaker
from selfimprove.mcp import reading
from selfimprove.mcp.answers import Remark, Said, Settled, Thread, Threads, quoted, visible
from selfimprove.mcp.callers import Caller, MayNot, NotPossible, NotThere, Refused, enter, still
from selfimprove.mcp.reading import MAY_SEE
from telemetry.doors.models import Scope

T = TypeVar("T")
MAY = (MAY_SEE, saying.PERMISSION)
NOTHING = "Nothing was said."


@dataclass(frozen=True)
class Wish:
    """Say what is said, and where: in a thread, on a line as it was read, or on the whole."""

    words: str
    thread: int = 0
    path: str = ""
    side: str = "R"
    line: int = 0
    diff_digest: str = ""


def list_comments(secret: str, now: datetime, *, wanted: str, offset: int) -> Threads:
    """Return what is said of a proposal, as much of it as fits into one answer."""
    caller = enter(secret, Scope.PROPOSALS_READ, now, may=[MAY_SEE])
    proposal = reading.found(caller, wanted)
    found = threads.open_first(threads.talks(proposal, Lines(proposal.diff)))
    rows = [(talk, said) for talk in found for said in talk.said]
    if offset > len(rows):
        raise Refused(f"offset: there are {len(rows)} comments; start at 0.")
    end = _end(rows, offset)
    pages = groupby(rows[offset:end], key=lambda row: row[0].thread.pk)
    told = [_thread([*part]) for _, part in pages]
    return Threads(
        target=proposal.target.slug,
        diff_digest=proposal.diff_digest,
        comments=len(rows),
        threads=told,
        next_offset=end if end < len(rows) else None,
    )


def say_comment(secret: str, now: datetime, *, wanted: str, wish: Wish, key: str) -> Said:
    """Say something once, however often the same call comes."""
    caller = enter(secret, Scope.PROPOSALS_DECIDE, now, may=MAY)
    proposal = reading.found(caller, wanted)
    uid = uuid.uuid5(proposal.pk, repr((caller.person.pk, wish, key)))
    comment = say_as(caller, now, proposal, wish, uid)
    if comment.removed_at is not None:
        raise NotPossible(
            "words: they were said here before and taken back. To say them again all the same,"
            f" give another key. {NOTHING}"
        )
    present = threads.present([comment])[comment.pk]
    return Said(
        target=proposal.target.slug,
        thread=comment.thread_id,
        comment=_remark(comment, present.who, present.words),
        left_out=saying.leaves_out(wish.words),
        page=f"{proposal.get_absolute_url()}#said-{comment.uid}",
    )


def settle_thread(
    secret: str, now: datetime, *, wanted: str, thread: int, resolved: bool
) -> Settled:
    """Resolve a thread, or open it again."""
    caller = enter(secret, Scope.PROPOSALS_DECIDE, now, may=MAY)
    return settle_as(caller, now, wanted=wanted, thread=thread, resolved=resolved)


def say_as(
    caller: Caller, now: datetime, proposal: Proposal, wish: Wish, uid: uuid.UUID
) -> Comment:
    """Say something for a caller whose token and permissions were looked at."""

    def act() -> Comment:
        known = Comment.objects.filter(uid=uid).first()
        if known is not None:  # the same call once more, whatever has changed since
            return known
        by = Speaker.person(caller.person, **caller.stated)
        if wish.thread:
            row = _row(proposal, wish.thread)
            return saying.reply(row, wish.words, by=by, at=now, uid=uid)
        place = _place(proposal, wish) if wish.path else None
        return saying.say(proposal, wish.words, by=by, at=now, place=place, uid=uid)

    return _held(caller, now, act, NOTHING)


def settle_as(
    caller: Caller, now: datetime, *, wanted: str, thread: int, resolved: bool
) -> Settled:
    """Resolve a thread or open it again, as `say_as` says something."""
    proposal = reading.found(caller, wanted)
    row = _row(proposal, thread)

    def act() -> bool:
        by = Speaker.person(caller.person, **caller.stated)
        return saying.settle(row, resolved=resolved, by=by, at=now)

    changed = _held(caller, now, act, "Nothing was changed.")
    slug = proposal.target.slug
    return Settled(target=slug, thread=row.pk, is_resolved=resolved, changed=changed)


def _held(caller: Caller, now: datetime, act: Callable[[], T], nothing: str) -> T:
    """Do it while the token opens; word a refusal, which has changed nothing."""
    try:
        with transaction.atomic():
            still(caller, Scope.PROPOSALS_DECIDE, now)
            return act()
    except CannotSay as refusal:
        raise Refused(f"{refusal} {nothing}") from refusal
    except PermissionDenied as refusal:
        raise MayNot(f"{refusal} {nothing}") from refusal


def _row(proposal: Proposal, wanted: int) -> Row:
    row = Row.objects.select_related("proposal__target").filter(proposal=proposal, pk=wanted)
    if (found := row.first()) is None:
        raise NotThere(f"thread: the proposal has no thread {wanted}; its comments name them.")
    return found


def _place(proposal: Proposal, wish: Wish) -> Place:
    if wish.diff_digest != proposal.diff_digest:
        raise NotPossible(
            "diff_digest: the change is another one by now; read it again, and say it there."
            f" {NOTHING}"
        )
    lines = Lines(proposal.diff)
    place = lines.at(wish.path, wish.side, wish.line)
    if place is None:
        missing = visible(lines.missing(wish.path, wish.side, wish.line))
        raise Refused(f"line: {missing} {NOTHING}")
    return place


def _end(rows: list[tuple[Talk, threads.Said]], start: int) -> int:
    """Return behind which comment an answer is full; one at least stands in each."""
    room = reading.MOST_CHARACTERS
    for number, (_, said) in enumerate(rows[start:], start):
        room -= len(said.words)
        if room < 0 and number > start:
            return number
    return len(rows)


def _thread(rows: list[tuple[Talk, threads.Said]]) -> Thread:
    talk = rows[0][0]
    row = talk.thread
    return Thread(
        thread=row.pk,
        path=visible(row.path),
        side=row.side,
        line=row.line,
        is_current=talk.place is not None or not row.path,
        is_resolved=talk.is_resolved,
        resolved_by=visible(talk.resolved_by),
        comments=[_remark(said.comment, said.who, said.words) for _, said in rows],
    )


def _remark(comment: Comment, who: str, words: str) -> Remark:
    return Remark(
        id=str(comment.uid),
        who=visible(who),
        forge=comment.origin,
        verdict=comment.verdict,
        words=quoted("person", words, saying.LONGEST + 1),
        at=comment.at,
        edited_at=comment.edited_at,
    )
