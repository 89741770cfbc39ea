"""Do the five event types take what is right, refuse what is wrong, and round-trip?"""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.events.schemas import (
    AnyEvent,
    BadLine,
    Escalation,
    Feedback,
    OutOfTime,
    TaskFailure,
    ToolCall,
    UserCorrection,
    check_time,
    from_line,
    to_line,
)

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
TIMES = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001  # hypothesis adds the zone
    datetime(2100, 1, 1),  # noqa: DTZ001  # the same
    timezones=st.just(UTC) | st.just(timezone(timedelta(hours=5, minutes=30))),
)
IDS = st.none() | NAMES
_FRAME = st.from_regex(r"[a-z]{1,9}(\.[a-z]{1,9})?:[a-z]{1,9}", fullmatch=True)
FRAMES = st.lists(_FRAME, max_size=3, unique=True).map(tuple)
EVENTS: st.SearchStrategy[AnyEvent] = st.one_of(
    st.builds(
        ToolCall,
        timestamp=TIMES,
        session_id=NAMES,
        id=IDS,
        agent=NAMES,
        tool=NAMES,
        success=st.booleans(),
        error_code=IDS,
        error_message=IDS,
        latency_ms=st.floats(0, 1e9),
        fingerprint=IDS,
        frames=FRAMES,
    ),
    st.builds(
        UserCorrection,
        timestamp=TIMES,
        session_id=NAMES,
        id=IDS,
        agent=NAMES,
        correction_type=st.sampled_from(["retry", "rephrase", "abandon"]),
    ),
    st.builds(
        TaskFailure,
        timestamp=TIMES,
        session_id=NAMES,
        id=IDS,
        task_name=NAMES,
        error_category=NAMES,
        retry_count=st.integers(0, 99),
        final_status=NAMES,
        agent=IDS,
        error_message=IDS,
    ),
    st.builds(
        Feedback,
        timestamp=TIMES,
        session_id=NAMES,
        id=IDS,
        agent=NAMES,
        rating=st.sampled_from(["thumbs_up", "thumbs_down"]),
    ),
    st.builds(
        Escalation,
        timestamp=TIMES,
        session_id=NAMES,
        id=IDS,
        agent=NAMES,
        reason_category=st.sampled_from(["capability_gap", "error", "timeout", "user_request"]),
    ),
)


@given(EVENTS)
def test_an_event_is_one_line_and_comes_back_the_same(event: AnyEvent) -> None:
    line = to_line(event)
    assert "\n" not in line
    assert from_line(line, strict=True) == event


GOOD: dict[str, Any] = {
    "event_type": "tool_call",
    "timestamp": "2026-03-02T09:30:00Z",
    "session_id": "s-1",
    "agent": "planner",
    "tool": "web_search",
    "success": False,
    "latency_ms": 402,
}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"success": "false"}, "success"),
        ({"latency_ms": -1}, "latency_ms"),
        ({"latency_ms": "fast"}, "latency_ms"),
        ({"timestamp": "2026-03-02T09:30:00"}, "timestamp"),
        ({"timestamp": "yesterday"}, "timestamp"),
        ({"session_id": ""}, "session_id"),
        ({"agent": None}, "agent"),
        ({"event_type": "dream"}, "dream"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(change: dict[str, Any], where: str) -> None:
    with pytest.raises(BadLine, match=where):
        from_line(json.dumps({**GOOD, **change}))


def test_a_refusal_does_not_repeat_the_value() -> None:
    line = json.dumps({**GOOD, "latency_ms": "hunter2"})
    with pytest.raises(BadLine) as refusal:
        from_line(line)
    assert "hunter2" not in str(refusal.value)


def test_unknown_fields_are_ignored_from_collectors_and_refused_on_import() -> None:
    line = json.dumps({**GOOD, "mood": "fine"})
    assert from_line(line).event_type == "tool_call"
    with pytest.raises(BadLine, match="mood"):
        from_line(line, strict=True)


@pytest.mark.parametrize(
    "line", ["", "no json", "[1]", "null", '{"event_type": "tool_call"', b"\xff"]
)
def test_what_is_no_object_is_refused(line: str | bytes) -> None:
    with pytest.raises(BadLine):
        from_line(line)


def test_a_clock_in_the_future_and_an_expired_event_are_refused_with_a_reason() -> None:
    check_time(NOW + timedelta(minutes=5), now=NOW, retention_days=30)
    check_time(NOW - timedelta(days=30), now=NOW, retention_days=30)
    with pytest.raises(OutOfTime, match="future"):
        check_time(NOW + timedelta(minutes=6), now=NOW, retention_days=30)
    with pytest.raises(OutOfTime, match="older than the 30 days"):
        check_time(NOW - timedelta(days=31), now=NOW, retention_days=30)
