"""Do processes take turns at one SQLite file, and is a place free when its holder is killed?"""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

from selfimprove.bootstrap import ROOT
from selfimprove.sqlite.base import turn_file
from tests.selfimprove.turn_taker import HELD

pytestmark = pytest.mark.django_db(transaction=True)

SCRIPT = Path(__file__).with_name("turn_taker.py")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "counter.sqlite3"
    with closing(sqlite3.connect(found)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE counter (n)")
        database.execute("INSERT INTO counter VALUES (0)")
        database.commit()
    return found


def link(name: object, timeout: float = 20) -> BaseDatabaseWrapper:
    """Connect this process as the product does."""
    options = {"timeout": timeout, "transaction_mode": "IMMEDIATE"}
    database = {"ENGINE": "selfimprove.sqlite", "NAME": name, "OPTIONS": options}
    return ConnectionHandler({"default": database})["default"]


def start(file: Path, *act: str) -> "subprocess.Popen[str]":
    line = [sys.executable, str(SCRIPT), str(file), *act]
    return subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@contextmanager
def other(file: Path, act: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a process until it has come as far as it should."""
    process = start(file, act)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == HELD
        yield process
    finally:
        process.kill()
        process.communicate()


def number(file: Path) -> int:
    with closing(sqlite3.connect(file)) as database:
        [(found,)] = database.execute("SELECT n FROM counter")
        return int(found)


def test_processes_that_are_not_patient_come_through_in_turn(file: Path) -> None:
    """Each would give up after 0.2 s; together they take seconds."""
    writers = [start(file, "count", "40") for _ in range(4)]
    for writer in writers:
        writer.communicate(timeout=120)
    assert [writer.returncode for writer in writers] == [0] * 4
    assert number(file) == 160


def test_who_is_killed_leaves_the_turn_at_once(file: Path) -> None:
    ours = link(file)
    with other(file, "hold") as holder:
        holder.kill()
        holder.wait()
        with closing(ours), ours.cursor() as cursor:
            cursor.execute("UPDATE counter SET n = n + 1")
    assert number(file) == 1


def test_a_process_that_holds_on_for_good_makes_an_error_and_no_standstill(file: Path) -> None:
    ours = link(file, timeout=0.1)
    with other(file, "hold"), closing(ours), ours.cursor() as cursor:
        with pytest.raises(OperationalError, match="locked"):
            cursor.execute("UPDATE counter SET n = n + 1")
        cursor.execute("SELECT n FROM counter")
        assert cursor.fetchall() == [(0,)]
    assert number(file) == 0


def test_a_reader_keeps_no_writer_and_no_writer_a_reader(file: Path) -> None:
    ours = link(file, timeout=0.1)
    with other(file, "read"), closing(ours), ours.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE")
        cursor.execute("UPDATE counter SET n = n + 1")
        assert number(file) == 0
        cursor.execute("COMMIT")
        assert not ours.turn.held  # type: ignore[attr-defined]
    assert number(file) == 1


def test_a_database_in_memory_has_no_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ours = link(":memory:")
    with ours.cursor() as cursor:
        cursor.execute("CREATE TABLE counter (n)")
        cursor.execute("INSERT INTO counter VALUES (1)")
    assert [one for one in tmp_path.iterdir() if "turn" in one.name] == []


def test_where_no_file_can_be_made_the_database_alone_says_who_writes(file: Path) -> None:
    turn_file(file).mkdir()
    ours = link(file)
    with closing(ours), ours.cursor() as cursor:
        cursor.execute("UPDATE counter SET n = 5")
    assert number(file) == 5


def test_two_names_of_a_database_are_one_line(file: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "name").symlink_to(file)
    assert turn_file(tmp_path / "elsewhere" / "name") == turn_file(file)


def test_the_database_of_a_test_is_removed_with_its_line(file: Path) -> None:
    ours = link(file)
    with ours.cursor() as cursor:
        cursor.execute("UPDATE counter SET n = 5")
    ours.close()
    assert turn_file(file).exists()
    ours.creation._destroy_test_db(str(file), 0)  # type: ignore[attr-defined]
    assert not turn_file(file).exists()
    assert not file.exists()
