"""Do daily files hold a day's events whole or not at all, and does everything end in time?"""

import json
import os
import resource
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from audit.models import Entry
from targets.models import Target
from telemetry import ingest, mining
from telemetry.archive import export, retention
from telemetry.events.schemas import from_line
from telemetry.models import Event, MinuteCount, Pattern
from tests.factories import NOW
from tests.telemetry.scene import add_target, call, one_of_each

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 1)
MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def target() -> Target:
    return add_target()


def test_a_days_file_holds_the_events_of_that_utc_day(target: Target) -> None:
    moments = [timedelta(seconds=-1), timedelta(), timedelta(hours=23.9), timedelta(days=1)]
    ingest.store(target, [call(n, at=MIDNIGHT + m) for n, m in enumerate(moments)], NOW)
    done = export.extract(target, DAY, NOW)
    assert done.path.name == "2026-03-01.jsonl"
    assert done.path.parent.name == "gateway"
    latencies = [json.loads(line)["latency_ms"] for line in done.path.read_text().splitlines()]
    assert latencies == [101, 102]


def test_every_line_is_an_event_that_reads_back(target: Target) -> None:
    ingest.store(target, one_of_each(MIDNIGHT), NOW)
    lines = export.extract(target, DAY, NOW).path.read_text().splitlines()
    events = [from_line(line, strict=True) for line in lines]
    kinds = {event.event_type for event in events}
    assert kinds == {"tool_call", "task_failure", "feedback", "escalation"}
    assert {event.id for event in events} == set(Event.objects.values_list("uid", flat=True))


def test_a_repeat_writes_the_same_file(target: Target) -> None:
    ingest.store(target, one_of_each(MIDNIGHT), NOW)
    first = export.extract(target, DAY, NOW).path.read_bytes()
    again = export.extract(target, DAY, NOW)
    assert again.path.read_bytes() == first
    assert [p.name for p in again.path.parent.iterdir()] == [again.path.name]


def test_a_day_without_events_makes_no_file_and_keeps_an_old_one(target: Target) -> None:
    done = export.extract(target, DAY, NOW)
    assert (done.events, done.path.exists()) == (0, False)
    done.path.parent.mkdir(parents=True)
    done.path.write_text("old\n")
    export.extract(target, DAY, NOW)
    assert done.path.read_text() == "old\n"


def test_a_day_that_is_partly_gone_is_not_written(target: Target) -> None:
    with pytest.raises(export.DayNotKept, match="2026-01-31"):
        export.extract(target, date(2026, 1, 31), NOW)


def test_an_export_is_told_in_the_log(target: Target) -> None:
    ingest.store(target, one_of_each(MIDNIGHT), NOW)
    export.extract(target, DAY, NOW)
    assert '"events":4' in Entry.objects.get(event="events.exported").body


def _under_a_size_limit(target: Target, limit: int) -> str:
    """Export in a forked process whose files may not grow further: a disk that is full."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            export._write(
                retention.folder_of(target) / "2026-03-01.jsonl", iter(["x" * 99] * 1_000)
            )
            os.write(writer, b"written")
        except OSError as error:
            os.write(writer, f"{error.strerror}".encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    said = os.read(reader, 1_000).decode()
    os.close(reader)
    return said


def test_a_full_disk_leaves_no_half_file_and_the_old_one_whole(target: Target) -> None:
    folder = retention.folder_of(target)
    folder.mkdir(parents=True)
    (folder / "2026-03-01.jsonl").write_text("whole\n")
    assert _under_a_size_limit(target, 8_192) == "File too large"
    assert [p.name for p in folder.iterdir()] == ["2026-03-01.jsonl"]
    assert (folder / "2026-03-01.jsonl").read_text() == "whole\n"


def test_a_folder_that_cannot_be_written_is_a_clear_refusal(target: Target) -> None:
    ingest.store(target, one_of_each(MIDNIGHT), NOW)
    folder = retention.folder_of(target)
    folder.parent.mkdir(parents=True)
    folder.write_text("a file in the way")
    with pytest.raises(export.ExportFailed, match="nothing was lost"):
        export.extract(target, DAY, NOW)
    assert not Entry.objects.filter(event="events.exported").exists()


def _files(target: Target, *names: str) -> Path:
    folder = retention.folder_of(target)
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text("x\n")
    return folder


def test_what_is_older_than_is_kept_goes_and_nothing_else(target: Target) -> None:
    ages = [timedelta(days=d) for d in (0, 29, 30)]
    ingest.store(target, [call(n, at=NOW - age) for n, age in enumerate(ages)], NOW)
    mining.mine(target, NOW)
    folder = _files(
        target, "2026-01-30.jsonl", "2026-02-01.jsonl", "notes.txt", "9999-99-99.jsonl"
    )
    later = NOW + timedelta(hours=36)
    assert retention.expire(target, later) == retention.Expired(rows=2 + 2, files=1)
    assert Event.objects.count() == 1
    assert MinuteCount.objects.count() == 1
    assert Pattern.objects.get().count == 3  # what is known of a pattern outlives its events
    assert not (folder / "2026-01-30.jsonl").exists()
    assert len(list(folder.iterdir())) == 3


def test_expiring_again_does_nothing_and_tells_nothing(target: Target) -> None:
    ingest.store(target, [call(1, at=NOW - timedelta(days=29))], NOW)
    later = NOW + timedelta(days=2)
    retention.expire(target, later)
    assert retention.expire(target, later) == retention.Expired(0, 0)
    assert Entry.objects.filter(event="events.expired").count() == 1


def test_a_neighbours_events_stay(target: Target) -> None:
    ingest.store(add_target("other"), [call(1, at=NOW - timedelta(days=29))], NOW)
    assert retention.expire(target, NOW + timedelta(days=2)).rows == 0
