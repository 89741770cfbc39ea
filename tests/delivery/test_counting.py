"""What a deployment is compared with, and what is counted after it."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings

from delivery import counts
from delivery.models import Delivery, Watch
from tests.delivery.scene import Scene, approved, make_scene
from tests.delivery.test_faults import with_policy
from tests.tied import born

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return make_scene(tmp_path)


def deployed(scene: Scene, **columns: object) -> tuple[Delivery, Watch]:
    delivery = scene.begin()
    Delivery.objects.filter(pk=delivery.pk).update(deployed_at=scene.clock(), **columns)
    delivery.refresh_from_db()
    start = counts.next_minute(scene.clock(), 60)
    return delivery, Watch.objects.create(delivery=delivery, started_at=start)


def another(scene: Scene, *, deployed_before: timedelta, lasted: timedelta | None) -> None:
    """Put an earlier delivery of the same target beside this one."""
    at = scene.clock() - deployed_before
    row = Delivery(
        proposal=approved(scene.target, 1500),
        target=scene.target,
        stage="watch",
        outcome="SUCCEEDED" if lasted is None else "REVERTED",
        started_at=at,
        deployed_at=at,
        reverted_at=None if lasted is None else at + lasted,
        ended_at=at,
        deadline_at=at,
        next_step_at=at,
    )
    born(row)


def test_the_minutes_before_the_deployment_are_the_baseline(scene: Scene) -> None:
    scene.usual_traffic(hours=3)
    delivery, watch = deployed(scene)
    baseline = counts.before(delivery, watch)
    assert (baseline.calls, baseline.failures) == (1790, 179)


def test_silence_before_the_first_call_ever_is_no_history(scene: Scene) -> None:
    scene.usual_traffic(hours=3)
    delivery, watch = deployed(scene)
    assert counts.before(delivery, watch).minutes == 179


def test_time_under_a_change_that_was_taken_back_is_left_out(scene: Scene) -> None:
    start = scene.clock().replace(second=0) - timedelta(hours=3)
    scene.traffic(start, 180, failing=lambda minute: 9 if 60 <= minute < 90 else 1)
    another(scene, deployed_before=timedelta(hours=2), lasted=timedelta(minutes=30))
    delivery, watch = deployed(scene)
    baseline = counts.before(delivery, watch)
    assert baseline.failures / baseline.calls == pytest.approx(0.1, abs=0.01)
    assert 1400 < baseline.calls < 1500


def test_only_time_since_the_last_change_that_stayed_counts(scene: Scene) -> None:
    start = scene.clock().replace(second=0) - timedelta(hours=3)
    scene.traffic(start, 180, failing=lambda minute: 5 if minute < 60 else 1)
    another(scene, deployed_before=timedelta(hours=2), lasted=None)
    delivery, watch = deployed(scene)
    baseline = counts.before(delivery, watch)
    assert baseline.failures / baseline.calls == pytest.approx(0.1)


def test_counting_starts_with_the_first_full_minute_after_the_deployment(scene: Scene) -> None:
    scene.clock.at = scene.clock().replace(second=20)
    delivery, watch = deployed(scene)
    assert watch.started_at == scene.clock().replace(second=0) + timedelta(minutes=1)
    scene.traffic(watch.started_at, 5, calls=7, failing=lambda minute: minute)
    until = watch.started_at + timedelta(minutes=3)
    assert counts.after(delivery, watch, until) == [(7, 0), (7, 1), (7, 2)]
    assert counts.elapsed(watch, until) == 3


def test_minutes_without_calls_are_kept_as_silence(scene: Scene) -> None:
    delivery, watch = deployed(scene)
    scene.traffic(watch.started_at + timedelta(minutes=2), 1, failing=lambda minute: 0)
    until = watch.started_at + timedelta(minutes=4)
    assert counts.after(delivery, watch, until) == [(0, 0), (0, 0), (10, 0), (0, 0)]


def test_a_shorter_watch_minute_counts_in_seconds(scene: Scene, settings: LazySettings) -> None:
    with_policy(settings, minute_seconds=1.0)
    scene.usual_traffic()
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.watch.minute_seconds == 1.0
    assert counts.elapsed(delivery.watch, delivery.watch.started_at + timedelta(seconds=9)) == 9


def test_a_baseline_survives_being_stored(scene: Scene) -> None:
    scene.usual_traffic()
    delivery = scene.begin()
    scene.drive(delivery)
    scene.clock.forward(minutes=2)
    scene.drive(delivery)
    watch = Watch.objects.get(delivery=delivery)
    stored, fresh = counts.baseline_from(watch), counts.before(delivery, watch)
    assert stored == fresh


def test_the_rule_follows_the_configuration(settings: LazySettings) -> None:
    with_policy(settings, window_minutes=30, extended_minutes=90, evidence=20.0, effect=1.5)
    rule = counts.parameters()
    assert (rule.window_minutes, rule.extended_minutes) == (30, 90)
    assert (rule.evidence, rule.effect) == (20.0, 1.5)
