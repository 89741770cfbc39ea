"""The clock asks for what is due, once or until a signal, and outlives a database that is away."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django_q.models import OrmQ

from selfimprove import schedules
from selfimprove.models import Run, RunState
from tests.selfimprove.away import database_away
from tests.selfimprove.running import run, started, wait_until


@pytest.mark.django_db
def test_one_round_asks_for_everything_that_is_due_and_names_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("clock", "--once")
    named = capsys.readouterr().out.splitlines()
    often = {tick.name for tick in schedules.TICKS if tick.every}
    assert often <= set(named)
    assert OrmQ.objects.count() == len(named)
    assert set(Run.objects.filter(state=RunState.QUEUED).values_list("name", flat=True)) == set(
        named
    )


@pytest.mark.django_db
def test_a_round_in_which_nothing_is_due_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    before = schedules.TICKS
    schedules.TICKS = ()
    try:
        call_command("clock", "--once")
    finally:
        schedules.TICKS = before
    assert capsys.readouterr().out == "nothing is due\n"


@pytest.mark.django_db(transaction=True)
def test_a_round_without_a_database_ends_with_a_sentence() -> None:
    with database_away(), pytest.raises(CommandError, match="The database cannot be asked"):
        call_command("clock", "--once")


@pytest.mark.slow
def test_it_outlives_a_database_that_is_away_and_says_so_once(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    url = f"sqlite:///{tmp_path / 'db.sqlite3'}?timeout=0.2"
    with started(tmp_path, "clock", DATABASE_URL=url) as clock:
        wait_until(lambda: _slots(tmp_path) > 0, "it asks", clock)
        with closing(sqlite3.connect(tmp_path / "db.sqlite3", isolation_level=None)) as database:
            database.execute("BEGIN EXCLUSIVE")
            wait_until(lambda: "cannot ask" in clock.said(), "it says so", clock)
            database.execute("ROLLBACK")
        wait_until(lambda: "asks again" in clock.said(), "it asks again", clock)
        assert clock.said().count("cannot ask") == 1
        assert clock.process.poll() is None
        assert clock.interrupt() == 0
    assert "Traceback" not in clock.said()


def _slots(folder: Path) -> int:
    with closing(sqlite3.connect(os.fspath(folder / "db.sqlite3"), timeout=20)) as database:
        counted = database.execute("SELECT count(*) FROM selfimprove_run WHERE slot IS NOT NULL")
        return int(counted.fetchone()[0])
