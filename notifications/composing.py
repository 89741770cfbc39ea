"""What is due for whom, in which message; and what has settled itself meanwhile?"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from notifications.kinds import KINDS
from notifications.models import OPEN, Channel, Heard, Message, Telling
from notifications.rules import Batch
from notifications.subjects import proposal_of
from proposals.models import Proposal, Status

ASKING = [kind.name for kind in KINDS.values() if kind.open_only]
AWAITED = {Status.PENDING}


def compose(now: datetime) -> list[Message]:
    """Open a message for each channel and batch of which something is due; settle what is moot."""
    due = Telling.objects.filter(
        state=Heard.WAITING, message=None, due_at__lte=now, channel__enabled=True
    )
    pairs = due.order_by().values_list("channel", "batch").distinct()
    taken = set(Message.objects.filter(state__in=OPEN).order_by().values_list("channel", "batch"))
    made = (_composed(*pair, now) for pair in sorted(set(pairs) - taken))
    return [message for message in made if message is not None]


def _composed(channel: int, batch: str, now: datetime) -> Message | None:
    waiting = Telling.objects.filter(
        channel=channel, batch=batch, state=Heard.WAITING, message=None
    )
    if batch != Batch.AT_ONCE:  # what is critical takes along what came while it gathered
        waiting = waiting.filter(due_at__lte=now)
    try:
        with transaction.atomic():
            _settle(waiting)
            if not (keys := list(waiting.values_list("pk", flat=True))):
                return None
            message = Message.objects.create(
                channel_id=channel,
                batch=batch,
                count=len(keys),
                created_at=now,
                next_at=now,
            )
            rows = Telling.objects.filter(pk__in=keys, message=None, state=Heard.WAITING)
            rows.update(message=message)
    except IntegrityError:
        if _is_open(channel, batch):
            return None  # another worker was faster
        raise
    return message


def _is_open(channel: int, batch: str) -> bool:
    return Message.objects.filter(channel=channel, batch=batch, state__in=OPEN).exists()


def settle(message: Message) -> int:
    """Take out of a message what is moot by now; return how much of it is left."""
    rows = Telling.objects.filter(message=message, state=Heard.WAITING)
    _settle(rows)
    return rows.count()


def _settle(rows: QuerySet[Telling]) -> None:
    """Mark what asks about a proposal that is decided, and what is for somebody who left."""
    asking = rows.filter(occurrence__kind__in=ASKING)
    about = {
        pk: proposal_of(subject) for pk, subject in asking.values_list("pk", "occurrence__subject")
    }
    open_ = _open(about.values())
    moot = [pk for pk, proposal in about.items() if proposal not in open_]
    rows.filter(pk__in=moot).update(state=Heard.MOOT, message=None)
    gone = Channel.objects.filter(person__is_active=False)
    rows.filter(channel__in=gone).update(state=Heard.MOOT, message=None)


def _open(keys: Iterable[UUID | None]) -> set[UUID]:
    known = {key for key in keys if key}
    rows = Proposal.objects.filter(pk__in=known, status__in=AWAITED)
    return set(rows.values_list("pk", flat=True))
