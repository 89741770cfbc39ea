"""Does each target's chart show its own counts with its own deployments?"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from delivery.models import Outcome as Ending
from selfimprove.console.rates import rates
from targets.models import Target
from telemetry.models import MinuteCount
from tests.console.rows import make_delivery
from tests.factories import NOW, make_target, make_user

pytestmark = pytest.mark.django_db
BEFORE = NOW - timedelta(days=7)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


def count(target: Target, minutes_ago: int, calls: int, failures: int) -> None:
    at = NOW.replace(second=0) - timedelta(minutes=minutes_ago)
    MinuteCount.objects.create(
        target=target, at=at, component="web_search", calls=calls, failures=failures
    )


def test_a_target_without_calls_says_so(target: Target) -> None:
    (rate,) = rates(BEFORE, NOW)
    assert rate.words == "no calls in this window"
    assert "No calls in this window" in rate.picture


def test_the_rate_carries_its_n(target: Target) -> None:
    count(target, 2, 30, 6)
    count(target, 1, 10, 2)
    (rate,) = rates(BEFORE, NOW)
    assert rate.words == "20 % · 8 of 40 calls"
    assert sum(row[1] for row in rate.rows) == 40


def test_counts_of_neighbouring_minutes_join_without_gaps(target: Target) -> None:
    for minute in range(1, 600):
        count(target, minute, 10, 1)
    (rate,) = rates(BEFORE, NOW)
    assert rate.picture.count('class="ch-line"') == 1
    assert len(rate.rows) <= 73


def test_a_deployment_and_its_way_back_are_marked(target: Target) -> None:
    count(target, 50, 10, 1)
    count(target, 1, 10, 1)
    delivery = make_delivery(
        target,
        outcome=Ending.REVERTED,
        deployed_at=NOW - timedelta(minutes=30),
        reverted_at=NOW - timedelta(minutes=10),
        ended_at=NOW,
    )
    (rate,) = rates(BEFORE, NOW)
    assert f"#{delivery.pk} deployed" in rate.picture
    assert f"#{delivery.pk} reverted" in rate.picture


def test_another_targets_counts_stay_apart(target: Target, tmp_path: Path) -> None:
    other = make_target(tmp_path, slug="other")
    count(other, 1, 10, 10)
    assert {rate.target.slug: rate.calls for rate in rates(BEFORE, NOW)} == {
        "gateway": 0,
        "other": 10,
    }


def test_the_page_holds_the_numbers_behind_the_picture(client: Client, target: Target) -> None:
    at = timezone.now() - timedelta(minutes=5)
    MinuteCount.objects.create(target=target, at=at, component="x", calls=41, failures=7)
    client.force_login(make_user("viewer"))
    page = client.get(reverse("dashboard")).content.decode()
    assert "<td>41</td>" in page
    assert "17 % · 7 of 41 calls" in page
    assert " style=" not in page
