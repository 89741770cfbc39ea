"""What can be shown for a pattern, and do the counts over time add up?"""

from datetime import timedelta

import pytest

from targets.models import Target
from telemetry import evidence, ingest, mining, series
from telemetry.models import Event, Pattern
from tests.factories import NOW
from tests.telemetry.scene import add_target, call

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def target() -> Target:
    return add_target()


@pytest.fixture
def pattern(target: Target) -> Pattern:
    failed = [
        call(n, at=NOW - timedelta(minutes=n), agent="planner" if n % 2 else "writer")
        for n in range(1, 31)
    ]
    worked = [call(100 + n, at=NOW - timedelta(minutes=n), success=True) for n in range(10)]
    ingest.store(target, [*failed, *worked, call(500, at=NOW, tool="calendar")], NOW)
    mining.mine(target, NOW)
    return Pattern.objects.get(component="web_search")


def test_evidence_counts_what_lies_in_the_span(pattern: Pattern) -> None:
    found = evidence.of(pattern, NOW - HOUR, NOW + HOUR)
    assert (found.count, found.sessions, found.agents) == (30, 7, ("planner", "writer"))
    assert (found.total_calls, found.failures) == (40, 30)
    assert (found.first_seen, found.last_seen) == (
        NOW - timedelta(minutes=30),
        NOW - timedelta(minutes=1),
    )
    assert (found.component, found.error_code) == ("web_search", "timeout")


def test_a_shorter_span_has_less_and_its_end_is_outside(pattern: Pattern) -> None:
    found = evidence.of(pattern, NOW - timedelta(minutes=5), NOW - timedelta(minutes=2))
    assert found.count == 3
    assert found.last_seen == NOW - timedelta(minutes=3)


def test_a_span_without_failures_is_empty(pattern: Pattern) -> None:
    found = evidence.of(pattern, NOW + HOUR, NOW + 2 * HOUR)
    assert (found.count, found.first_seen, found.samples, found.event_uids) == (0, None, (), ())


def test_evidence_names_events_that_exist_and_is_bounded(pattern: Pattern) -> None:
    found = evidence.of(pattern, NOW - HOUR, NOW)
    assert len(found.event_uids) == 20
    assert Event.objects.filter(uid__in=found.event_uids, component="web_search").count() == 20
    assert found.samples == tuple(f"no answer within {n} ms" for n in (1, 2, 3))


def test_latencies_are_those_of_the_component_sorted(pattern: Pattern) -> None:
    found = evidence.of(pattern, NOW - HOUR, NOW + HOUR)
    assert len(found.latencies_ms) == 40
    assert list(found.latencies_ms) == sorted(found.latencies_ms)
    assert 600.0 not in found.latencies_ms  # the calendar's


def test_a_series_has_every_bucket_and_adds_up(pattern: Pattern, target: Target) -> None:
    points = series.failures(
        target, NOW - HOUR, NOW + HOUR, component="web_search", bucket_seconds=600
    )
    assert [point.at for point in points][:2] == [NOW - HOUR, NOW - timedelta(minutes=50)]
    assert len(points) == 12
    assert [p.failures for p in points] == [0, 0, 0, 10, 10, 10, 0, 0, 0, 0, 0, 0]
    assert sum(p.calls for p in points) == 40


def test_a_series_of_all_components_adds_them(pattern: Pattern, target: Target) -> None:
    points = series.failures(target, NOW - HOUR, NOW + HOUR, bucket_seconds=7200)
    assert [(p.calls, p.failures) for p in points] == [(41, 31)]
    assert series.totals(target, NOW - HOUR, NOW + HOUR) == (41, 31)


def test_a_reversed_span_has_no_buckets(target: Target) -> None:
    assert series.failures(target, NOW, NOW - HOUR) == ()


def test_counts_are_finer_where_a_minute_is_shorter(target: Target, settings: object) -> None:
    configured = settings.SELFIMPROVE  # type: ignore[attr-defined]
    watch = configured.watch.model_copy(update={"minute_seconds": 1.0})
    settings.SELFIMPROVE = configured.model_copy(update={"watch": watch})  # type: ignore[attr-defined]
    ingest.store(target, [call(n, at=NOW - timedelta(seconds=n)) for n in range(3)], NOW)
    points = series.failures(target, NOW - timedelta(seconds=3), NOW, bucket_seconds=1)
    assert [point.calls for point in points] == [0, 1, 1]
