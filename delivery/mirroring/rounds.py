"""Which pull requests are listened to now, and what came of it?"""

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from delivery.mirroring import hearing, speaking
from delivery.models import Delivery, Mirror, Strand
from delivery.recording import clean
from ports.forge import Busy, PermanentError, TemporaryError
from ports.forge.github.talking import GitHubConversation
from ports.forge.talk import Conversation, Heard
from ports.git import GitFailed
from proposals.models import Comment
from proposals.threads import saying
from proposals.threads.places import Lines
from proposals.threads.saying import Speaker
from targets.origins import access
from targets.repository import Repository

logger = logging.getLogger(__name__)

AFTERWARDS = timedelta(days=1)  # people go on talking when it is merged or closed
POLL = timedelta(seconds=60)  # a webhook, or a word said here, makes it sooner
SLOWEST = 5  # where nothing new is heard it is looked less often: each look is five questions


def listened_to(now: datetime) -> QuerySet[Delivery]:
    """Return the deliveries whose pull request is open elsewhere, or was until lately."""
    rows = Delivery.objects.filter(target__forge=access.FORGE, pull_request__isnull=False)
    return rows.filter(Q(outcome="") | Q(ended_at__gt=now - AFTERWARDS))


def due(now: datetime) -> list[Delivery]:
    """Return those whose time has come, or where something new was said here."""
    rows = listened_to(now).select_related("proposal", "target", "mirror").order_by("pk")
    return [one for one in rows if _is_due(one, now)]


def wake(deliveries: QuerySet[Delivery], now: datetime) -> None:
    """Have them listened to now; one that is in trouble keeps to its pause."""
    Mirror.objects.filter(delivery__in=deliveries, trouble="").update(due_at=now)


def go_round(now: datetime) -> str:
    """Bring every conversation that is due into step; one that cannot be stops no other."""
    told, troubles, rows = 0, [], due(now)
    for delivery in rows:
        more, mirrored = _heard(delivery, now)
        told += more
        troubles += [f"#{delivery.pk}: {mirrored.trouble}"] if mirrored.trouble else []
    return "; ".join([f"{len(rows)} heard, {told} told", *troubles])


def _is_due(delivery: Delivery, now: datetime) -> bool:
    mirrored: Mirror | None = getattr(delivery, "mirror", None)
    if mirrored is None or mirrored.due_at <= now:
        return True
    return not mirrored.trouble and (_has_words(delivery) or _has_settled(delivery))


def _has_words(delivery: Delivery) -> bool:
    ours = Comment.objects.filter(thread__proposal=delivery.proposal_id)
    ours = ours.exclude(origin=hearing.ORIGIN)
    new = Q(echo=None, removed_at=None)
    changed = Q(echo__gone_at=None) & (
        ~Q(echo__words_uid=F("words_uid")) | Q(echo__isnull=False, removed_at__isnull=False)
    )
    return ours.filter(new | changed).exclude(echo=None, removed_at__isnull=False).exists()


def _has_settled(delivery: Delivery) -> bool:
    strands = Strand.objects.filter(delivery=delivery)
    opened = Q(resolved=True, thread__resolved_uid=None)
    return strands.filter(opened | Q(resolved=False, thread__resolved_uid__isnull=False)).exists()


def _heard(delivery: Delivery, now: datetime) -> tuple[int, Mirror]:
    before: Mirror | None = getattr(delivery, "mirror", None)
    quiet = before.quiet if before else 0
    told: dict[str, object] = {"trouble": "", "looked_at": now}
    done, pause = 0, POLL
    try:
        step = in_step(delivery, conversation_of(delivery), now)
        is_new = before is None or before.heard != step.heard or step.told > 0
        done, quiet = step.told, 0 if is_new else min(quiet + 1, SLOWEST)
        told |= {"heard": step.heard, "trouble": step.trouble}
        pause = POLL * min(quiet + 1, SLOWEST)
    except Busy as busy:
        told["trouble"], pause = clean(str(busy)), timedelta(seconds=busy.seconds)
    except (TemporaryError, PermanentError, GitFailed) as error:
        told["trouble"] = clean(str(error))
        logger.warning("delivery %s is not in step with its forge: %s", delivery.pk, error)
    told |= {"due_at": now + pause, "quiet": quiet}
    mirrored, _ = Mirror.objects.update_or_create(delivery=delivery, defaults=told)
    return done, mirrored


def conversation_of(delivery: Delivery) -> Conversation:
    """Return what is said about a delivery's pull request, to hear and to take part in."""
    target = delivery.target
    return GitHubConversation(access.api_of(target), access.name_of(target))


@dataclass(frozen=True)
class Step:
    """Say what bringing two sides into step took."""

    heard: str  # the digest of all that was said there
    told: int
    trouble: str = ""  # what could not be kept here


def in_step(delivery: Delivery, conversation: Conversation, now: datetime) -> Step:
    """Hear what is new there and tell what is new here."""
    assert delivery.pull_request is not None  # noqa: S101 — listened_to asks for one
    heard = conversation.hear(delivery.pull_request)
    trouble = hearing.take(delivery, heard, now)
    told = speaking.tell(delivery, conversation, _lines_there(delivery), now)
    told += _settle(delivery, conversation, heard, now)
    named = hashlib.sha256(
        repr((heard.uttered, sorted(heard.strands.items()))).encode("utf-8", "replace")
    )
    return Step(named.hexdigest(), told, trouble)


def _lines_there(delivery: Delivery) -> Lines:
    """Return the lines as the pull request numbers them."""
    proposal = delivery.proposal
    if delivery.base_commit == proposal.base_commit:
        return Lines(proposal.diff)
    repository = Repository.of(delivery.target)
    return Lines(repository.diff(delivery.base_commit, delivery.branch_commit))


def _settle(delivery: Delivery, conversation: Conversation, heard: Heard, now: datetime) -> int:
    """Let whoever changed it last since both agreed have it that way in both places."""
    told = 0
    for strand in Strand.objects.filter(delivery=delivery).select_related("thread__proposal"):
        here, there = strand.thread.resolved_uid is not None, heard.strands.get(strand.root)
        if there is None:
            if _is_gone(delivery, strand):  # nothing is told, and nothing is left to tell
                _agree(strand, here)
        elif there.is_resolved is not strand.resolved:
            by = Speaker.outside(hearing.ORIGIN, there.resolved_by, remote=strand.root)
            saying.settle(strand.thread, resolved=there.is_resolved, by=by, at=now)
            _agree(strand, there.is_resolved)
        elif here is not strand.resolved:
            conversation.settle(there, resolved=here)
            _agree(strand, here)
            told += 1
    return told


def _is_gone(delivery: Delivery, strand: Strand) -> bool:
    """Tell a thread that was deleted there from one that was begun a moment ago."""
    return not delivery.echoes.filter(name=strand.root, gone_at=None).exists()


def _agree(strand: Strand, resolved: bool) -> None:
    if strand.resolved is not resolved:
        strand.resolved = resolved
        strand.save(update_fields=["resolved"])
