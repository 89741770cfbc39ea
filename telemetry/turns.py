"""Did a person have to ask again: was the same tool called before a turn and right after it?"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q, QuerySet

from targets.models import Target
from telemetry import ingest
from telemetry.events.rows import Cleaner
from telemetry.events.schemas import FUTURE, UNKNOWN, UserCorrection
from telemetry.models import Event, EventType, Turn
from telemetry.policies import policy
from telemetry.storing import busy

KEPT = timedelta(days=2)
NEAR = timedelta(minutes=10)  # a call belongs to a turn that is no further away
AT_ONCE = timedelta(minutes=2)  # in which a call that worked is repeated, not used again
SETTLED = timedelta(minutes=2)  # by which exporters have sent what they hold back
MOST = 500  # turns that one tick judges; the next goes on
_CHUNK = 200


class Told(NamedTuple):
    """Hold a turn as it arrives; the uid is its own for good."""

    uid: str
    session_id: str
    at: datetime
    until: datetime


def note(target: Target, told: Iterable[Told], now: datetime) -> None:
    """Remember turns once each; those of long ago or to come are none. Raises ingest.Busy."""
    timely = {each.uid: each for each in told if now - KEPT < each.at <= now + FUTURE}
    if not timely:
        return
    cleaner = Cleaner(policy(target))
    rows = [
        Turn(
            target=target,
            uid=uid,
            session_id=cleaner.clean(each.session_id, 200),
            at=each.at,
            until=each.until,
            received_at=now,
        )
        for uid, each in sorted(timely.items())  # in one order, so that writers never cross
    ]
    with busy.said(), transaction.atomic():
        busy.bound_wait()
        Turn.objects.bulk_create(rows, batch_size=_CHUNK, ignore_conflicts=True)


def judge(target: Target, now: datetime) -> int:
    """Store a correction for each settled turn that asked again; return how many turns did."""
    Turn.objects.filter(target=target, received_at__lt=now - KEPT).delete()
    settled = Turn.objects.filter(
        target=target, judged=False, received_at__lte=now - SETTLED, at__lte=now - NEAR - SETTLED
    )
    turns = list(settled.order_by("received_at")[:MOST])
    found = [event for turn in turns if (event := _correction(turn))]

    def done(_: object = None) -> None:
        Turn.objects.filter(pk__in=[turn.pk for turn in turns]).update(judged=True)

    if not found:
        done()
        return 0
    placed = [(event, "turn") for event in found]
    try:
        ingest.store_placed(target, placed, now, heed_backlog=False, also=done)
    except ingest.Busy:
        return 0  # the next tick asks again
    return len(found)


def _correction(turn: Turn) -> UserCorrection | None:
    earlier, later = _call_before(turn), _call_after(turn)
    if earlier is None or later is None or not _again(earlier, later):
        return None
    if _belongs_to_another(turn, _begun(later)):
        return None
    return UserCorrection(
        timestamp=turn.at,
        session_id=turn.session_id,
        id=f"turn-{turn.uid}",
        agent=later.agent,
        correction_type="retry",
    )


def _again(earlier: Event, later: Event) -> bool:
    """Say whether the later call does again what the earlier did not do, or did just now."""
    if (earlier.component, earlier.agent) != (later.component, later.agent):
        return False
    if later.component in ("", UNKNOWN):
        return False
    return earlier.success is False or _begun(later) - earlier.timestamp <= AT_ONCE


def _calls(turn: Turn) -> QuerySet[Event]:
    return Event.objects.filter(
        target_id=turn.target_id, session_id=turn.session_id, event_type=EventType.TOOL_CALL
    )


def _call_before(turn: Turn) -> Event | None:
    """Return the call that ended last before the turn."""
    near = _calls(turn).filter(timestamp__lte=turn.at, timestamp__gte=turn.at - NEAR)
    return near.order_by("-timestamp", "-pk").first()


def _call_after(turn: Turn) -> Event | None:
    """Return the call that began first after the turn: one that ran on from before is none."""
    near = _calls(turn).filter(timestamp__gt=turn.at, timestamp__lte=turn.at + NEAR)
    begun = [call for call in near.order_by("timestamp", "pk")[:_CHUNK] if _begun(call) >= turn.at]
    return min(begun, key=_begun, default=None)


def _begun(call: Event) -> datetime:
    return call.timestamp - timedelta(milliseconds=call.latency_ms or 0)


def _belongs_to_another(turn: Turn, begun: datetime) -> bool:
    """Say whether a run around this one, or a turn after it, is what the later call answers."""
    others = Turn.objects.filter(target_id=turn.target_id, session_id=turn.session_id)
    around = Q(at__lt=turn.at, until__gte=turn.until) | Q(at=turn.at, until__gt=turn.until)
    follows = Q(at__gt=turn.at, at__lte=begun) & ~Q(at__lt=turn.until)
    return others.exclude(pk=turn.pk).filter(around | follows).exists()
