"""Is it said before a deployment when its effect would be known?"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from benchmarks.statistics import baseline_of
from delivery.effects import foreseeing
from proposals.models import Status
from tests.delivery.effects.scenes import heard
from tests.delivery.scene import Scene, make_scene
from tests.factories import make_proposal, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return make_scene(tmp_path)


def test_with_traffic_it_names_the_time(scene: Scene) -> None:
    heard(scene, "web_search")  # 600 calls in the last hour, a tenth of them failing
    assert foreseeing.foreseen(scene.target, scene.clock()) == (
        "With traffic as it is, a verdict is to be expected about 60 minutes after the"
        " deployment; ruling out a rise by half takes about 60 minutes."
    )


def test_without_traffic_it_says_what_would_become_of_it(
    scene: Scene, settings: LazySettings
) -> None:
    said = foreseeing.foreseen(scene.target, scene.clock())
    assert said.startswith("No calls were counted lately")
    assert said.endswith("it ends as inconclusive, and it would be kept.")
    ours = settings.SELFIMPROVE
    watch = ours.watch.model_copy(update={"on_inconclusive": "ask"})
    settings.SELFIMPROVE = ours.model_copy(update={"watch": watch})
    assert foreseeing.foreseen(scene.target, scene.clock()).endswith("a person would be asked.")


def test_too_thin_a_traffic_is_said_to_be_so() -> None:
    thin = baseline_of([(1, 0), *[(0, 0)] * 29] * 48 * 7)
    said = foreseeing.said(thin)
    assert "the watch ends after 24 hours: most likely it ends as inconclusive" in said
    assert "days" in said


def test_old_traffic_is_no_traffic(scene: Scene) -> None:
    heard(scene, "web_search")
    later = scene.clock() + timedelta(days=8)
    assert foreseeing.foreseen(scene.target, later).startswith("No calls were counted lately")


def test_who_decides_is_told_and_who_may_not_see_is_not(scene: Scene, client: Client) -> None:
    proposal = make_proposal(scene.target, status=Status.PENDING)
    where = reverse("delivery:foreseen", args=[proposal.pk])
    assert client.get(where).status_code == 302
    client.force_login(make_user("admin"))
    assert where in client.get(proposal.get_absolute_url()).content.decode()
    assert "No calls were counted lately" in client.get(where).content.decode()
    assert client.post(where).status_code == 405


def test_a_delivery_says_it_until_it_is_deployed(scene: Scene, client: Client) -> None:
    client.force_login(make_user("admin"))
    delivery = scene.drive_until(scene.begin(), "merge")
    where = reverse("delivery:detail", args=[delivery.pk])
    assert "No calls were counted lately" in client.get(where).content.decode()
    scene.drive(delivery)
    assert delivery.deployed_at
    assert "No calls were counted lately" not in client.get(where).content.decode()
