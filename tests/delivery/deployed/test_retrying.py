"""Is what failed on our side tried again at once when a person says so, and nothing else?"""

from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from audit.events import Event
from audit.log import Actor
from audit.models import Entry
from delivery import pipeline, revert
from delivery.models import Outcome, Plan, Result
from tests.delivery.scene import make_scene
from tests.delivery.test_faults import dead
from tests.delivery.test_taking_back import implemented
from tests.factories import git

pytestmark = pytest.mark.django_db
ADA = Actor("person", "ada")


def test_a_delivery_that_waits_after_an_error_looks_now(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "pull_request")
    pipeline.step(delivery.pk, scene.clock(), dead)
    delivery.refresh_from_db()
    assert delivery.next_step_at > scene.clock()
    revert.retry(delivery, actor=ADA, at=scene.clock())
    scene.drive(delivery)
    assert delivery.stage == "watch"
    assert Entry.objects.get(event=Event.DELIVERY_RETRIED).facts["stage"] == "pull_request"


def test_one_that_does_not_err_is_left_alone(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    with pytest.raises(revert.NothingToRetry):
        revert.retry(delivery, actor=ADA, at=scene.clock())
    assert not Entry.objects.filter(event=Event.DELIVERY_RETRIED).exists()


def test_a_way_back_that_gave_up_goes_on_where_it_stopped(tmp_path: Path) -> None:
    scene, delivery = implemented(tmp_path)
    live = Path(scene.target.deploy_path)
    (live / "config" / "tools.yaml").write_text("somebody's own\n")
    revert.request(delivery, actor=ADA, reason="Wrong.", at=scene.clock())
    for _ in range(6):
        scene.drive(delivery)
        scene.clock.forward(hours=1)
    assert (delivery.outcome, delivery.stage) == (Outcome.FAILED, "redeploy")
    assert "A person is needed" in delivery.detail
    git(live, "checkout", "--", ".")
    revert.retry(delivery, actor=ADA, at=scene.clock())
    scene.drive(delivery)
    assert (delivery.outcome, delivery.plan) == (Outcome.REVERTED, Plan.REVERT)
    assert scene.reloads()[-1] == "400"
    assert delivery.runs.filter(stage="revert", result=Result.PASSED).count() == 1


def test_the_button_stands_where_it_helps_and_needs_the_right(
    tmp_path: Path, client: Client
) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "pull_request")
    person = User.objects.create_user("olga", password="long enough 1")
    names = ("view_delivery", "revert_delivery")
    person.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(person)
    page, place = (reverse(f"delivery:{name}", args=[delivery.pk]) for name in ("detail", "retry"))
    assert "Try it again now" not in client.get(page).content.decode()
    assert client.post(place, follow=True).status_code == 200
    pipeline.step(delivery.pk, scene.clock(), dead)
    assert "Try it again now" in client.get(page).content.decode()
    told = client.post(place, follow=True).content.decode()
    assert "It is being tried again." in told
    client.force_login(User.objects.create_user("vic", password="long enough 1"))
    assert client.post(place).status_code == 403
