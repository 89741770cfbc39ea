"""Do counts and events agree at every edge: of retention, of a bucket, of a day?"""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import Settings

from targets.models import Target
from telemetry import ingest, series, tasks
from telemetry.archive import export, retention
from telemetry.events.schemas import AnyEvent
from telemetry.models import Event, EventType, MinuteCount
from tests.factories import NOW
from tests.telemetry.scene import add_target, call, one_of_each

pytestmark = pytest.mark.django_db
MONTH = timedelta(days=30)


@pytest.fixture
def target() -> Target:
    return add_target()


def recounted(target: Target) -> dict[tuple[datetime, str], tuple[int, int]]:
    """Count calls and failures anew, from the events alone."""
    calls: Counter[tuple[datetime, str]] = Counter()
    failed: Counter[tuple[datetime, str]] = Counter()
    kinds = [EventType.TOOL_CALL, EventType.TASK_FAILURE]
    for event in Event.objects.filter(target=target, event_type__in=kinds):
        key = (series.bucket_start(event.timestamp), event.component)
        calls[key] += 1
        failed[key] += not event.success
    return {key: (calls[key], failed[key]) for key in calls}


def counted(target: Target) -> dict[tuple[datetime, str], tuple[int, int]]:
    rows = MinuteCount.objects.filter(target=target)
    return {(row.at, row.component): (row.calls, row.failures) for row in rows}


def spread(at: datetime) -> list[AnyEvent]:
    """Make an event every seven seconds of two minutes around a moment."""
    return [call(n, at=at + timedelta(seconds=7 * n - 60), success=n % 3 == 0) for n in range(17)]


def test_counts_equal_a_recount_after_storing_twice_and_in_any_order(target: Target) -> None:
    events = spread(NOW - timedelta(hours=1)) + one_of_each()
    ingest.store(target, events[::-1], NOW)
    ingest.store(target, events, NOW)
    assert counted(target) == recounted(target)
    assert len(counted(target)) == 3


@pytest.mark.parametrize("seconds", [0, 1, 29, 59])
def test_counts_equal_a_recount_after_expiry_in_the_middle_of_a_minute(
    target: Target, seconds: int
) -> None:
    ingest.store(target, spread(NOW - MONTH + timedelta(minutes=1)), NOW)
    before = len(counted(target))
    retention.expire(target, NOW + timedelta(minutes=1, seconds=seconds))
    assert 0 < len(counted(target)) < before
    assert counted(target) == recounted(target)


def test_the_thirtieth_day_is_kept_to_its_last_moment(target: Target) -> None:
    moments = [NOW - MONTH, NOW - MONTH + timedelta(microseconds=1)]
    ingest.store(target, [call(n, at=at) for n, at in enumerate(moments)], NOW)
    assert retention.expire(target, NOW).rows == 0
    assert retention.expire(target, NOW + timedelta(seconds=60)).rows == 2 + 1
    assert not Event.objects.exists()


def test_an_event_that_comes_late_is_counted_in_its_own_minute(target: Target) -> None:
    ingest.store(target, [call(1), call(2, at=NOW - timedelta(days=29))], NOW)
    ingest.store(target, [call(3, at=NOW - timedelta(days=29, seconds=-1))], NOW)
    assert counted(target) == recounted(target)
    assert sorted(calls for calls, _ in counted(target).values()) == [1, 2]


def test_counts_of_finer_buckets_add_up(target: Target, settings: Settings) -> None:
    watch = settings.SELFIMPROVE.watch.model_copy(update={"minute_seconds": 1.0})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"watch": watch})
    ingest.store(target, spread(NOW - timedelta(hours=1)), NOW)
    assert counted(target) == recounted(target)
    assert len(counted(target)) == 17


@pytest.mark.parametrize("days", [1, 2, 3])
def test_the_nightly_export_runs_with_a_short_retention(
    target: Target, settings: Settings, days: int
) -> None:
    kept = settings.SELFIMPROVE.telemetry.model_copy(update={"retention_days": days})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"telemetry": kept})
    now = datetime.now(UTC)
    ingest.store(target, [call(1, at=now - timedelta(hours=1))], now)
    assert "events written" in tasks.extract()


def test_an_export_twice_with_a_late_event_between_gives_the_whole_day(target: Target) -> None:
    day = date(2026, 3, 1)
    at = datetime(2026, 3, 1, 23, 59, 59, 999_999, UTC)
    ingest.store(target, [call(1, at=at)], NOW)
    first = export.extract(target, day, NOW)
    ingest.store(target, [call(2, at=at - timedelta(hours=23))], NOW)
    again = export.extract(target, day, NOW)
    assert (first.events, again.events) == (1, 2)
    lines = again.path.read_text().splitlines()
    assert ['"latency_ms":102' in line for line in lines] == [True, False]
