"""How a tick runs once at a time, survives its worker, and stops after it has died too often."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import psutil
import structlog
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.tasks import async_task

from audit.events import Event
from audit.log import Actor, record
from selfimprove import schedules, switch
from selfimprove.models import Heartbeat, Run, RunState

LEASE = timedelta(seconds=30)  # renewed while the worker lives
RENEWAL_SECONDS = 8
STALE_QUEUE = timedelta(minutes=10)  # a queued task this old was lost with its queue
MAX_DEATHS = 3
REST_AFTER_DEATHS = timedelta(minutes=5)

log = structlog.get_logger("selfimprove.runs")


def ask(name: str, now: datetime, *, slot: datetime | None = None) -> bool:
    """Ask for a tick; return whether it was queued (else it is queued or running already)."""
    row = Run.objects.filter(name=name)
    # Every entry of the log asks: what waits already will see it, and nothing need be written.
    if slot is None and row.filter(_waiting(now)).exists():
        return False
    with transaction.atomic():
        Run.objects.get_or_create(name=name)
        if slot is not None:
            row.update(slot=slot)
        asked = row.filter(_free(now)).update(
            state=RunState.QUEUED, queued_at=now, wanted=False, fence=F("fence") + 1
        )
        if asked:
            fence = row.values_list("fence", flat=True).get()
            options = {"task_name": name, **_longest(name)}
            async_task("selfimprove.runs.perform", name, fence, **options)
        else:
            row.filter(state=RunState.RUNNING, wanted=False).update(wanted=True)
    return bool(asked)


def ask_due(now: datetime) -> list[str]:
    """Ask for every tick whose slot has come, and for those that died; return their names."""
    known = dict(Run.objects.values_list("name", "slot"))
    due = [tick for tick in schedules.TICKS if tick.is_due(now, known.get(tick.name))]
    for tick in due:
        ask(tick.name, now, slot=tick.slot(now))
    dead = set(Run.objects.filter(_abandoned(now)).values_list("name", flat=True))
    again = [tick.name for tick in schedules.TICKS if tick.name in dead and tick not in due]
    return [*(tick.name for tick in due), *(name for name in again if ask(name, now))]


def perform(name: str, fence: int) -> str:
    """Run a tick under its lease; do nothing when this task is not the one last asked for."""
    tick = next((tick for tick in schedules.TICKS if tick.name == name), None)
    if tick is None or not _claim(name, fence, timezone.now()):
        return "stale"
    if tick.acts and switch.paused():
        return _finish(name, fence, "the loop is paused")
    try:
        with _renewed(name, fence):
            task: Callable[[], str] = import_string(tick.task)
            detail = task()
    except Exception as error:
        _fail(name, fence, error)
        raise
    _beat(timezone.now())
    return _finish(name, fence, str(detail or ""))


def release(host: str, now: datetime) -> int:
    """Free what a host's dead workers held or had fetched; return how many ticks they held."""
    # What was fetched cannot be told from what waits. Asking again is safe: the fence moves on.
    Run.objects.filter(state=RunState.QUEUED).update(queued_at=now - STALE_QUEUE)
    held = Run.objects.filter(state=RunState.RUNNING, owner__startswith=f"{host}:")
    dead = [run.pk for run in held if not _lives(int(run.owner.rpartition(":")[2]))]
    return Run.objects.filter(pk__in=dead, state=RunState.RUNNING).update(lease_until=now)


def _lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _longest(name: str) -> dict[str, int]:
    longest = next((tick.longest for tick in schedules.TICKS if tick.name == name), 0)
    return {"timeout": longest} if longest else {}


def _waiting(now: datetime) -> Q:
    return Q(state=RunState.QUEUED, queued_at__gt=now - STALE_QUEUE)


def _free(now: datetime) -> Q:
    return Q(state=RunState.IDLE) | _abandoned(now)


def _abandoned(now: datetime) -> Q:
    died = Q(state=RunState.RUNNING, lease_until__lte=now)
    rested = Q(attempts__lt=MAX_DEATHS) | Q(started_at__lte=now - REST_AFTER_DEATHS)
    lost = Q(state=RunState.QUEUED, queued_at__lte=now - STALE_QUEUE)
    return lost | (died & rested)


def _claim(name: str, fence: int, now: datetime) -> bool:
    waiting = Run.objects.filter(name=name, fence=fence, state=RunState.QUEUED)
    claimed = waiting.update(
        state=RunState.RUNNING,
        owner=f"{socket.gethostname()}:{os.getpid()}",
        started_at=now,
        lease_until=now + LEASE,
        attempts=F("attempts") + 1,  # counted before the work, so that deaths count too
    )
    return claimed == 1


@contextmanager
def _renewed(name: str, fence: int) -> Iterator[None]:
    done = threading.Event()

    def renew() -> None:
        while not done.wait(RENEWAL_SECONDS):
            try:
                _mine(name, fence).update(lease_until=timezone.now() + LEASE)
            except DatabaseError as error:
                log.warning("lease not renewed", run=name, error=str(error))
        connection.close()

    thread = threading.Thread(target=renew, name=f"lease {name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(timeout=5)


def _mine(name: str, fence: int) -> QuerySet[Run]:
    return Run.objects.filter(name=name, fence=fence, state=RunState.RUNNING)


def _finish(name: str, fence: int, detail: str) -> str:
    now = timezone.now()
    _mine(name, fence).update(
        state=RunState.IDLE, ended_at=now, detail=detail[:2000], attempts=0, lease_until=None
    )
    if Run.objects.filter(name=name, state=RunState.IDLE, wanted=True).exists():
        ask(name, now)
    return detail


def _fail(name: str, fence: int, error: Exception) -> None:
    now = timezone.now()
    told = f"{type(error).__name__}: {error}"[:2000]
    with transaction.atomic():
        first = Run.objects.filter(name=name).exclude(detail=told).exists()
        _mine(name, fence).update(
            state=RunState.IDLE,
            ended_at=now,
            failed_at=now,
            detail=told,
            attempts=0,  # it failed, but its worker lives
            lease_until=None,
        )
        if first:  # the same failure every few seconds is one entry, not thousands
            record(
                Event.RUN_FAILED,
                actor=Actor.system("selfimprove"),
                subject=f"run:{name}",
                at=now,
                facts={"error": type(error).__name__},
            )


def _beat(now: datetime) -> None:
    Heartbeat.objects.update_or_create(
        host=socket.gethostname(), defaults={"at": now, "pid": os.getpid()}
    )
