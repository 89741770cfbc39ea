"""Who may work on a delivery right now, and which delivery may touch a target?"""

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import Q, QuerySet

from delivery.models import Delivery, Hold, Plan
from targets.models import State, Target

logger = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Somebody else took the delivery over: what this worker found out is not recorded."""


@dataclass
class Lease:
    """Prove that this worker, and no other, may record what happens to a delivery."""

    delivery_id: int
    owner: str
    fence: int
    taken_at: datetime
    begun: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        """Return the moment the lease was taken plus the time that really passed since."""
        return self.taken_at + timedelta(seconds=time.monotonic() - self.begun)

    def mine(self) -> QuerySet[Delivery]:
        """Select the delivery as long as nobody else has taken it."""
        return Delivery.objects.filter(
            pk=self.delivery_id, lease_owner=self.owner, fence=self.fence
        )

    def write(self, **columns: object) -> None:
        """Change the delivery; raise LeaseLost when it is no longer ours."""
        if self.mine().update(**columns) != 1:
            raise LeaseLost(f"delivery {self.delivery_id} was taken over by another worker")


def due(now: datetime) -> QuerySet[Delivery]:
    """Select the deliveries that live, are due, and that nobody works on.

    While a target is paused or its history was rewritten nothing new happens to it; what was
    begun is ended, and what was deployed stays watched.
    """
    stopped = Q(target__paused=True) | Q(target__state=State.DIVERGED)
    return Delivery.objects.filter(
        Q(lease_until=None) | Q(lease_until__lte=now), outcome="", next_step_at__lte=now
    ).exclude(stopped, ~Q(stage="watch"), plan=Plan.FORWARD, hold="")


def take(delivery_id: int, now: datetime) -> Lease | None:
    """Take the lease by compare-and-set; return None when it is not due or not free."""
    found = due(now).filter(pk=delivery_id).first()
    if found is None:
        return None
    owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"[-100:]
    until = now + timedelta(seconds=settings.SELFIMPROVE.delivery.lease_seconds)
    fence = found.fence + 1
    taken = Delivery.objects.filter(pk=delivery_id, fence=found.fence, outcome="").update(
        lease_owner=owner, lease_until=until, fence=fence
    )
    return Lease(delivery_id, owner, fence, now) if taken else None


def seize(delivery: Delivery, now: datetime) -> Lease | None:
    """Take the lease from whoever has it; the fence keeps their findings out from now on."""
    owner = f"watchdog:{uuid.uuid4().hex}"
    fence = delivery.fence + 1
    seized = Delivery.objects.filter(pk=delivery.pk, fence=delivery.fence, outcome="").update(
        lease_owner=owner, lease_until=now, fence=fence
    )
    return Lease(delivery.pk, owner, fence, now) if seized else None


def release(lease: Lease) -> None:
    """Give the delivery free, if it is still ours."""
    lease.mine().update(lease_owner="", lease_until=None)


@contextmanager
def kept_alive(lease: Lease) -> Iterator[None]:
    """Renew the lease from a thread of its own while a stage takes its time."""
    stop = threading.Event()
    beat = threading.Thread(target=_beat, args=(lease, stop), daemon=True)
    beat.start()
    try:
        yield
    finally:
        stop.set()
        beat.join()


def _beat(lease: Lease, stop: threading.Event) -> None:
    seconds = settings.SELFIMPROVE.delivery.lease_seconds
    try:
        while not stop.wait(seconds / 3):
            if not _renewed(lease, seconds):
                return
    finally:
        connection.close()


def _renewed(lease: Lease, seconds: int) -> bool:
    try:
        until = lease.now() + timedelta(seconds=seconds)
        return lease.mine().update(lease_until=until) == 1
    except (DatabaseError, InterfaceError) as error:
        # The fence still guards what is recorded; a later beat may get through, over a connection
        # of its own: one that broke stays broken.
        logger.warning("lease of delivery %s not renewed: %s", lease.delivery_id, error)
        connection.close()
        return True


def hold_target(lease: Lease, delivery: Delivery) -> str:
    """Keep every other delivery off the target; return why that is not possible now, or ""."""
    if delivery.hold == Hold.ACTING:
        return ""
    limit = timedelta(minutes=settings.SELFIMPROVE.delivery.deadline_minutes)
    with transaction.atomic():
        Target.objects.select_for_update().get(pk=delivery.target_id)
        others = Delivery.objects.filter(target=delivery.target_id, outcome="")
        others = others.exclude(pk=delivery.pk).exclude(hold="")
        if delivery.plan == Plan.REVERT and (newer := _newer_taken_back(delivery)):
            return f"Waits: delivery #{newer.pk}, which came later, is taken back first."
        if delivery.plan != Plan.FORWARD:  # taking back does not wait for a day of watching
            others = others.filter(hold=Hold.ACTING)
        if other := others.first():
            return _waits_for(other)
        lease.write(hold=Hold.ACTING, deadline_at=lease.now() + limit)
    delivery.hold = Hold.ACTING
    return ""


def _newer_taken_back(delivery: Delivery) -> Delivery | None:
    """Find what was deployed later and is on its way back: git undoes the newest first."""
    if delivery.deployed_at is None:
        return None
    asked = ~Q(revert_actor="") | Q(plan=Plan.REVERT)
    rows = Delivery.objects.filter(asked, target=delivery.target_id, outcome="")
    return rows.filter(deployed_at__gt=delivery.deployed_at).order_by("-deployed_at").first()


def _waits_for(other: Delivery) -> str:
    if other.hold == Hold.WATCHING:
        return (
            f"Waits: the effect of delivery #{other.pk} is still being measured,"
            " and two changes at once could not be told apart."
        )
    return f"Waits: delivery #{other.pk} is changing this target."
