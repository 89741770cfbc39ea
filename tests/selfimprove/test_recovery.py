"""Whatever is killed comes back by itself; when the roof is killed nothing stays."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from tests.selfimprove.running import House, started, wait_for_pages, wait_until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("house")


@pytest.fixture(scope="module")
def house(folder: Path) -> Iterator[House]:
    # Few ticks, so that there are moments in which every worker is idle.
    with started(
        folder,
        argv=("-m", "tests.selfimprove.short_watch"),
        SELFIMPROVE_TICKS__DELIVER_SECONDS="60",
        SELFIMPROVE_TICKS__COLLECT_SECONDS="5",
    ) as running:
        wait_for_pages(running)
        begun = _now()
        wait_until(lambda: _beats_after(folder, begun), "the worker works", running)
        yield running


def test_killed_pages_are_served_again(house: House) -> None:
    leader = house.leader("granian")
    leader.kill()
    wait_until(lambda: leader not in house.leaders("granian"), "it is noticed", house)
    house.leader("granian")
    wait_for_pages(house)
    assert "web | ended with -9; starting it again" in house.said()


def test_a_killed_process_of_the_page_server_is_replaced(house: House) -> None:
    server = house.leader("granian").children()[0]
    server.kill()
    wait_until(lambda: not server.is_running(), "it is gone", house)
    wait_for_pages(house)


def test_a_killed_clock_asks_again(house: House) -> None:
    clock = house.leader("clock")
    clock.kill()
    wait_until(lambda: house.leaders("clock") not in ([], [clock]), "another clock", house)


def test_a_killed_leader_of_the_queue_takes_its_workers_along_and_returns(
    house: House, folder: Path
) -> None:
    leader = house.leader("qcluster")
    children = leader.children(recursive=True)
    leader.kill()
    assert psutil.wait_procs(children, timeout=30)[1] == []
    killed = _now()
    wait_until(lambda: _beats_after(folder, killed), "work is finished again", house)
    assert len(house.leaders("qcluster")) == 1


def test_a_queue_whose_idle_worker_was_killed_is_ended_and_started_again(
    house: House, folder: Path
) -> None:
    leader = house.leader("qcluster")
    begun = _now()
    wait_until(lambda: _beats_after(folder, begun) and _rests(folder), "the queue rests", house)
    for worker in _workers(leader):
        worker.kill()
    wait_until(lambda: house.leaders("qcluster") not in ([], [leader]), "it is noticed", house, 90)
    killed = _now()
    wait_until(lambda: _beats_after(folder, killed), "work is finished again", house)


def test_the_roof_killed_leaves_no_process(house: House) -> None:
    for word in ("granian", "clock", "qcluster"):
        house.leader(word)
    house.process.kill()
    house.process.wait()
    assert house.left(20) == []


def _workers(leader: psutil.Process) -> list[psutil.Process]:
    """Return the queue's workers: its guard starts them before its own two."""
    guard = leader.children()[0]
    return sorted(guard.children(), key=lambda process: process.pid)[:-2]


def _rests(folder: Path) -> bool:
    with closing(sqlite3.connect(folder / "db.sqlite3", timeout=20)) as database:
        busy = "SELECT (SELECT count(*) FROM django_q_ormq), count(*) FROM selfimprove_run"
        waiting, running = database.execute(f"{busy} WHERE state != 'IDLE'").fetchone()
    return bool(waiting == running == 0)


def _beats_after(folder: Path, moment: datetime) -> bool:
    with closing(sqlite3.connect(folder / "db.sqlite3", timeout=20)) as database:
        row = database.execute("SELECT max(at) FROM selfimprove_heartbeat").fetchone()
    return bool(row[0]) and datetime.fromisoformat(row[0]).replace(tzinfo=UTC) > moment


def _now() -> datetime:
    time.sleep(0.05)
    return datetime.now(UTC)
