"""Does a pattern's chart of a week count what its chart of minutes would?"""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from telemetry import ingest, mining
from telemetry.models import MinuteCount, Pattern
from telemetry.pages import showing
from telemetry.patterns.counts import DAY
from tests.factories import make_user
from tests.telemetry.scene import add_target, call

pytestmark = pytest.mark.django_db


@pytest.fixture
def pattern() -> Pattern:
    target = add_target()
    now = timezone.now()
    batch = [
        call(n, at=now - timedelta(minutes=47 * n), success=n % 3 > 0, tool=f"tool-{n % 2}")
        for n in range(240)
    ]
    ingest.store(target, batch, now)
    mining.mine(target, now)
    return Pattern.objects.get(component="tool-0")


@pytest.mark.parametrize("days", [1, 7])
def test_no_call_of_the_component_is_missing_or_counted_twice(pattern: Pattern, days: int) -> None:
    now = timezone.now()
    points = showing._points(pattern, now, days * DAY)
    since = points[0].at
    counted = MinuteCount.objects.filter(component="tool-0", at__gte=since)
    assert sum(point.calls for point in points) == sum(counted.values_list("calls", flat=True))
    assert sum(point.failures for point in points) == sum(
        counted.values_list("failures", flat=True)
    )
    assert sum(point.failures for point in points) > 0
    assert len(points) <= showing.SLOTS + 2


def test_a_component_without_calls_in_the_week_has_no_chart_to_draw(
    pattern: Pattern, client: Client
) -> None:
    later = timezone.now() + 10 * DAY
    assert showing._points(pattern, later, 7 * DAY) == ()
    client.force_login(make_user("admin"))
    text = client.get(f"{pattern.get_absolute_url()}?span=week").content.decode()
    assert "Share of failing calls of the component in the last 7 days." in text
