"""Who acts with an entry, who is told that the log grew, and how is it read on from a place?"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.events import Event
from audit.models import Entry

Follower = Callable[[Event, str], None]
_followers: list[Follower] = []
_sealers: list[Callable[[], object]] = []


@dataclass(frozen=True)
class Said:
    """Hold what an entry says, for whoever acts in the same transaction."""

    event: Event
    uid: UUID
    subject: str
    target: str
    at: datetime
    facts: Mapping[str, Any]


Companion = Callable[[Said], None]
_companions: dict[Event, Companion] = {}


def accompany(events: Iterable[Event], companion: Companion) -> None:
    """Call the companion with each such entry, in its transaction: both happen, or neither."""
    for event in events:
        _companions[event] = companion


def go_along(said: Said) -> None:
    """Call whoever accompanies this entry; most have nobody."""
    if companion := _companions.get(said.event):
        companion(said)


def subscribe(follower: Follower) -> None:
    """Call the follower with (event, subject) after each commit that recorded an entry."""
    if follower not in _followers:
        _followers.append(follower)


def announce(event: Event, subject: str) -> None:
    """Tell every follower; each must be quick and may only ask for a later tick."""
    for follower in _followers:
        follower(event, subject)


def seal_on_nudge(sealer: Callable[[], object]) -> None:
    """Call this when somebody waits for a seal; it may seal at once or ask for it."""
    if sealer not in _sealers:
        _sealers.append(sealer)


def nudge() -> None:
    """Say that an act waits for its decision to be sealed."""
    for sealer in _sealers:
        sealer()


def entries_after(leaf_index: int, limit: int = 500) -> list[tuple[int, Entry]]:
    """Return sealed entries behind a place, with their places; start with -1."""
    entries = Entry.objects.filter(leaf__index__gt=leaf_index).select_related("leaf")
    return [(entry.leaf.index, entry) for entry in entries.order_by("leaf__index")[:limit]]
