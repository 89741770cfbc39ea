"""A worker is killed when it is stuck, and left alone while it works or cannot be judged."""

import os
import socket
import time
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from selfimprove import runs, watchdog
from selfimprove.models import Heartbeat, Run, RunState
from selfimprove.watchdog import STALE, Watchdog, is_stuck
from tests.selfimprove.away import database_away

pytestmark = pytest.mark.django_db
HOST = socket.gethostname()
NOW = timezone.now()
LONG_AGO = NOW - STALE - timedelta(seconds=1)


@pytest.fixture
def waiting() -> None:
    """Let a task wait that nobody has fetched."""
    runs.ask("runs.canary", LONG_AGO)
    OrmQ.objects.update(lock=LONG_AGO)


@pytest.mark.usefixtures("waiting")
def test_waiting_work_and_no_heartbeat_mean_that_it_is_stuck() -> None:
    assert is_stuck(NOW, LONG_AGO)
    _beat(LONG_AGO)
    assert is_stuck(NOW, LONG_AGO)


@pytest.mark.usefixtures("waiting")
def test_a_worker_that_was_only_just_started_gets_its_time() -> None:
    assert not is_stuck(NOW, NOW)
    assert not is_stuck(NOW, NOW - STALE)


@pytest.mark.usefixtures("waiting")
def test_a_worker_that_finished_something_lately_is_not_stuck() -> None:
    _beat(NOW - STALE / 2)
    assert not is_stuck(NOW, LONG_AGO)


@pytest.mark.usefixtures("waiting")
def test_a_worker_busy_with_a_long_task_is_left_alone_until_its_lease_ends() -> None:
    run = Run.objects.create(
        name="evaluation.look",
        state=RunState.RUNNING,
        owner=f"{HOST}:{os.getpid()}",
        started_at=LONG_AGO,
        lease_until=NOW + timedelta(seconds=20),
    )
    assert not is_stuck(NOW, LONG_AGO)
    run.lease_until = NOW
    run.save()
    assert is_stuck(NOW, LONG_AGO)


@pytest.mark.usefixtures("waiting")
def test_what_another_host_does_is_no_excuse() -> None:
    _beat(NOW, host="elsewhere")
    Run.objects.create(
        name="evaluation.look",
        state=RunState.RUNNING,
        owner="elsewhere:1",
        lease_until=NOW + timedelta(seconds=20),
    )
    assert is_stuck(NOW, LONG_AGO)


def test_an_empty_queue_and_fetched_tasks_are_no_sign() -> None:
    assert not is_stuck(NOW, LONG_AGO)
    runs.ask("runs.canary", NOW)
    OrmQ.objects.update(lock=NOW + timedelta(minutes=30))
    assert not is_stuck(NOW, LONG_AGO)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("waiting")
def test_it_looks_only_now_and_then_and_gives_the_next_worker_its_time() -> None:
    dog = Watchdog(stale=timedelta(seconds=0.05), look_seconds=0.1)
    assert dog() == ""  # it is not yet time to look
    time.sleep(0.15)
    assert dog() == "worker"
    assert dog() == ""
    assert timezone.now() - dog.started < timedelta(seconds=5)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_not_the_workers_fault() -> None:
    dog = Watchdog(stale=timedelta(0), look_seconds=0)
    with database_away():
        assert dog() == ""
        watchdog.release_leases()  # the leases run out by themselves


def _beat(at: datetime, *, host: str = HOST) -> None:
    Heartbeat.objects.create(host=host, at=at, pid=1)
