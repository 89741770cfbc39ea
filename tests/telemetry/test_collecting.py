"""Does each event of a log arrive once, sanitised and counted, whatever happens in between?"""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DataError

from telemetry import ingest, series
from telemetry.models import Backend, Event, MinuteCount, Source
from tests.factories import NOW
from tests.telemetry.scene import Log, add_target, call, docker_line, one_of_each, stamp, tool_line

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "tools.log", add_target())


def test_new_lines_become_events_and_noise_does_not(log: Log) -> None:
    log.add("Traceback (most recent call last):", tool_line(1), '  File "x"', tool_line(2))
    assert log.collect() == ingest.Collected(read=4, stored=2, duplicates=0, refused=0)
    log.add(tool_line(3, success=True))
    assert log.collect().stored == 1
    assert log.collect() == ingest.Collected()
    assert log.source.stored_count == 3
    assert log.source.last_read_at == NOW
    assert Event.objects.filter(success=False).count() == 2


def test_reading_everything_again_stores_nothing_twice(log: Log) -> None:
    unnamed = tool_line(3).replace("call=c-0003 ", "")
    log.add(tool_line(1), tool_line(2), unnamed, unnamed)
    log.collect()
    Source.objects.update(cursor={})
    assert log.collect() == ingest.Collected(read=4, stored=0, duplicates=4, refused=0)
    assert Event.objects.count() == 4
    assert series.totals(log.target, NOW - timedelta(hours=1), NOW + timedelta(hours=1)) == (4, 4)


def test_events_and_cursor_are_committed_together_or_not_at_all(log: Log) -> None:
    log.add(tool_line(1))
    log.collect()
    before = log.source.cursor
    log.add(tool_line(2))
    Source.objects.update(stored_count=2**63 - 1)  # the database will refuse one more
    with pytest.raises((DataError, OverflowError)):
        log.collect()
    assert Event.objects.count() == 1
    assert Source.objects.get().cursor == before


def test_the_three_kinds_of_log_are_collected(tmp_path: Path) -> None:
    target = add_target()
    docker = Log(tmp_path / "a-json.log", target, Backend.DOCKER)
    audit = Log(tmp_path / "audit.jsonl", target, Backend.AUDIT_LOG)
    docker.add(
        docker_line(f"{stamp(NOW)} Task completed task=digest session=s duration_ms=5"),
        docker_line(f"{stamp(NOW)} Task failed task=digest session=s error_category=connection"),
    )
    entry = {"timestamp": stamp(NOW), "action": "memory.write", "success": False, "id": "a-1"}
    said = {
        "event_type": "feedback",
        "timestamp": stamp(NOW),
        "session_id": "s",
        "agent": "a",
        "rating": "thumbs_up",
    }
    audit.add(json.dumps(entry), json.dumps(said), "broken {")
    assert docker.collect().stored == 2
    assert audit.collect() == ingest.Collected(read=2, stored=2, duplicates=0, refused=1)
    points = series.failures(target, NOW, NOW + timedelta(minutes=1), component="digest")
    assert [(p.calls, p.failures) for p in points] == [(2, 1)]


def test_wrong_clocks_and_half_events_are_refused_counted_and_told(log: Log) -> None:
    log.add(
        tool_line(1, at=NOW + timedelta(hours=1)),
        tool_line(2, at=NOW - timedelta(days=31)),
        tool_line(3).replace("success=false", "success=perhaps"),
        tool_line(4),
    )
    done = log.collect()
    assert (done.stored, done.refused) == (1, 3)
    assert log.source.refused_count == 3
    for words in ("lies in the future", "older than the 30 days", "neither true nor false"):
        assert words in log.source.last_refusal
    assert log.source.last_error == ""  # the place itself is well


def test_binary_junk_and_a_huge_line_do_not_hide_the_events_behind_them(log: Log) -> None:
    log.path.write_bytes(b"\x00\xff\x01\n" + b"x" * 10_000_000 + b"\n")
    log.add(tool_line(1))
    done = log.collect()
    assert (done.stored, done.refused) == (1, 1)


def test_a_missing_log_is_no_error(log: Log) -> None:
    assert log.collect() == ingest.Collected()
    assert log.source.last_error == ""


def test_rotation_in_the_middle_loses_and_doubles_nothing(log: Log) -> None:
    log.add(*(tool_line(n) for n in range(5)))
    log.collect()
    log.add(*(tool_line(n) for n in range(5, 8)))
    log.path.rename(log.path.with_name("tools.log.1"))
    log.add(*(tool_line(n) for n in range(8, 10)))
    log.collect()
    assert Event.objects.count() == 10


def test_a_reader_that_was_overtaken_stores_nothing(log: Log) -> None:
    log.add(tool_line(1))
    stale = Source.objects.get()
    log.collect()
    assert stale.cursor != Source.objects.get().cursor
    assert ingest.collect(log.source.pk, NOW).stored == 0


def test_storing_counts_only_what_was_new() -> None:
    target = add_target()
    first = ingest.store(target, [call(1), call(2, success=True), call(2, success=True)], NOW)
    assert (first.stored, first.duplicates) == (2, 1)
    second = ingest.store(target, [call(2, success=True), call(3)], NOW)
    assert (second.stored, second.duplicates) == (1, 1)
    row = MinuteCount.objects.get()
    assert (row.component, row.calls, row.failures) == ("web_search", 3, 2)


def test_the_same_id_in_two_targets_is_two_events() -> None:
    for slug in ("one", "two"):
        assert ingest.store(add_target(slug), one_of_each(), NOW).stored == 4


def test_feedback_and_escalations_are_no_calls() -> None:
    target = add_target()
    ingest.store(target, one_of_each(), NOW)
    assert series.totals(target, NOW - timedelta(hours=1), NOW + timedelta(hours=1)) == (2, 2)


def test_many_events_are_stored_in_one_go() -> None:
    target = add_target()
    events = [call(n, at=NOW - timedelta(seconds=n), tool=f"t{n % 3}") for n in range(3_000)]
    assert ingest.store(target, events, NOW).stored == 3_000
    assert ingest.store(target, events, NOW).duplicates == 3_000
    assert sum(row.calls for row in MinuteCount.objects.all()) == 3_000
