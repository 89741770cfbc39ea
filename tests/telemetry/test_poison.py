"""Can anything that stands in a log stop what stands behind it from being collected?"""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from telemetry import ingest, tasks
from telemetry.events.lines import recognise
from telemetry.events.schemas import BadLine, ToolCall, from_line
from telemetry.models import Backend, Event, Source
from tests.factories import NOW
from tests.telemetry.scene import Log, add_target, stamp, tool_line

pytestmark = pytest.mark.django_db

CALL = {
    "event_type": "tool_call",
    "timestamp": stamp(NOW),
    "session_id": "s",
    "agent": "a",
    "tool": "t",
    "success": True,
    "latency_ms": 1.0,
}
DEEP: object = "end"
for _ in range(900):
    DEEP = [DEEP]

POISON = {
    "before the year one": json.dumps({**CALL, "timestamp": "0001-01-01T00:00:00+05:00"}),
    "after the year 9999": json.dumps({**CALL, "timestamp": "9999-12-31T23:59:59-05:00"}),
    "a told time before the year one": tool_line().replace(
        stamp(NOW), "0001-01-01T00:00:00+05:00"
    ),
    "half a surrogate": json.dumps({**CALL, "session_id": "\ud800"}),
    "a NUL": json.dumps({**CALL, "session_id": "a\0b", "tool": "\0"}),
    "not a number": json.dumps({**CALL, "latency_ms": float("nan")}),
    "an endless number": '{"event_type":"tool_call","latency_ms":' + "9" * 5000 + "}",
    "deep": json.dumps({"event": "Tool execution", "tool": DEEP, "success": False}),
    "deeper than is read": "[" * 60_000,
    "an object as a name": json.dumps({**CALL, "tool": {"a": 1}}),
    "many retries": f"{stamp(NOW)} Task failed task=t retry_count=99999999999",
    "a negative wait": tool_line().replace("latency_ms=402", "latency_ms=-1"),
    "an open quote": tool_line().rstrip('"') + "\\",
    "only quotes": f"{stamp(NOW)} Tool execution tool=" + '"' * 5000,
    "a long name": tool_line(tool="x" * 60_000),
    "an own uid": json.dumps({**CALL, "id": "f" * 32}),
    "a list": json.dumps([CALL]),
    "escapes": "\x1b[2J\x07" + tool_line(),
}


@pytest.mark.parametrize("kind", sorted(POISON))
def test_no_line_stops_the_lines_behind_it_nor_another_source(kind: str, tmp_path: Path) -> None:
    target = add_target()
    log = Log(tmp_path / "a.log", target)
    other = Log(tmp_path / "b.log", target)
    log.add(POISON[kind], tool_line(1001, tool="behind"))
    other.add(tool_line(1002, tool="beside"))
    for each in (log, other):
        each.collect()
    assert set(Event.objects.values_list("component", flat=True)) >= {"behind", "beside"}
    assert log.collect() == ingest.Collected()  # it is not read for ever


def test_the_whole_tick_gets_past_every_poison_at_once(tmp_path: Path) -> None:
    for backend in set(Backend) - {Backend.DOCKER_CLIENT}:  # which reads no file
        log = Log(tmp_path / f"{backend}.log", add_target(backend), backend)
        log.add(*POISON.values())
    assert "refused" in tasks.collect()
    assert Source.objects.filter(last_read_at=None).count() == 0


def test_a_count_that_no_column_holds_is_refused_and_not_changed() -> None:
    with pytest.raises(ValueError, match="retry_count"):
        recognise(POISON["many retries"], Backend.FILES)


def test_a_time_that_utc_does_not_know_is_named() -> None:
    with pytest.raises(BadLine, match=r"timestamp: .*1 to 9999"):
        from_line(POISON["before the year one"])


def test_what_is_appended_to_a_line_overrides_nothing() -> None:
    line = f"{stamp(NOW)} Tool execution tool=web success=false error=oops success=true tool=evil"
    found = recognise(line, Backend.FILES)
    assert isinstance(found, ToolCall)
    assert (found.tool, found.success) == ("web", False)


def test_a_writers_id_of_our_form_does_not_swallow_another_kind_of_event(tmp_path: Path) -> None:
    same = "0123456789abcdef" * 2
    correction = {
        "event_type": "user_correction",
        "timestamp": stamp(NOW),
        "session_id": "s",
        "agent": "a",
        "correction_type": "retry",
    }
    log = Log(tmp_path / "audit.jsonl", add_target(), Backend.AUDIT_LOG)
    log.add(json.dumps({**CALL, "id": same}), json.dumps({**correction, "id": same}))
    assert log.collect().stored == 2
    assert not Event.objects.filter(uid=same).exists()


@pytest.mark.parametrize("ahead", [timedelta(minutes=5), timedelta(minutes=5, milliseconds=1)])
def test_a_clock_may_run_ahead_by_five_minutes_and_no_more(
    tmp_path: Path, ahead: timedelta
) -> None:
    log = Log(tmp_path / "a.log", add_target())
    log.add(tool_line(at=NOW + ahead))
    done = log.collect()
    inside = ahead <= timedelta(minutes=5)
    assert (done.stored, done.refused) == ((1, 0) if inside else (0, 1))
    assert ("future" in log.source.last_refusal) is not inside


@pytest.mark.parametrize("age", [timedelta(days=30), timedelta(days=30, milliseconds=1)])
def test_an_event_of_exactly_thirty_days_is_kept_and_an_older_one_refused(
    tmp_path: Path, age: timedelta
) -> None:
    log = Log(tmp_path / "a.log", add_target())
    log.add(tool_line(at=NOW - age))
    assert log.collect().stored == (1 if age == timedelta(days=30) else 0)


def test_a_file_name_of_any_bytes_is_collected(tmp_path: Path) -> None:
    log = Log(tmp_path / "odd.log", add_target())
    log.add(tool_line())
    log.path.rename(tmp_path / b"odd-\xff\xfe.log".decode("utf-8", "surrogateescape"))
    Source.objects.update(location=str(tmp_path / "odd-*.log"))
    assert log.collect().stored == 1
    json.dumps(log.source.cursor, ensure_ascii=False).encode()  # PostgreSQL takes it
