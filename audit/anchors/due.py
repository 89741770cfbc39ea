"""Is it time to publish at a place?"""

from datetime import datetime, timedelta

from django.conf import settings

from audit.anchors.places import Claim
from audit.events import Event
from audit.models import Anchor, Checkpoint, Entry, Outlet, OutletState

# After these nobody may be able to say later that they never happened.
IMPORTANT = frozenset(
    {
        Event.PROPOSAL_APPROVED,
        Event.PROPOSAL_REVERTED,
        Event.STANDING_CONFIRMED,
        Event.STANDING_REVOKED,
        Event.DELIVERY_DEPLOYED,
        Event.DELIVERY_REVERTED,
        Event.LOG_KEY_RETIRED,
        Event.LOG_KEY_ROTATED,
        Event.LOG_STATE_ADOPTED,
        Event.LOG_SUCCEEDED,
        Event.WRITER_ENROLLED,
        Event.WRITER_REVOKED,
    }
)
# An act outside may rest on these, and waits for them where it waits for what is published.
RESTED_ON = frozenset({Event.DELIVERY_REVERT_REQUESTED, Event.DELIVERY_MOVED})
GRACE = timedelta(minutes=10)  # a place is late only when a try or two have failed


def every() -> timedelta:
    """Return how often the log is published when nothing important happens."""
    return timedelta(seconds=settings.SELFIMPROVE.audit.publish_every)


def is_due(outlet: Outlet | None, newest: Claim, last: Anchor | None, now: datetime) -> bool:
    """Tell whether a place is to be gone to now.

    Also with nothing new: what is taken away or changed there is noticed then, and put back.
    """
    if outlet is None or outlet.tried_at is None or outlet.state != OutletState.FINE:
        return True
    # Both ways: a clock that was put back must not put it off.
    if abs(now - outlet.tried_at) >= every():
        return True
    return last is None or (newest.size > last.size and _important_since(last.size))


def late_since(last_size: int, now: datetime) -> datetime | None:
    """Return since when a place lacks what it should have, once that is too long."""
    waiting = Checkpoint.objects.filter(size__gt=last_size).exclude(note="").order_by("size")
    made = waiting.values_list("made_at", flat=True).first()
    return made if made and now - made > every() + GRACE else None


def _important_since(size: int) -> bool:
    sealed = Entry.objects.filter(leaf__index__gte=size)
    gated = settings.SELFIMPROVE.audit.gate == "published"
    return sealed.filter(event__in=IMPORTANT | (RESTED_ON if gated else set())).exists()
