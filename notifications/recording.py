"""What is written down of a message that was sent, failed or was given up?"""

from datetime import datetime
from typing import Any

from django.db import transaction

from audit.events import Event
from audit.log import Actor, record
from notifications.keeping.sealing import CannotRead
from notifications.models import Channel, Heard, Message, MessageState, Telling
from notifications.opening import address_of
from notifications.rules import GIVEN_UP_AFTER, pause
from notifications.wording import plain
from ports.notifier import NotSent

OURSELVES = Actor.system("notifications")
MOST_NAMED = 500  # subjects in one entry of the log


def sent(message: Message, at: datetime) -> str:
    """Write down that it was taken."""
    with transaction.atomic():
        if not _close(message, MessageState.SENT, at):
            return ""
        _record(Event.NOTIFICATION_SENT, message, at)
        message.tellings.filter(state=Heard.WAITING).update(state=Heard.TOLD)
        Channel.objects.filter(pk=message.channel_id).update(
            last_sent_at=at, failing_since=None, last_failure=""
        )
    return MessageState.SENT


def failed(message: Message, trouble: NotSent, at: datetime) -> str:
    """Write down why it was not, and when it is tried again; give it up after a day."""
    why = cleaned(trouble.reason, message.channel)
    with transaction.atomic():
        if at - message.created_at >= GIVEN_UP_AFTER:
            if not _close(message, MessageState.GIVEN_UP, at, failure=why):
                return ""
            _record(Event.NOTIFICATION_GIVEN_UP, message, at, why)
            message.tellings.filter(state=Heard.WAITING).update(state=Heard.GIVEN_UP)
            state = MessageState.GIVEN_UP
        else:
            again = at + pause(message.attempts, trouble.again_seconds)
            unsure = {"maybe_twice": True} if trouble.unsure else {}
            rows = Message.objects.filter(pk=message.pk, state=MessageState.SENDING)
            state = MessageState.WAITING
            rows.update(state=state, next_at=again, held_until=None, failure=why, **unsure)
        complain(message.channel, why, at)
    return state


def dropped(message: Message, at: datetime, why: str) -> None:
    """Close a message that has nothing to say, or nobody to say it to."""
    with transaction.atomic():
        rows = Message.objects.filter(pk=message.pk, state=MessageState.WAITING)
        if rows.update(state=MessageState.DROPPED, ended_at=at, failure=why):
            Telling.objects.filter(message=message, state=Heard.WAITING).update(
                state=Heard.DROPPED
            )


def complain(channel: Channel, why: str, at: datetime) -> None:
    """Keep with a channel that it failed."""
    rows = Channel.objects.filter(pk=channel.pk)
    rows.update(last_failed_at=at, last_failure=why)
    rows.filter(failing_since=None).update(failing_since=at)


def cleaned(reason: str, channel: Channel) -> str:
    """Take the address, which is a secret, and whatever else is one out of a reason."""
    try:
        address = address_of(channel)
    except CannotRead:
        return plain(reason)
    return plain(reason.replace(address, "its address"))


def _close(message: Message, state: MessageState, at: datetime, **more: str) -> bool:
    rows = Message.objects.filter(pk=message.pk, state=MessageState.SENDING)
    return bool(rows.update(state=state, ended_at=at, held_until=None, **more))


def _record(event: Event, message: Message, at: datetime, why: str = "") -> None:
    """Leave on the log who was told of what, and none of its words."""
    subjects = list(
        message.tellings.filter(state=Heard.WAITING)
        .order_by("pk")
        .values_list("occurrence__kind", "occurrence__subject")
    )
    facts: dict[str, Any] = {
        "channel": message.channel_id,
        "message": str(message.uid),
        "batch": message.batch,
        "count": len(subjects),
        "told": [f"{kind} {subject}" for kind, subject in subjects[:MOST_NAMED]],
        "attempts": message.attempts,
        "maybe_twice": message.maybe_twice,
    }
    record(
        event,
        actor=OURSELVES,
        subject=f"channel:{message.channel_id}",
        at=at,
        reason=why,
        texts={"title": message.channel.name},
        facts=facts,
    )
