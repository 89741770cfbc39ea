"""Does every source keep the same promises: nothing lost, nothing doubled, nothing too big?"""

import gzip
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ports.telemetry_source import Batch, Cursor, Source
from ports.telemetry_source.audit_log import AuditLog
from ports.telemetry_source.docker import Docker
from ports.telemetry_source.files import Files

LIMIT = 4_000_000


@dataclass
class Case:
    """One adapter, how its files hold a message, and how its records show it."""

    make: Callable[[str], Source]
    written: Callable[[str], str]
    shown: Callable[[str], str]


def _docker(message: str) -> str:
    entry = {"log": f"{message}\n", "stream": "stdout", "time": "2026-11-21T01:00:00Z"}
    return json.dumps(entry) + "\n"


def _audit(message: str) -> str:
    return json.dumps({"action": message})


CASES = {
    "files": Case(Files, lambda m: m + "\n", lambda m: m),
    "docker": Case(Docker, _docker, lambda m: f"2026-11-21T01:00:00Z {m}"),
    "audit_log": Case(AuditLog, lambda m: _audit(m) + "\n", _audit),
}


@pytest.fixture(params=sorted(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@dataclass
class Log:
    """One log on disk and a reader that stores its cursor as JSON, as a restart would."""

    case: Case
    path: Path
    stored: str = "{}"
    last: Batch | None = None

    def add(self, *messages: str) -> None:
        with self.path.open("a") as file:
            file.writelines(self.case.written(message) for message in messages)

    def read(self, limit: int = LIMIT) -> list[str]:
        cursor: Cursor = json.loads(self.stored)
        self.last = self.case.make(str(self.path)).read(cursor, limit)
        self.stored = json.dumps(self.last.cursor)
        return [record.text for record in self.last.records]

    def expected(self, *messages: str) -> list[str]:
        return [self.case.shown(message) for message in messages]


@pytest.fixture
def log(case: Case, tmp_path: Path) -> Log:
    return Log(case, tmp_path / "app.log")


def many(first: int, last: int) -> list[str]:
    return [f"message number {n} of the day" for n in range(first, last)]


def test_a_missing_or_empty_file_has_no_lines_and_no_error(log: Log) -> None:
    assert log.read() == []
    log.path.touch()
    assert log.read() == []
    log.add("hello")
    assert log.read() == log.expected("hello")


def test_reading_goes_on_where_it_stopped_after_a_restart(log: Log) -> None:
    log.add(*many(0, 3))
    assert log.read() == log.expected(*many(0, 3))
    assert log.read() == []
    log.add(*many(3, 5))
    assert log.read() == log.expected(*many(3, 5))


def test_an_unfinished_line_waits_for_its_rest(log: Log) -> None:
    whole = log.case.written("written in two parts")
    log.path.write_text(whole[:8])
    assert log.read() == []
    with log.path.open("a") as file:
        file.write(whole[8:])
    assert log.read() == log.expected("written in two parts")


def test_rotation_by_rename_drains_the_old_file_first(log: Log) -> None:
    log.add(*many(0, 3))
    log.read()
    log.add(*many(3, 5))
    log.path.rename(log.path.with_suffix(".log.1"))
    log.add(*many(5, 7))
    assert log.read() == log.expected(*many(3, 7))
    assert log.read() == []


def test_rotation_by_copy_and_truncate_doubles_nothing(log: Log) -> None:
    log.add(*many(0, 3))
    log.read()
    log.add(*many(3, 5))
    shutil.copy(log.path, log.path.with_suffix(".log.1"))
    assert log.read() == log.expected(*many(3, 5))  # copied, not truncated yet
    log.path.write_text("")
    log.add(*many(5, 6))
    assert log.read() == log.expected(*many(5, 6))


def test_a_compressed_predecessor_is_read_once(log: Log) -> None:
    log.add(*many(0, 3))
    log.read()
    log.add(*many(3, 5))
    packed = log.path.with_suffix(".log.1.gz")
    packed.write_bytes(gzip.compress(log.path.read_bytes()))
    log.path.unlink()
    log.add(*many(5, 6))
    assert sorted(log.read()) == sorted(log.expected(*many(3, 6)))
    assert log.read() == []


def test_old_files_are_read_at_the_first_look(log: Log) -> None:
    log.add(*many(0, 2))
    packed = log.path.with_suffix(".log.2.gz")
    packed.write_bytes(gzip.compress(log.path.read_bytes()))
    log.path.write_text("")
    log.add(*many(2, 4))
    assert sorted(log.read()) == sorted(log.expected(*many(0, 4)))


def test_a_truncated_file_is_read_from_its_new_start(log: Log) -> None:
    log.add(*many(0, 5))
    log.read()
    log.path.write_text("")
    log.add("afterwards")
    assert log.read() == log.expected("afterwards")


def test_each_line_has_a_place_of_its_own_that_a_second_reading_repeats(log: Log) -> None:
    log.add("same", "same", *many(0, 3))
    log.read()
    assert log.last is not None
    first = [(r.origin, r.offset) for r in log.last.records]
    assert len(set(first)) == 5
    log.stored = "{}"
    log.read()
    assert [(r.origin, r.offset) for r in log.last.records] == first
