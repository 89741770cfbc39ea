"""How does what is said on the forge come to stand here, once, and follow what becomes of it?"""

import re
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.dateparse import parse_datetime

from delivery.models import Delivery, Echo, Strand
from ports.forge import Opinion
from ports.forge.talk import Heard, Uttered
from proposals.models import Comment
from proposals.threads import reading, saying
from proposals.threads.places import Lines, Place, across
from proposals.threads.saying import CannotSay, Speaker

ORIGIN: Final = "github"
MARK = "selfimprove:comment-"
LAG = timedelta(seconds=30)
CUT = "\n… It is longer than is kept here; the rest stands on GitHub."
_MARKED = re.compile(r"<!-- selfimprove:([\w-]+) -->\s*\Z")
VERDICTS: Mapping[Opinion, str] = {
    Opinion.APPROVED: "approved there",
    Opinion.CHANGES_ASKED: "asked for changes",
    Opinion.WITHDRAWN: "withdrawn",
}


def take(delivery: Delivery, heard: Heard, at: datetime) -> str:
    """Bring in what is new, changed or gone there; return what could not be, if something."""
    rows = delivery.echoes.filter(number=_number(delivery))
    known = {echo.name: echo for echo in rows.select_related("comment__thread")}
    lines, trouble = Lines(delivery.proposal.diff), ""
    for one in heard.uttered:
        try:
            with transaction.atomic():
                _take(delivery, one, known, lines, at)
        except CannotSay as refusal:
            trouble = f"Not everything that {one.author} said is kept here: {refusal}"
    _follow_deleted(known, {one.name for one in heard.uttered}, at)
    return trouble


def _take(
    delivery: Delivery, one: Uttered, known: Mapping[str, Echo], lines: Lines, at: datetime
) -> None:
    echo = known.get(one.name)
    if echo is None:
        if not _adopted(delivery, one) and (one.text.strip() or one.opinion in VERDICTS):
            _bring_in(delivery, one, lines, at)
    elif echo.comment.origin == ORIGIN and echo.gone_at is None:
        _follow(echo, one, at)


def _adopted(delivery: Delivery, one: Uttered) -> bool:
    """Tell whether we said it ourselves: its answer, or the worker, was lost before it was noted.

    The mark alone proves nothing, since anybody can copy one.
    """
    marked = _MARKED.search(one.text) if one.is_ours else None
    if marked is None:
        return False
    said = f"selfimprove:{marked[1]}"
    if not said.startswith(MARK):
        return True  # a reminder of the delivery's own
    uid = _uid(said.removeprefix(MARK))
    rows = Comment.objects.filter(thread__proposal=delivery.proposal_id, echo=None)
    comment = rows.filter(uid=uid).first() if uid else None
    if comment is None:
        return False
    note(delivery, comment, one.name, one.root or one.name)
    return True


def note(
    delivery: Delivery, comment: Comment, name: str, root: str, gone_at: datetime | None = None
) -> Echo:
    """Remember where a comment of ours stands there."""
    with transaction.atomic():
        if comment.thread.path and root.startswith("line:"):
            Strand.objects.get_or_create(
                thread=comment.thread, defaults={"delivery": delivery, "root": root}
            )
        return Echo.objects.create(
            delivery=delivery,
            number=_number(delivery),
            comment=comment,
            name=name,
            words_uid=comment.words_uid,
            gone_at=gone_at,
        )


def _bring_in(delivery: Delivery, one: Uttered, lines: Lines, at: datetime) -> None:
    by = Speaker.outside(ORIGIN, one.author, remote=one.name)
    words, said_at = _words(one), _moment(one.at, at)
    root = one.root or one.name
    strand = Strand.objects.filter(delivery=delivery, root=root).select_related("thread").first()
    if strand is not None:
        comment = saying.reply(strand.thread, words, by=by, at=said_at)
    else:
        place, verdict = _place(one, lines), VERDICTS.get(one.opinion, "")
        proposal = delivery.proposal
        comment = saying.say(proposal, words, by=by, at=said_at, place=place, verdict=verdict)
        if comment.thread.path:
            Strand.objects.create(delivery=delivery, thread=comment.thread, root=root)
    Echo.objects.create(
        delivery=delivery,
        number=_number(delivery),
        comment=comment,
        name=one.name,
        words_uid=comment.words_uid,
        edited=one.edited[:40],
    )


def _place(one: Uttered, lines: Lines) -> Place | None:
    """Find the line here; what is there no more is said of an earlier version."""
    if one.spot is None:
        return None
    path, side, line = one.spot.path, one.spot.side, one.spot.line
    found = across(path, side, line, one.line_text, lines) if one.is_current else None
    return found or Place(path, side, line, "", one.line_text)


def _follow(echo: Echo, one: Uttered, at: datetime) -> None:
    """Take over other words, and a verdict that was withdrawn; who wrote them first stays."""
    verdict, comment = VERDICTS.get(one.opinion, ""), echo.comment
    if echo.edited == one.edited[:40] and comment.verdict == verdict:
        return
    words = _words(one)
    now = reading.present([comment])[comment.pk]
    differs = now.words != saying.cleaned(words) or comment.verdict != verdict
    if now.words and differs:  # what was erased here does not come back by an edit there
        by = Speaker.outside(ORIGIN, one.author, remote=one.name)
        changed = saying.edit(comment, words, by=by, at=at, verdict=verdict)
        echo.words_uid = changed.words_uid
    echo.edited = one.edited[:40]
    echo.save(update_fields=["edited", "words_uid"])


def _follow_deleted(known: Mapping[str, Echo], there: Iterable[str], at: datetime) -> None:
    """Believe that something is gone once two looks in a row have missed it: lists may lag."""
    names = set(there)
    for echo in known.values():
        if echo.gone_at is not None:
            continue
        if echo.name in names:
            if echo.missed_at is not None:
                echo.missed_at = None
                echo.save(update_fields=["missed_at"])
        elif echo.missed_at is None:
            echo.missed_at = at
            echo.save(update_fields=["missed_at"])
        elif at - echo.missed_at >= LAG:
            _gone(echo, at)


def _gone(echo: Echo, at: datetime) -> None:
    with transaction.atomic():
        echo.gone_at = at
        echo.save(update_fields=["gone_at"])
        if echo.comment.origin == ORIGIN and echo.comment.removed_at is None:
            who = reading.present([echo.comment])[echo.comment_id].who
            by = Speaker.outside(ORIGIN, who, remote=echo.name)
            saying.remove(echo.comment, by=by, at=at)


def _number(delivery: Delivery) -> int:
    assert delivery.pull_request is not None  # noqa: S101 — rounds.listened_to asks for one
    return delivery.pull_request


def _words(one: Uttered) -> str:
    text = one.text.strip() or f"({VERDICTS.get(one.opinion, 'no words')})"
    room = saying.LONGEST - len(CUT)
    return text if len(text) <= saying.LONGEST else text[:room] + CUT


def _moment(text: str, at: datetime) -> datetime:
    """Return when it was said there; never later than now, whatever their clock says."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    return min(found, at) if found is not None and found.tzinfo else at


def _uid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
