"""Does an import that its workers are killed in come in whole, once, and say so?"""

import os
import signal
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.selfimprove.running import House, run, started, wait_until
from tests.telemetry.imports.bring import lines

pytestmark = pytest.mark.slow
COUNT, KILLS = 100_000, 2  # many, as one that is over too soon cannot be killed
ASK = """
import sys
from django.utils import timezone
from audit.log import Actor
from targets.models import Target
from telemetry.imports import asking, uploads
from telemetry.imports.history import Wish
now = timezone.now()
target = Target.objects.create(slug="gateway", name="Gateway", origin="/nowhere", created_at=now)
with uploads.landing(10**9) as landing:
    landing.new_file("upload", "history.jsonl", "text/plain", None)
    landing.receive_data_chunk(open({path!r}, "rb").read(), 0)
    landing.file_complete(1)
    asking.ask(target, landing, Wish(), actor=Actor("person", "olga"), at=now)
"""


def rows(data: Path, question: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(data / "db.sqlite3", timeout=30)) as database:
        return database.execute(question).fetchall()


def imported(data: Path) -> tuple[Any, ...]:
    found = rows(data, "select state, stored, duplicates, turn, reached from telemetry_import")
    return found[0]


def is_in_the_middle(data: Path, *, turn: int) -> bool:
    state, _, _, turns, reached = imported(data)
    return bool(state == "RUNNING" and turns == turn and reached >= turn * 2_000)


def kill_the_worker_that_imports(house: House, data: Path) -> None:
    owner = "select owner from selfimprove_run where name = 'telemetry.bring_in'"
    worker = psutil.Process(int(str(rows(data, owner)[0][0]).rpartition(":")[2]))
    assert worker in house.family()
    os.kill(worker.pid, signal.SIGKILL)


def test_a_worker_killed_again_and_again_loses_and_doubles_nothing(tmp_path: Path) -> None:
    data, file = tmp_path / "live", tmp_path / "history.jsonl"
    data.mkdir()
    file.write_bytes(lines(COUNT, days=2))
    address = f"sqlite:///{data}/db.sqlite3"
    with started(data, "up", DATABASE_URL=address) as house:
        wait_until(lambda: house.status("/readyz") == 200, "a server that is ready", house, 240)
        asked = run(
            data, "shell", "-v", "0", "-c", ASK.format(path=str(file)), DATABASE_URL=address
        )
        assert asked.returncode == 0, asked.stderr
        for kill in range(1, KILLS + 1):
            middle = partial(is_in_the_middle, data, turn=kill)
            wait_until(middle, "an import in the middle of it", house, 240)
            kill_the_worker_that_imports(house, data)
        wait_until(lambda: imported(data)[0] == "DONE", "its end", house, 240)
        state, stored, duplicates, turn, _ = imported(data)
        assert (state, stored, duplicates) == ("DONE", COUNT, 0)
        assert turn == KILLS + 1
        found = rows(data, "select count(*), count(distinct uid) from telemetry_event")
        assert found == [(COUNT, COUNT)]
        assert [path for path in (data / "imports").rglob("*") if path.is_file()] == []
