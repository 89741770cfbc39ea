"""Is a change that names its tool watched beside the tools that it left alone?"""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from delivery.effects import beside
from delivery.models import Delivery, Outcome
from telemetry.models import MinuteCount
from tests.delivery.effects.scenes import (
    OTHER,
    both,
    deployed,
    heard,
    make,
    pass_by,
    usual,
)
from tests.delivery.scene import MANIFEST, Scene, approved_elsewhere, make_scene
from tests.factories import commit_to_origin, make_user, refreshed

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


def test_a_changed_value_tells_its_tool_in_a_file_that_every_tool_reads(
    tmp_path: Path, client: Client
) -> None:
    scene = make_scene(tmp_path)  # its change is in config/tools.yaml
    usual(scene)
    delivery = deployed(scene)
    assert delivery.watch.touched == ["web_search"]
    assert delivery.watch.touched_by == "config/tools.yaml: tools.web_search.timeout_ms"
    both(scene, delivery.watch.started_at, 60, touched=4, untouched=1)
    pass_by(scene, delivery, 60)
    assert delivery.revert_reason.startswith("Failures rose beside what it left: ")
    page = _page(client, delivery)
    assert "Touched: web_search; all other tools are its control." in page
    assert "config/tools.yaml: tools.web_search.timeout_ms" in page


def test_a_value_that_names_none_is_compared_with_before_and_the_page_names_it(
    tmp_path: Path, client: Client
) -> None:
    scene = make_scene(tmp_path)
    scene.usual_traffic()
    heard(scene, OTHER)  # nobody called web_search for a week
    delivery = deployed(scene)
    assert delivery.watch.touched == []
    page = _page(client, delivery)
    assert (
        "Compared with before alone: config/tools.yaml: tools.web_search.timeout_ms names no tool"
        " or agent that telemetry knows." in page
    )
    assert "Failures of the touched part" not in page


def test_what_others_merged_meanwhile_is_part_of_what_was_deployed(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    usual(scene)
    delivery = scene.drive_until(scene.begin(), "merge")
    commit_to_origin(scene.target, {"gateway/limits.py": "LONGEST = 11\n"})
    scene.drive(delivery)
    assert delivery.stage == "watch"
    assert delivery.watch.touched == []
    assert delivery.watch.touched_by.startswith("gateway/limits.py: its path names no tool")


def test_what_others_merged_since_the_last_deployment_is_part_of_the_next(
    tmp_path: Path,
) -> None:
    scene = make_scene(tmp_path)
    usual(scene)
    first = deployed(scene)
    both(scene, first.watch.started_at, 70, touched=0, untouched=1)
    pass_by(scene, first, 70)
    assert first.outcome == Outcome.SUCCEEDED
    commit_to_origin(scene.target, {"app/limits.py": "LONGEST = 11\n"})
    refreshed(scene.target)
    second = deployed(
        Scene(scene.folder, scene.target, approved_elsewhere(scene.target), scene.clock)
    )
    assert second.watch.touched_by.startswith("app/limits.py: its path names no tool")


def test_the_manifest_of_the_base_says_whose_a_file_is(tmp_path: Path) -> None:
    owned = '[parts]\n"config/**" = ["researcher"]\n'
    scene = make_scene(tmp_path, manifest=f"{MANIFEST}\n{owned}")
    usual(scene)
    heard(scene, "summarise", agent="writer")
    delivery = deployed(scene)
    assert delivery.watch.touched == [OTHER, "web_search"]
    assert delivery.watch.touched_by == "config/tools.yaml: researcher, by the manifest"


def test_a_change_of_very_many_files_of_settings_is_not_compared(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    usual(scene)
    delivery = scene.drive_until(scene.begin(), "merge")
    more = {f"config/{n}.yaml": "tools:\n  web_search: 1\n" for n in range(beside.MOST_COMPARED)}
    commit_to_origin(scene.target, more)
    scene.drive(delivery)
    assert delivery.watch.touched_by == "it changes 41 files of settings, too many to compare"


def test_settings_that_are_very_large_are_not_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "MOST_BYTES", 100)
    scene = make_scene(tmp_path)
    usual(scene)
    delivery = deployed(scene)
    assert delivery.watch.touched == []
    assert "too large to compare" in delivery.watch.touched_by


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
