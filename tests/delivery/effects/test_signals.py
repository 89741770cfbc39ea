"""Are slow calls and failed tasks watched beside failing calls, where they are known?"""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from delivery.effects import signals
from delivery.models import Delivery, Outcome
from telemetry.models import Event
from telemetry.rollups.rebuild import rebuild
from tests.delivery.effects.scenes import deployed, pass_by
from tests.delivery.scene import Scene, make_scene
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = make_scene(tmp_path)
    made.usual_traffic()
    return made


def _calls(
    scene: Scene,
    start: datetime,
    minutes: int,
    *,
    slow: int,
    of: int = 10,
    kind: str = "tool_call",
) -> None:
    """Make calls of which so many a minute take three seconds instead of one."""
    Event.objects.bulk_create(
        Event(
            target=scene.target,
            uid=f"{kind}-{start:%H%M%S}-{minute}-{number}",
            event_type=kind,
            timestamp=start + timedelta(minutes=minute, seconds=number),
            session_id=f"s-{minute}",
            component="web_search",
            success=kind == "tool_call",
            latency_ms=(3000.0 if number < slow else 1000.0 + number)
            if kind == "tool_call"
            else None,
        )
        for minute in range(minutes)
        for number in range(of)
    )


def _before(scene: Scene) -> datetime:
    return scene.clock().replace(second=0) - timedelta(hours=3)


def _kept_names(delivery: Delivery) -> list[str]:
    lines: list[str] = delivery.watch.signals.splitlines()
    return [line.partition(":")[0] for line in lines]


def test_without_times_and_tasks_only_failures_are_watched(scene: Scene) -> None:
    delivery = deployed(scene)
    assert delivery.watch.signals == ""
    assert signals.others(delivery, delivery.watch, scene.clock()) == []


def test_calls_that_became_slow_take_a_change_back(scene: Scene, client: Client) -> None:
    _calls(scene, _before(scene), 120, slow=0)
    delivery = deployed(scene)
    began = delivery.watch.started_at
    scene.traffic(began, 60, failing=lambda _: 1)
    _calls(scene, began, 60, slow=5)
    pass_by(scene, delivery, 60)
    assert delivery.outcome == Outcome.REVERTED
    assert delivery.revert_reason.startswith("More calls that failed or took over 1008 ms: ")
    client.force_login(make_user("admin"))
    page = client.get(reverse("delivery:detail", args=[delivery.pk])).content.decode()
    assert "100:1 reverts, since it is one of 2 signals" in page
    assert "Calls that failed or took over 1008 ms: " in page


def test_tasks_that_fail_more_often_take_a_change_back(scene: Scene) -> None:
    _calls(scene, _before(scene), 150, slow=0, of=1, kind="task_failure")
    rebuild(scene.target)
    delivery = deployed(scene)
    began = delivery.watch.started_at
    scene.traffic(began, 60, failing=lambda _: 1)
    pass_by(scene, delivery, 10)
    assert _kept_names(delivery) == ["failed tasks"]


def test_calm_signals_let_it_succeed(scene: Scene) -> None:
    _calls(scene, _before(scene), 120, slow=1)
    delivery = deployed(scene)
    began = delivery.watch.started_at
    scene.traffic(began, 100, failing=lambda _: 0)
    _calls(scene, began, 100, slow=0)
    pass_by(scene, delivery, 100)
    assert delivery.outcome == Outcome.SUCCEEDED


def test_who_wants_only_failures_watched_says_so(scene: Scene, settings: LazySettings) -> None:
    ours = settings.SELFIMPROVE
    watch = ours.watch.model_copy(update={"signals": ()})
    settings.SELFIMPROVE = ours.model_copy(update={"watch": watch})
    _calls(scene, _before(scene), 120, slow=0)
    assert deployed(scene).watch.signals == ""


def test_waiting_longer_for_what_failed_before_is_not_slower(scene: Scene) -> None:
    _calls(scene, _before(scene), 120, slow=2)
    Event.objects.filter(latency_ms=3000.0).update(success=False, latency_ms=402.0)
    delivery = deployed(scene)
    began = delivery.watch.started_at
    scene.traffic(began, 100, failing=lambda _: 0)
    _calls(scene, began, 100, slow=2)
    pass_by(scene, delivery, 100)
    assert delivery.watch.signals.startswith("calls that failed or took over ")
    assert delivery.outcome == Outcome.SUCCEEDED
