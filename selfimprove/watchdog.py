"""Whether this host's worker still finishes what it is given."""

import socket
import time
from datetime import datetime, timedelta

from django.db import Error, close_old_connections
from django.utils import timezone
from django_q.models import OrmQ

from selfimprove import runs
from selfimprove.models import Heartbeat, Run, RunState

STALE = timedelta(seconds=90)
LOOK_SECONDS = 5.0


def is_stuck(now: datetime, started: datetime, stale: timedelta = STALE) -> bool:
    """Tell whether work waits while nothing runs and nothing has been finished for too long."""
    host = socket.gethostname()
    beat = Heartbeat.objects.filter(host=host).first()
    last = max(beat.at, started) if beat else started
    if now - last <= stale or not OrmQ.objects.filter(lock__lte=now).exists():
        return False
    # A long task renews its lease while it lives, and the queue ends it at its timeout.
    here = Run.objects.filter(state=RunState.RUNNING, owner__startswith=f"{host}:")
    return not here.filter(lease_until__gt=now).exists()


class Watchdog:
    """Name the worker when it must be killed; look at the database only now and then."""

    def __init__(self, *, stale: timedelta = STALE, look_seconds: float = LOOK_SECONDS) -> None:
        """Give the first worker its full time."""
        self.stale = stale
        self.look_seconds = look_seconds
        self.started = timezone.now()
        self.next_look = time.monotonic() + look_seconds

    def __call__(self) -> str:
        """Return "worker" when it is stuck, else nothing."""
        if time.monotonic() < self.next_look:
            return ""
        self.next_look = time.monotonic() + self.look_seconds
        try:
            close_old_connections()
            stuck = is_stuck(timezone.now(), self.started, self.stale)
        except Error:
            return ""  # a database that is away is not the worker's fault
        if stuck:
            self.started = timezone.now()
        return "worker" if stuck else ""


def release_leases() -> None:
    """Free the ticks of this host's dead worker, so that the next one need not wait."""
    try:
        close_old_connections()
        runs.release(socket.gethostname(), timezone.now())
    except Error:
        return  # the leases run out by themselves
