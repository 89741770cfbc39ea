"""Who may work on a generation right now, and how do they learn that they are to stop?"""

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
from django.db import DatabaseError, connection
from django.db.models import Q, QuerySet

from generations.models import Generation

logger = logging.getLogger(__name__)
LOOK_SECONDS = 0.5  # between two looks at whether a person called it off


class LeaseLost(Exception):
    """Somebody else took the generation over: what this worker found out is not recorded."""


@dataclass
class Lease:
    """Prove that this worker, and no other, may record what happens to a generation."""

    generation_id: int
    owner: str
    fence: int
    taken_at: datetime
    begun: float = field(default_factory=time.monotonic)
    stop: threading.Event = field(default_factory=threading.Event)

    def now(self) -> datetime:
        """Return the moment the lease was taken plus the time that really passed since."""
        return self.taken_at + timedelta(seconds=time.monotonic() - self.begun)

    def mine(self) -> QuerySet[Generation]:
        """Select the generation as long as nobody else has taken it."""
        return Generation.objects.filter(
            pk=self.generation_id, lease_owner=self.owner, fence=self.fence, outcome=""
        )

    def write(self, **columns: object) -> None:
        """Change the generation; raise LeaseLost when it is no longer ours."""
        if self.mine().update(**columns) != 1:
            raise LeaseLost(f"generation {self.generation_id} was taken over, or has ended")


def due(now: datetime, keeper: str = "") -> QuerySet[Generation]:
    """Select the generations that are due, that nobody works on, and nobody else keeps."""
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    kept = Q(kept_until=None) | Q(kept_until__lte=now) | Q(kept_by=keeper)
    return Generation.objects.filter(free, kept, outcome="", next_step_at__lte=now)


def keep(generation_id: int, keeper: str, now: datetime) -> None:
    """Let no worker take its next phase for a while: a terminal has its own key and settings."""
    until = now + timedelta(seconds=settings.SELFIMPROVE.generations.lease_seconds)
    free = Q(kept_by=keeper) | Q(kept_until=None) | Q(kept_until__lte=now)
    mine = Generation.objects.filter(free, pk=generation_id, outcome="")
    mine.update(kept_by=keeper, kept_until=until)


def let_go(generation_id: int, keeper: str) -> None:
    """Give its next phase to whoever comes."""
    mine = Generation.objects.filter(pk=generation_id, kept_by=keeper)
    mine.update(kept_by="", kept_until=None)


def take(generation_id: int, now: datetime, keeper: str = "") -> Lease | None:
    """Take the lease by compare-and-set; return None when it is not due or not free."""
    found = due(now, keeper).filter(pk=generation_id).first()
    return _taken(found, now) if found else None


def seize(generation: Generation, now: datetime) -> Lease | None:
    """Take the lease from whoever has it; the fence keeps their findings out from now on."""
    return _taken(generation, now)


def _taken(found: Generation, now: datetime) -> Lease | None:
    owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"[-100:]
    until = now + timedelta(seconds=settings.SELFIMPROVE.generations.lease_seconds)
    fence = found.fence + 1
    free = Generation.objects.filter(pk=found.pk, fence=found.fence, outcome="")
    taken = free.update(lease_owner=owner, lease_until=until, fence=fence)
    return Lease(found.pk, owner, fence, now) if taken else None


def release(lease: Lease) -> None:
    """Give the generation free, if it is still ours."""
    lease.mine().update(lease_owner="", lease_until=None)


@contextmanager
def kept_alive(lease: Lease) -> Iterator[None]:
    """Renew the lease from a thread of its own, and raise its flag when the work is to stop."""
    done = threading.Event()
    beat = threading.Thread(target=_beat, args=(lease, done), daemon=True)
    beat.start()
    try:
        yield
    finally:
        done.set()
        beat.join()


def _beat(lease: Lease, done: threading.Event) -> None:
    renewed = time.monotonic()
    seconds = settings.SELFIMPROVE.generations.lease_seconds
    try:
        while not done.wait(LOOK_SECONDS):
            renew = time.monotonic() - renewed > seconds / 3
            if not _goes_on(lease, seconds if renew else 0):
                lease.stop.set()
                return
            renewed = time.monotonic() if renew else renewed
    finally:
        connection.close()


def _goes_on(lease: Lease, seconds: float) -> bool:
    try:
        rows = Generation.objects.defer("diff", "plan", "review", "brief")
        row = rows.filter(pk=lease.generation_id).first()
        if row is None:
            return True  # not seen from here; the fence guards what is recorded
        mine = (row.lease_owner, row.fence, row.outcome) == (lease.owner, lease.fence, "")
        if not mine or row.cancelled_by or row.is_overdue(lease.now()):
            return False
        if seconds:
            until = lease.now() + timedelta(seconds=seconds)
            return lease.mine().update(lease_until=until) == 1
    except DatabaseError as error:
        # The fence still guards what is recorded; a later beat may get through.
        logger.warning("lease of generation %s not renewed: %s", lease.generation_id, error)
    return True
