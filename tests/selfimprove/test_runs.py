"""A tick runs once at a time, survives its worker, and rests after it has died too often."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import Popen

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ

from audit.events import Event
from audit.log import Actor
from audit.models import Entry
from selfimprove import runs, schedules, switch
from selfimprove.models import Heartbeat, Run, RunState
from tests.selfimprove import ticking

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture(autouse=True)
def marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "marks"
    path.touch()
    monkeypatch.setenv(ticking.MARKS, str(path))
    before = schedules.TICKS
    ticking.add(*ticking.ALL)
    yield path
    schedules.TICKS = before


def test_asking_twice_queues_once() -> None:
    assert runs.ask("test.mark", NOW)
    assert not runs.ask("test.mark", NOW)
    assert OrmQ.objects.count() == 1


def test_asking_for_what_waits_or_was_wanted_already_writes_nothing() -> None:
    runs.ask("test.mark", NOW)
    with CaptureQueriesContext(connection) as waiting:
        assert not runs.ask("test.mark", NOW)
    assert len(waiting) == 1
    lease = NOW + timedelta(seconds=30)
    Run.objects.update(state=RunState.RUNNING, lease_until=lease, wanted=True)
    before = Run.objects.values().get()
    assert not runs.ask("test.mark", NOW)
    assert Run.objects.values().get() == before


def test_a_task_delivered_twice_runs_once(marks: Path) -> None:
    runs.ask("test.mark", NOW)
    fence = _run("test.mark").fence
    assert [runs.perform("test.mark", fence) for _ in range(3)] == ["marked", "stale", "stale"]
    assert len(marks.read_text().splitlines()) == 1
    assert Heartbeat.objects.count() == 1


def test_what_was_asked_for_while_running_runs_once_more() -> None:
    runs.ask("test.mark", NOW)
    Run.objects.filter(name="test.mark").update(
        state=RunState.RUNNING, lease_until=NOW + timedelta(seconds=30)
    )
    assert not runs.ask("test.mark", NOW)
    assert not runs.ask("test.mark", NOW)
    run = _run("test.mark")
    assert run.wanted
    runs._finish("test.mark", run.fence, "done")
    assert _run("test.mark").state == RunState.QUEUED
    assert OrmQ.objects.count() == 2


def test_a_dead_workers_tick_is_queued_again_when_its_lease_has_run_out(marks: Path) -> None:
    runs.ask("test.mark", NOW)
    first = _run("test.mark").fence
    assert runs._claim("test.mark", first, NOW)
    assert not runs.ask("test.mark", NOW + timedelta(seconds=29))
    assert runs.ask("test.mark", NOW + timedelta(seconds=31))
    assert runs.perform("test.mark", first) == "stale"
    assert runs.perform("test.mark", _run("test.mark").fence) == "marked"
    assert len(marks.read_text().splitlines()) == 1


def test_a_dead_workers_lease_is_released_and_a_living_ones_is_not() -> None:
    runs.ask("test.mark", NOW)
    runs._claim("test.mark", _run("test.mark").fence, NOW)
    host = _run("test.mark").owner.split(":")[0]
    assert runs.release(host, NOW) == 0  # we hold it, and we live
    Run.objects.update(owner=f"{host}:{_dead_pid()}")
    assert runs.release("elsewhere", NOW) == 0
    assert runs.release(host, NOW) == 1
    assert runs.ask("test.mark", timezone.now())


def test_what_a_dead_worker_had_fetched_is_asked_for_again_at_once(marks: Path) -> None:
    runs.ask("test.mark", NOW)
    first = _run("test.mark").fence
    runs.release("any", NOW)
    assert "test.mark" in runs.ask_due(NOW)
    assert runs.perform("test.mark", first) == "stale"
    assert runs.perform("test.mark", _run("test.mark").fence) == "marked"
    assert len(marks.read_text().splitlines()) == 1


def test_a_daily_tick_whose_worker_died_does_not_wait_for_tomorrow() -> None:
    at = datetime(2026, 3, 2, 1, 0, 5, tzinfo=UTC)
    assert "telemetry.extract" in runs.ask_due(at)
    assert runs._claim("telemetry.extract", _run("telemetry.extract").fence, at)
    assert "telemetry.extract" not in runs.ask_due(at + runs.LEASE / 2)
    assert "telemetry.extract" in runs.ask_due(at + runs.LEASE)


def test_a_row_of_a_tick_that_is_no_more_disturbs_nobody() -> None:
    Run.objects.create(name="gone.tick", state=RunState.QUEUED, queued_at=NOW - timedelta(days=1))
    assert "gone.tick" not in runs.ask_due(NOW)
    assert runs.perform("gone.tick", 0) == "stale"


def test_failures_are_not_counted_as_deaths() -> None:
    for _ in range(runs.MAX_DEATHS):
        runs.ask("test.broken", timezone.now())
        with pytest.raises(ValueError, match="broken"):
            runs.perform("test.broken", _run("test.broken").fence)
    at = timezone.now()
    runs.ask("test.broken", at)
    runs._claim("test.broken", _run("test.broken").fence, at)
    assert runs.ask("test.broken", at + runs.LEASE)


def test_a_tick_that_kills_its_worker_rests_after_three_deaths() -> None:
    at = NOW
    for _ in range(3):
        assert runs.ask("test.deadly", at)
        assert runs._claim("test.deadly", _run("test.deadly").fence, at)
        at += runs.LEASE
    assert not runs.ask("test.deadly", at)
    assert runs.ask("test.deadly", at + runs.REST_AFTER_DEATHS)


def test_a_failure_is_kept_told_once_and_does_not_stop_the_next() -> None:
    for _ in range(2):
        runs.ask("test.broken", timezone.now())
        with pytest.raises(ValueError, match="broken"):
            runs.perform("test.broken", _run("test.broken").fence)
    run = _run("test.broken")
    assert run.detail == "ValueError: this tick is broken"
    assert run.failed_at is not None
    assert run.state == RunState.IDLE
    assert Entry.objects.filter(event=Event.RUN_FAILED).count() == 1


def test_a_paused_loop_observes_but_does_not_act(marks: Path) -> None:
    switch.pause(actor=Actor("person", "ada"), reason="look first", at=NOW)
    for name in ("test.acting", "test.mark"):
        runs.ask(name, NOW)
        runs.perform(name, _run(name).fence)
    assert len(marks.read_text().splitlines()) == 1
    assert _run("test.acting").detail == "the loop is paused"


def test_a_lost_queue_is_noticed() -> None:
    runs.ask("test.mark", NOW)
    OrmQ.objects.all().delete()
    assert not runs.ask("test.mark", NOW + timedelta(minutes=9))
    assert runs.ask("test.mark", NOW + timedelta(minutes=11))


def _run(name: str) -> Run:
    return Run.objects.get(name=name)


def _dead_pid() -> int:
    process = Popen(["true"])
    process.wait()
    return process.pid
