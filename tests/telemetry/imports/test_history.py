"""Can a history older than what is kept be tried, again, in parts, and be stopped?"""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from audit.models import Entry
from targets.models import Target
from telemetry.events.schemas import to_line
from telemetry.models import Event
from tests.telemetry.imports import samples
from tests.telemetry.scene import add_target, call

pytestmark = pytest.mark.django_db


@pytest.fixture
def target() -> Target:
    return add_target()


def run(path: Path, *options: str) -> str:
    out = StringIO()
    command = ["import_events", str(path), "--target=gateway", *options]
    call_command(*command, stdout=out, stderr=StringIO())
    return out.getvalue()


def old(path: Path, count: int = 3, *, days: int = 400, named: bool = True) -> Path:
    at = timezone.now() - timedelta(days=days)
    events = [json.loads(to_line(call(n, at=at + timedelta(minutes=n)))) for n in range(count)]
    for event in events:
        if not named:
            del event["id"]
    path.write_text("".join(f"{json.dumps(event)}\n" for event in events))
    return path


def test_what_is_too_old_is_refused_counted_and_told_with_the_way_out(
    target: Target, tmp_path: Path
) -> None:
    path = old(tmp_path / "a.jsonl")
    with pytest.raises(CommandError, match="every event is too old") as refusal:
        run(path)
    assert refusal.value.returncode == 2
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("import_events", str(path), "--target=gateway", stdout=out, stderr=StringIO())
    assert "3 refused: older than the 30 days kept; --shift-time moves" in out.getvalue()
    assert not Event.objects.exists()


@pytest.mark.parametrize("named", [True, False])
def test_a_shift_moves_the_newest_event_to_now_and_says_so(
    target: Target, tmp_path: Path, named: bool
) -> None:
    path = old(tmp_path / "a.jsonl", named=named)
    said = run(path, "--shift-time")
    assert "3 events imported" in said
    assert "Moved by 399 days and 23 hours forward" in said
    assert f"Open http://127.0.0.1:8100/telemetry/?target={target.slug} next" in said
    times = list(Event.objects.order_by("timestamp").values_list("timestamp", flat=True))
    assert timezone.now() - timedelta(minutes=2) < times[-1] <= timezone.now()
    assert times[2] - times[0] == timedelta(minutes=2)
    entry = Entry.objects.get(event="events.imported")
    assert entry.facts["shifted_seconds"] > 399 * 86_400
    assert "3 were there already" in run(path, "--shift-time")
    moments = Event.objects.order_by("timestamp").values_list("timestamp", flat=True)
    assert list(moments) == times
    shifts = {e.facts["shifted_seconds"] for e in Entry.objects.filter(event="events.imported")}
    assert len(shifts) == 1  # a second run moves the same files by the same time


def test_a_shift_by_days_keeps_the_time_of_day(target: Target, tmp_path: Path) -> None:
    path = old(tmp_path / "a.jsonl", days=400)
    run(path, "--days=395")
    first = json.loads(path.read_text().splitlines()[0])["timestamp"]
    at = Event.objects.order_by("timestamp")[0].timestamp
    assert at.isoformat()[11:19] == first[11:19]


def test_a_clock_in_the_future_can_be_moved_back(target: Target, tmp_path: Path) -> None:
    path = old(tmp_path / "a.jsonl", days=-300)
    with pytest.raises(CommandError, match="3 lines are no events"):
        run(path)
    assert "hours back" in run(path, "--shift-time")
    assert Event.objects.count() == 3


def test_what_spans_more_than_is_kept_comes_in_as_far_as_it_is_kept(
    target: Target, tmp_path: Path
) -> None:
    path = tmp_path / "a.jsonl"
    now = timezone.now()
    events = [call(n, at=now - timedelta(days=300 + 20 * n)) for n in range(4)]
    path.write_text("".join(f"{to_line(event)}\n" for event in events))
    said = run(path, "--shift-time")
    assert "2 events imported" in said
    assert "2 refused: older than the 30 days kept" in said


def test_several_files_are_one_import(target: Target, tmp_path: Path) -> None:
    for number in range(3):
        path = tmp_path / f"issue-{number}.traj"
        path.write_text(json.dumps(samples.swe_agent()))
    paths = sorted(str(path) for path in tmp_path.glob("*.traj"))
    call_command("import_events", *paths, "--target=gateway", stdout=StringIO(), stderr=StringIO())
    assert Event.objects.values("session_id").distinct().count() == 3
    assert Entry.objects.get(event="events.imported").facts["files"] == 3


BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "it is empty"),
    "blank": (b" \n\n", "it is empty"),
    "prose": (b"hello there\nthis is no export\n", "is of a known format"),
    "an array of numbers": (b"[1, 2, 3]", "is of a known format"),
    "an unknown object": (b'{"a": {"b": 1}}', "is of a known format"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "is of a known format"),
    "a broken archive": (b"\x1f\x8b\x08\x00garbage", "compressed file is broken"),
    "nested deep": (b"[" * 100_000, "nested too deep|broken"),
}


@pytest.mark.parametrize("kind", sorted(BAD))
def test_a_file_that_is_nothing_says_what_it_should_be(
    target: Target, tmp_path: Path, kind: str
) -> None:
    content, words = BAD[kind]
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=words) as refusal:
        run(path)
    assert refusal.value.returncode == 2
    assert str(path) in str(refusal.value)
    assert not Event.objects.exists()
    assert not Entry.objects.exists()


def test_an_export_that_is_cut_off_imports_nothing_and_says_where(
    target: Target, tmp_path: Path
) -> None:
    whole = json.dumps(samples.langfuse(timezone.now() - timedelta(hours=1)))
    path = tmp_path / "x.json"
    path.write_text(whole[:-40])
    with pytest.raises(CommandError, match=r"broken at character .*; nothing was imported"):
        run(path)
    assert not Event.objects.exists()


def test_a_record_that_is_half_of_one_is_named(target: Target, tmp_path: Path) -> None:
    records = samples.langfuse(timezone.now() - timedelta(hours=1))
    records[1]["endTime"] = records[1]["startTime"] = "soon"
    path = tmp_path / "x.jsonl"
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    err = StringIO()
    with pytest.raises(CommandError, match="1 lines are no events; nothing was imported"):
        call_command("import_events", str(path), "--target=gateway", stdout=err, stderr=err)
    assert "line 2: it has no readable endTime" in err.getvalue()
    assert "4 events imported" in run(path, "--skip-bad")


def test_a_format_that_is_asked_for_and_not_there_is_refused(
    target: Target, tmp_path: Path
) -> None:
    path = old(tmp_path / "a.jsonl", days=1)
    with pytest.raises(CommandError, match="is LangSmith: runs"):
        run(path, "--format=langsmith")


def test_odd_values_of_every_kind_are_faults_and_never_a_crash(
    target: Target, tmp_path: Path
) -> None:
    at = timezone.now() - timedelta(hours=1)
    odd: list[Any] = [None, 5, -1e308, True, "", "x" * 5_000, [], {}, [[]], {"a": []}]
    makers = [samples.langfuse_observation(at), samples.langsmith_run(at)]
    for number, whole in enumerate(makers):
        records = [{**whole, key: value} for key in whole for value in odd]
        path = tmp_path / f"{number}.jsonl"
        path.write_text("".join(f"{json.dumps(record)}\n" for record in [whole, *records]))
        run(path, "--skip-bad")
    assert Event.objects.exists()
    for key in ("trajectory", "info"):
        for value in odd:
            path = tmp_path / "t.traj"
            whole = {**samples.swe_agent(), key: value}
            path.write_text(json.dumps([samples.swe_agent(), whole]))
            run(path, "--skip-bad")


STOPPED = """
import os, signal, sys, django
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
os.environ["DJANGO_SETTINGS_MODULE"] = "selfimprove.settings"
django.setup()
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[1]
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "import_events", sys.argv[2], "--target=gateway",
                           "--shift-time"])
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_an_import_that_is_stopped_goes_on_and_doubles_nothing(
    target: Target, tmp_path: Path, sign: signal.Signals
) -> None:
    path = old(tmp_path / "a.jsonl", 30_000, days=100)
    name = str(connection.settings_dict["NAME"])
    importing = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", STOPPED, name, str(path)],
        env={**os.environ, "SELFIMPROVE_DATA_DIR": str(settings.DATA_DIR)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert importing.stderr is not None
    assert "lines read" in importing.stderr.readline()
    while not Event.objects.exists():
        time.sleep(0.02)
    os.kill(importing.pid, sign)
    _, error = importing.communicate(timeout=120)
    stored = Event.objects.count()
    assert 0 < stored < 30_000
    assert stored % 2_000 == 0
    if sign == signal.SIGINT:
        assert importing.returncode == 130, error
        assert f"Stopped: {stored} events are stored and stay" in error
        assert Entry.objects.get(event="events.import_stopped").facts["stored"] == stored
    assert Entry.objects.filter(event="events.import_started").count() == 1
    assert f"{30_000 - stored} events imported, {stored} were there" in run(path, "--shift-time")
    assert Event.objects.count() == 30_000
    moved = {e.facts["shifted_seconds"] for e in Entry.objects.filter(event__contains="started")}
    assert len(moved) == 1


class Impatient(StringIO):
    """Press Ctrl-C at the first word on progress."""

    def write(self, text: str) -> int:
        if not self.tell():
            signal.raise_signal(signal.SIGINT)
        return super().write(text)


@pytest.mark.slow
@pytest.mark.django_db
def test_an_import_that_is_stopped_while_it_looks_changes_nothing(
    target: Target, tmp_path: Path
) -> None:
    path = old(tmp_path / "a.jsonl", 50_001, days=1)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(CommandError, match="stopped; nothing was imported") as stop:
        call_command("import_events", path, target="gateway", stderr=Impatient())
    assert stop.value.returncode == 130
    assert not Event.objects.exists()
    assert signal.getsignal(signal.SIGINT) == before
