"""How does a page tell who heard of what?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from notifications.kinds import KINDS, OWN, Kind
from notifications.models import Channel, Heard, Message, MessageState, Occurrence
from notifications.rules import batch_of
from notifications.wording import Item, items

TONES = {"WAITING": "quiet", "TOLD": "good", "GIVEN_UP": "bad"}


@dataclass(frozen=True)
class Told:
    """Say how one channel stands to one thing."""

    channel: str
    words: str
    tone: str
    at: datetime | None


@dataclass(frozen=True)
class Line:
    """Say of one thing who heard of it."""

    item: Item
    told: tuple[Told, ...]


def channels() -> QuerySet[Channel]:
    """List the channels that were not removed, with how much waits for each."""
    rows = Channel.objects.filter(removed_at=None).select_related("person")
    return rows.annotate(waiting=Count("tellings", filter=Q(tellings__state=Heard.WAITING)))


def messages(most: int) -> QuerySet[Message]:
    """List the newest messages."""
    return Message.objects.select_related("channel")[:most]


def lines(found: Iterable[Occurrence]) -> list[Line]:
    """Say of each who heard of it; occurrences come with their tellings."""
    rows = list(found)
    return [Line(item, _told(row)) for item, row in zip(items(rows), rows, strict=True)]


def since(
    moment: datetime, *, target: str = "", severities: Iterable[str] = ()
) -> QuerySet[Occurrence]:
    """Select what happened since a moment, the newest first."""
    rows = Occurrence.objects.filter(at__gte=moment)
    rows = rows.filter(target=target) if target else rows
    rows = rows.filter(severity__in=list(severities)) if severities else rows
    return rows.prefetch_related("tellings__channel", "tellings__message")


def kinds() -> list[tuple[Kind, str, str]]:
    """List the closed table, with how grave each is and when it is told."""
    return [
        (kind, kind.severity or "as its proposal", _when(kind.severity)) for kind in KINDS.values()
    ]


def troubled() -> list[tuple[Channel, bool]]:
    """List channels that fail, each with whether something said to it was given up since."""
    rows = Channel.objects.filter(removed_at=None, failing_since__isnull=False)
    lost = Message.objects.filter(
        channel=OuterRef("pk"),
        state=MessageState.GIVEN_UP,
        ended_at__gte=OuterRef("failing_since"),
    )
    found = rows.annotate(lost=Exists(lost)).order_by("failing_since")
    return [(channel, bool(channel.lost)) for channel in found]


def _told(row: Occurrence) -> tuple[Told, ...]:
    return tuple(
        Told(
            channel=one.channel.name,
            words=_words(one.state, one.message),
            tone=TONES.get(one.state, "quiet"),
            at=one.told_at or (one.due_at if one.state == Heard.WAITING else None),
        )
        for one in row.tellings.all()
    )


def _words(state: str, message: Message | None) -> str:
    words = str(Heard(state).label)
    if message is None:
        return words
    if state == Heard.WAITING and message.failure:
        return f"Not taken, tried {message.attempts} ×"
    return f"{words}, perhaps twice" if message.maybe_twice and state == Heard.TOLD else words


def _when(severity: str) -> str:
    return "by its severity" if severity == OWN else batch_of(severity).value
