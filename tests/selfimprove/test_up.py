"""`up` started for real: what it says, what it serves, how it ends, and how it comes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from selfimprove.demo.visitor import DoorClosed, Visitor
from tests.selfimprove import away
from tests.selfimprove.running import (
    House,
    password_in,
    run,
    started,
    wait_for_pages,
)

pytestmark = pytest.mark.slow


def test_it_says_where_and_how_serves_ends_cleanly_and_resumes(tmp_path: Path) -> None:
    with started(tmp_path, "up") as first:
        password = password_in(first)
        assert f"http://127.0.0.1:{first.port}/" in first.said()
        wait_for_pages(first)
        visitor = Visitor(f"http://127.0.0.1:{first.port}/")
        with pytest.raises(DoorClosed):
            visitor.sign_in("admin", "not it")
        visitor.sign_in("admin", password)
        assert first.interrupt() == 0
        assert first.left() == []
        assert "Traceback" not in first.said()
    with started(tmp_path, "up") as again:
        assert password_in(again) == password
        wait_for_pages(again)
        visitor = Visitor(f"http://127.0.0.1:{again.port}/")
        visitor.sign_in("admin", password)
        assert visitor.read("/audit/").count("admin signed in") >= 2  # the one of before as well
        assert again.interrupt() == 0
        assert again.left() == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def pages(folder: Path) -> Iterator[House]:
    """Serve the pages alone, from a database that is not waited for long."""
    url = f"sqlite:///{folder / 'db.sqlite3'}?timeout=0.5"
    with started(folder, "up", "--only", "web", DATABASE_URL=url) as running:
        wait_for_pages(running)
        yield running


def test_a_part_of_the_house_needs_no_port_and_promises_no_pages(
    pages: House, folder: Path
) -> None:
    assert len(pages.leaders("granian")) == 1
    assert pages.leaders("qcluster") == []
    with started(folder, "up", "--only", "clock", port=pages.port) as clock:
        clock.leader("clock")
        assert "without pages" in clock.said()
        assert clock.interrupt() == 0
        assert clock.left() == []


def test_a_second_house_on_the_same_port_is_told_another_one(pages: House, folder: Path) -> None:
    second = run(folder, "up", port=pages.port)
    assert second.returncode == 1
    assert f"Port {pages.port} on 127.0.0.1 cannot be used" in second.stderr
    assert "--set web.port=" in second.stderr
    assert "Traceback" not in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1
    assert pages.status("/sign-in/") == 200


def test_a_held_database_is_told_by_the_real_server_and_costs_nothing(
    pages: House, folder: Path
) -> None:
    password = password_in(pages)
    visitor = Visitor(f"http://127.0.0.1:{pages.port}/")
    with (
        away.held_by_another_process(folder / "db.sqlite3"),
        pytest.raises(DoorClosed, match=r"503 The database is busy or away"),
    ):
        visitor.sign_in("admin", password)
    visitor.sign_in("admin", password)
    assert visitor.read("/audit/").count("admin signed in") == 1
    assert "Traceback" not in pages.said()


def test_two_that_start_at_once_on_a_fresh_folder_do_not_meet(tmp_path: Path) -> None:
    with (
        started(tmp_path, "up", "--only", "clock") as one,
        started(tmp_path, "up", "--only", "clock") as two,
    ):
        for house in (one, two):
            house.leader("clock")
        assert "cannot be used" not in one.said() + two.said()
        assert [one.interrupt(), two.interrupt()] == [0, 0]


def test_a_second_worker_on_the_same_folder_is_turned_away_until_the_first_is_gone(
    tmp_path: Path,
) -> None:
    with started(tmp_path, "up", "--only", "worker") as first:
        first.leader("qcluster")
        second = run(tmp_path, "up")
        assert second.returncode == 1
        assert (
            f"Process {first.process.pid} runs the worker of {tmp_path} already" in second.stderr
        )
        assert "--set paths.data=FOLDER" in second.stderr
        assert len(second.stderr.strip().splitlines()) == 1
        assert len(first.leaders("qcluster")) == 1
        first.family()
        first.process.kill()  # nothing is left that would keep the next one out
        first.process.wait(30)
        with started(tmp_path, "up", "--only", "worker") as third:
            third.leader("qcluster")
            assert third.interrupt() == 0
        assert first.left() == []
