"""`demo` started for real: what it starts, how it ends, and that interrupting it is no success."""

import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.selfimprove.running import (
    House,
    password_in,
    started,
    wait_for_pages,
    wait_until,
    words_of,
)

pytestmark = pytest.mark.slow


def test_it_runs_the_example_beside_us_ends_cleanly_and_resumes(tmp_path: Path) -> None:
    with started(tmp_path, "demo") as first:
        password = password_in(first)
        wait_for_pages(first)
        wait_until(lambda: _count(tmp_path, "telemetry_event") > 0, "events are collected", first)
        for word in ("qcluster", "clock", "granian", "--accompany"):
            first.leader(word)
        assert any("run_gateway" in " ".join(words_of(p)) for p in first.family())
        assert first.interrupt() == 0
        assert first.left() == []
        assert "Traceback" not in first.said()
    collected = _count(tmp_path, "telemetry_event")
    with started(tmp_path, "demo") as again:
        assert password_in(again) == password
        wait_for_pages(again)
        wait_until(lambda: _count(tmp_path, "telemetry_event") > collected, "more events", again)
        assert _count(tmp_path, "targets_target") == 1
        assert again.interrupt() == 0
        assert again.left() == []


def test_playing_alone_and_interrupted_ends_everything_and_is_no_success(tmp_path: Path) -> None:
    with started(tmp_path, "demo", "--unattended", TMPDIR=str(tmp_path)) as alone:
        wait_until(lambda: _plays(alone), "it plays", alone)
        alone.family()
        alone.process.send_signal(signal.SIGINT)
        assert alone.process.wait(60) == 130
        assert alone.left() == []
        wait_until(lambda: "What it left behind is in" in alone.said(), "it says where", alone)


def _plays(house: House) -> bool:
    return any("--tell" in words_of(process) for process in house.family())


def _count(folder: Path, table: str) -> int:
    with closing(sqlite3.connect(folder / "db.sqlite3", timeout=20)) as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
