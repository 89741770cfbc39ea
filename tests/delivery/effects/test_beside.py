"""Is a change that names its tool watched beside the tools that it left alone?"""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from delivery.effects import beside
from delivery.models import Delivery, Outcome
from telemetry.models import MinuteCount
from tests.delivery.effects.scenes import OTHER, both, deployed, heard, make, pass_by
from tests.delivery.scene import Scene, make_scene
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return make(tmp_path)


def _page(client: Client, delivery: Delivery) -> str:
    client.force_login(make_user("admin"))
    return client.get(reverse("delivery:detail", args=[delivery.pk])).content.decode()


def test_a_rise_of_its_own_tool_takes_it_back(scene: Scene, client: Client) -> None:
    delivery = deployed(scene)
    assert delivery.watch.touched == ["web_search"]
    both(scene, delivery.watch.started_at, 60, touched=4, untouched=1)
    pass_by(scene, delivery, 60)
    assert delivery.outcome == Outcome.REVERTED
    assert delivery.revert_reason.startswith("Failures rose beside what it left: ")
    page = _page(client, delivery)
    assert "Touched: web_search; all other tools are its control." in page
    assert "Failures of the touched part among all failures" in page


def test_an_incident_of_all_tools_is_not_its_fault(scene: Scene, client: Client) -> None:
    delivery = deployed(scene)
    both(scene, delivery.watch.started_at, 70, touched=3, untouched=3)
    pass_by(scene, delivery, 70)
    assert (delivery.outcome, delivery.stage) == ("", "watch")
    assert delivery.watch.reason.startswith("Watching: failures rose, in both parts: ")
    assert "failures rose, in both parts" in _page(client, delivery)


def test_without_the_control_the_same_incident_would_take_it_back(
    scene: Scene, settings: LazySettings
) -> None:
    ours = settings.SELFIMPROVE
    watch = ours.watch.model_copy(update={"control": False})
    settings.SELFIMPROVE = ours.model_copy(update={"watch": watch})
    delivery = deployed(scene)
    both(scene, delivery.watch.started_at, 70, touched=3, untouched=3)
    pass_by(scene, delivery, 70)
    assert delivery.outcome == Outcome.REVERTED
    assert not delivery.watch.is_beside


def test_what_may_touch_everything_is_compared_with_before_and_says_so(
    tmp_path: Path, client: Client
) -> None:
    scene = make_scene(tmp_path)  # its change is in a file that every tool reads
    scene.usual_traffic()
    heard(scene, "web_search")
    heard(scene, OTHER)
    delivery = deployed(scene)
    assert delivery.watch.touched == []
    page = _page(client, delivery)
    assert "Compared with before alone: its paths do not tell" in page
    assert "Failures of the touched part" not in page


def test_a_thin_control_is_none_and_says_so(tmp_path: Path) -> None:
    scene = make(tmp_path)
    scene.target.refresh_from_db()
    MinuteCount.objects.filter(component=OTHER).update(failures=0)
    delivery = deployed(scene)
    assert not delivery.watch.is_beside
    assert beside.note(delivery.watch) == (
        "Compared with before alone: the untouched part failed 0 times before, and 20 are asked."
    )


def test_an_agent_that_is_named_stands_for_its_tools(scene: Scene) -> None:
    heard(scene, "summarise", agent="web_search")
    delivery = deployed(scene)
    assert delivery.watch.touched == ["summarise", "web_search"]


def test_both_parts_calm_is_a_success(scene: Scene) -> None:
    delivery = deployed(scene)
    both(scene, delivery.watch.started_at, 70, touched=0, untouched=1)
    pass_by(scene, delivery, 70)
    assert delivery.outcome == Outcome.SUCCEEDED


def test_telemetry_that_stops_is_no_success(scene: Scene) -> None:
    delivery = deployed(scene)
    both(scene, delivery.watch.started_at, 30, touched=0, untouched=0)
    pass_by(scene, delivery, 70)
    assert (delivery.outcome, delivery.watch.verdict) == ("", "")
    assert delivery.watch.reason.startswith("Silent: no call for 40 minutes, after 0 failures in")
    pass_by(scene, delivery, 24 * 60 + 1)
    assert delivery.watch.verdict == "inconclusive"
    assert "no call came for the last 1410 minutes" in delivery.watch.reason


def test_telemetry_that_comes_back_is_judged(scene: Scene) -> None:
    delivery = deployed(scene)
    both(scene, delivery.watch.started_at, 30, touched=0, untouched=0)
    pass_by(scene, delivery, 70)
    assert delivery.watch.verdict == ""
    later = delivery.watch.started_at.replace(second=0)
    both(scene, later.replace(hour=later.hour + 2), 30, touched=0, untouched=0)
    pass_by(scene, delivery, 150)
    assert delivery.outcome == Outcome.SUCCEEDED
