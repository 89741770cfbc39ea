"""Do the counts say what the events say, whatever was stored, repeated, expired in between?"""

from collections import Counter
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from targets.models import Target
from telemetry import ingest, mining, series
from telemetry.archive import retention
from telemetry.events.schemas import AnyEvent, Feedback, TaskFailure
from telemetry.models import Event, Keeping, Pattern
from telemetry.patterns.counts import owners_of, sessions
from telemetry.rollups import reading
from telemetry.rollups.rebuild import catch_up, rebuild
from telemetry.rollups.tables import (
    PatternDay,
    PatternHour,
    PatternSession,
    SessionAgent,
    SessionTotal,
    ToolDay,
    ToolHour,
)
from tests.factories import NOW
from tests.telemetry.scene import add_target, call, one_of_each

OUTLIVING = (PatternHour, PatternDay, PatternSession, ToolHour, ToolDay)
TABLES = (*OUTLIVING, SessionTotal, SessionAgent)


def counts(target: Target, tables: Any = TABLES) -> list[set[tuple[Any, ...]]]:
    """Return everything that is counted."""
    return [set(table.objects.filter(target=target).values_list()) for table in tables]


def event(number: int, minutes: int, kind: int) -> AnyEvent:
    """Make one of several events, so and so long ago; its id comes again on other days."""
    at = NOW - timedelta(minutes=minutes)
    if kind == 0:
        return Feedback(
            id=f"f-{number}", timestamp=at, session_id="s-1", agent="a", rating="thumbs_up"
        )
    if kind == 1:
        return TaskFailure(
            id=f"t-{number}",
            timestamp=at,
            session_id="s-2",
            task_name="digest",
            error_category="connection",
            retry_count=0,
            final_status="failed",
        )
    return call(number, at=at, success=kind == 2, agent=f"agent-{number % 2}")


EVENTS = st.builds(event, st.integers(0, 30), st.integers(0, 4 * 1440), st.integers(0, 4))
# Each step: a batch, and for how many hours after it everything older is deleted.
STEPS = st.lists(
    st.tuples(st.lists(EVENTS, max_size=25), st.none() | st.integers(-40, 30)), max_size=5
)


class AnyHistory(TestCase):
    """Store, repeat and expire at random."""

    @settings(max_examples=25)
    @given(steps=STEPS)
    def test_a_rebuild_finds_nothing_to_mend(self, steps: Any) -> None:
        target = add_target()
        Keeping.objects.create(target=target, days=3)
        now = NOW
        for batch, expired in steps:
            ingest.store(target, batch, now)
            ingest.store(target, batch[::2], now)
            if expired is not None:
                retention.expire(target, NOW + timedelta(hours=expired))
        before = counts(target)
        assert rebuild(target, check=True) == 0
        assert rebuild(target) == 0
        assert counts(target) == before


pytestmark = pytest.mark.django_db


@pytest.fixture
def target() -> Target:
    return add_target()


def recounted(target: Target) -> Counter[tuple[str, str]]:
    rows = Event.objects.filter(target=target).values_list("event_type", "component")
    return Counter(rows)


def test_counts_equal_a_count_by_hand(target: Target) -> None:
    batch = [call(n, at=NOW - timedelta(minutes=17 * n), success=n % 3 == 0) for n in range(40)]
    ingest.store(target, batch + one_of_each(NOW - timedelta(days=2)), NOW)
    by_day: Counter[tuple[str, str]] = Counter()
    for row in ToolDay.objects.all():
        by_day[row.event_type, row.component] += row.n
    assert by_day == recounted(target)
    failed = Event.objects.exclude(fingerprint="").count()
    assert sum(PatternHour.objects.values_list("n", flat=True)) == failed
    assert reading.total() == Event.objects.count()


def test_the_times_of_calls_fall_into_their_buckets(target: Target) -> None:
    for number, latency in enumerate((0.0, 0.9, 1.0, 1.9, 400.0, 65_535.9, 65_536.0, 1e300)):
        made = msgspec.structs.replace(call(number), latency_ms=latency)
        ingest.store(target, [made], NOW)
    (row,) = ToolDay.objects.all()
    assert (row.under_1, row.under_2, row.under_512, row.under_65536, row.longer) == (
        2,
        2,
        1,
        1,
        2,
    )
    assert row.timed == 8


def test_a_rebuild_mends_what_is_wrong_and_a_check_only_tells(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    ingest.store(target, [call(n, at=NOW - timedelta(hours=n)) for n in range(5)], NOW)
    whole = counts(target)
    ToolDay.objects.update(n=77)
    PatternHour.objects.filter(hour__gte=NOW - timedelta(hours=2)).delete()
    with pytest.raises(CommandError) as refused:
        call_command("rebuild-rollups", "--check")
    assert refused.value.returncode == 2
    assert counts(target) != whole
    call_command("rebuild-rollups", "--target", "gateway")
    assert counts(target) == whole
    call_command("rebuild-rollups", "--check")
    assert "all equal" in capsys.readouterr().out


def test_a_target_that_nobody_knows_is_a_clear_refusal() -> None:
    with pytest.raises(CommandError, match="no target 'nowhere'"):
        call_command("rebuild-rollups", "--target", "nowhere")


def test_counts_of_events_that_are_gone_stay(target: Target) -> None:
    ingest.store(target, [call(n, at=NOW - timedelta(days=n)) for n in range(20)], NOW)
    Keeping.objects.update_or_create(target=target, defaults={"days": 5})
    whole = counts(target, OUTLIVING)
    retention.expire(target, NOW)
    assert Event.objects.count() == 6
    rebuild(target)
    assert counts(target, OUTLIVING) == whole


def test_what_was_stored_before_there_were_counts_is_counted_once(target: Target) -> None:
    ingest.store(target, [call(n, at=NOW - timedelta(hours=n)) for n in range(5)], NOW)
    whole = counts(target)
    for table in TABLES:
        table.objects.all().delete()
    assert catch_up(target)
    assert counts(target) == whole
    assert not catch_up(target)


@pytest.mark.parametrize("minutes", [0, 1, 30, 59, 61, 150, 1440])
def test_a_span_is_counted_to_the_moment(target: Target, minutes: int) -> None:
    batch = [
        call(n, at=NOW - timedelta(minutes=7 * n), agent=f"a-{n % 3}", session=f"s-{n // 4}")
        for n in range(200)
    ]
    ingest.store(target, batch, NOW)
    mining.mine(target, NOW)
    pattern = Pattern.objects.get()
    for end in (NOW - timedelta(minutes=10), NOW + timedelta(minutes=5)):
        start = NOW - timedelta(minutes=minutes + 10)
        found = reading.occurred(pattern, start, end)
        rows = [each for each in batch if start <= each.timestamp < end]
        assert found.count == len(rows)
        assert found.sessions == len({row.session_id for row in rows})
        assert set(found.agents) == {row.agent for row in rows}
        assert found.first_seen == min((row.timestamp for row in rows), default=None)
        assert found.last_seen == max((row.timestamp for row in rows), default=None)
    assert sessions([pattern], owners_of([pattern]))[pattern.pk] == 50


def test_long_charts_of_hours_say_what_minutes_say(target: Target) -> None:
    batch = [call(n, at=NOW - timedelta(minutes=53 * n), success=n % 4 == 0) for n in range(150)]
    ingest.store(target, batch, NOW)
    start, end = ((NOW - timedelta(days=n)).replace(minute=0) for n in (5, 0))
    hours = series.by_hours(target, start, end, 3)
    assert hours == series.failures(target, start, end, bucket_seconds=3 * series.HOUR)
    assert sum(point.calls for point in hours) > 100
