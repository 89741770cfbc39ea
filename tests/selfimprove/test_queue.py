"""The queue's known ways to fail, each met on a real cluster of processes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from selfimprove import runs, schedules, watchdog
from selfimprove.bootstrap import ROOT
from selfimprove.models import Heartbeat, Run, RunState
from tests.selfimprove import ticking

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "marks"
    path.touch()
    monkeypatch.setenv(ticking.MARKS, str(path))
    before = schedules.TICKS
    ticking.add(*ticking.ALL)
    yield path
    schedules.TICKS = before


@pytest.fixture
def cluster(marks: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.selfimprove.queue_worker"],
            cwd=ROOT,
            env={**os.environ, **_database(), "SECRET_KEY": settings.SECRET_KEY},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        started.append(process)
        _wait(lambda: len(psutil.Process(process.pid).children(recursive=True)) >= 5)
        return process

    yield start
    for process in started:
        _kill_session(process)


def test_a_tick_asked_for_many_times_has_one_effect(
    cluster: Callable[[], object], marks: Path
) -> None:
    for _ in range(20):
        runs.ask("test.slow", timezone.now())
    cluster()
    _wait(lambda: _run("test.slow").detail == "slow")
    assert len(marks.read_text().splitlines()) == 1


def test_a_tick_whose_worker_is_killed_runs_again_after_its_lease(
    cluster: Callable[[], subprocess.Popen[bytes]], marks: Path
) -> None:
    cluster()
    runs.ask("test.slow", timezone.now())
    _wait(lambda: bool(marks.read_text()))
    os.kill(int(marks.read_text()), signal.SIGKILL)
    assert _run("test.slow").state == RunState.RUNNING
    assert not runs.ask("test.slow", timezone.now())
    assert runs.ask("test.slow", timezone.now() + runs.LEASE)
    _wait(lambda: _run("test.slow").detail == "slow")
    assert len(marks.read_text().splitlines()) == 2


def test_a_poisonous_tick_stops_after_three_workers(
    cluster: Callable[[], object], marks: Path
) -> None:
    cluster()
    for deaths in (1, 2, 3):
        assert runs.ask("test.deadly", timezone.now() + runs.LEASE)
        _wait(partial(_has_lines, marks, deaths))
    assert not runs.ask("test.deadly", timezone.now() + runs.LEASE)
    runs.ask("test.mark", timezone.now())
    _wait(lambda: _run("test.mark").detail == "marked")


def test_a_leader_told_to_end_finishes_what_runs(
    cluster: Callable[[], subprocess.Popen[bytes]], marks: Path
) -> None:
    leader = cluster()
    runs.ask("test.slow", timezone.now())
    _wait(lambda: bool(marks.read_text()))
    leader.send_signal(signal.SIGTERM)
    assert leader.wait(60) == 0
    assert _run("test.slow").detail == "slow"


def test_a_killed_leaders_children_end_with_their_session(
    cluster: Callable[[], subprocess.Popen[bytes]],
) -> None:
    leader = cluster()
    children = psutil.Process(leader.pid).children(recursive=True)
    leader.kill()
    leader.wait()
    _kill_session(leader)
    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == []


def test_the_watchdog_sees_a_worker_that_finishes_nothing_while_work_waits() -> None:
    now = timezone.now()
    long_ago = now - watchdog.STALE - timedelta(seconds=1)
    assert not watchdog.is_stuck(now, long_ago)  # nothing waits
    runs.ask("runs.canary", long_ago)
    OrmQ.objects.update(lock=long_ago)
    assert watchdog.is_stuck(now, long_ago)
    assert not watchdog.is_stuck(now, now)  # it was only just started
    Heartbeat.objects.create(host=socket.gethostname(), at=now, pid=1)
    assert not watchdog.is_stuck(now, long_ago)


def test_no_schedule_row_can_stop_the_clock() -> None:
    Schedule.objects.create(func="nowhere.at.all", args="(unreadable", name="broken")
    assert settings.Q_CLUSTER["scheduler"] is False
    assert "telemetry.collect" in runs.ask_due(timezone.now())


def test_a_prefetched_task_cannot_be_delivered_again_while_it_may_still_run() -> None:
    queue = settings.Q_CLUSTER
    oldest = (queue["queue_limit"] + queue["bulk"]) / queue["workers"] * queue["timeout"]
    assert queue["retry"] > oldest + queue["timeout"]
    assert isinstance(queue["timeout"], int)
    assert "ALT_CLUSTERS" in queue


def _database() -> dict[str, str]:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return {"DATABASE_URL": f"sqlite:///{database['NAME']}"}
    url = os.environ["DATABASE_URL"].rpartition("/")[0]
    return {"DATABASE_URL": f"{url}/{database['NAME']}"}


def _run(name: str) -> Run:
    return Run.objects.get(name=name)


def _has_lines(path: Path, count: int) -> bool:
    return len(path.read_text().splitlines()) == count


def _kill_session(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


def _wait(look: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
