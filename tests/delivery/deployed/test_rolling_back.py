"""Does a target go back to what ran before, the newest change first, all of it or nothing?"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from audit.events import Event
from audit.log import Actor
from audit.models import Entry
from delivery import revert
from delivery.deployed import history, rolling
from delivery.models import Delivery, Outcome
from proposals.models import Proposal, Status
from tests import factories
from tests.delivery.scene import Scene
from tests.delivery.test_taking_back import implemented

pytestmark = pytest.mark.django_db
ADA = Actor("person", "ada")


@pytest.fixture
def one_change(tmp_path: Path) -> tuple[Scene, list[Delivery]]:
    """Deliver one change, and let it be found good."""
    scene, first = implemented(tmp_path)
    return scene, [first]


def test_the_page_of_the_target_names_what_runs(
    one_change: tuple[Scene, list[Delivery]], client: Client
) -> None:
    scene, (first,) = one_change
    running = history.of(scene.target)
    assert (running.commit, running.since) == (first.merge_commit, first.deployed_at)
    assert [line.delivery for line in running.lines] == [first]
    assert running.lines[0].taken_back_for == 0
    text = opened(client, scene)
    assert first.merge_commit[:12] in text
    assert "commands on this host" in text
    assert "Roll back to here" not in text


def opened(client: Client, scene: Scene) -> str:
    person = User.objects.create_user("olga", password="long enough 1")
    names = ("view_target", "view_delivery", "revert_delivery")
    person.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(person)
    page = client.get(reverse("targets:detail", args=[scene.target.slug]))
    assert page.status_code == 200
    return page.content.decode()


def test_after_it_was_taken_back_the_revert_runs(
    one_change: tuple[Scene, list[Delivery]],
) -> None:
    scene, (first,) = one_change
    revert.request(first, actor=ADA, reason="No.", at=scene.clock.forward(hours=1))
    scene.drive(first)
    running = history.of(scene.target)
    assert running.commit == first.revert_commit
    assert not running.lines[0].stands


def test_there_is_nothing_to_go_back_from_to_the_newest(
    one_change: tuple[Scene, list[Delivery]],
) -> None:
    scene, (first,) = one_change
    with pytest.raises(rolling.NothingLater, match="Nothing was deployed after"):
        rolling.roll_back(first, actor=ADA, reason="Why.", at=scene.clock())
    assert not Entry.objects.filter(event=Event.DELIVERY_REVERT_REQUESTED).exists()


def twice(scene: Scene, first: Delivery, folder: Path) -> Delivery:
    """Deliver a second change of the lines that the first one changed."""
    diff = factories.tools_diff(1500).replace("timeout_ms: 400", "timeout_ms: 1200")
    scene.clock.forward(days=1)
    proposal = factories.make_proposal(scene.target, status=Status.APPROVED, diff=diff)
    Proposal.objects.filter(pk=proposal.pk).update(decided_at=scene.clock())
    other = Scene(folder, scene.target, proposal, scene.clock)
    second = other.begin()
    other.drive(second)
    assert second.deployed_at is not None, second.detail
    assert scene.timeout_on_main() == "1500"
    return second


def test_what_came_later_is_taken_back_and_the_newest_first(
    tmp_path: Path, client: Client
) -> None:
    scene, first = implemented(tmp_path)
    second = twice(scene, first, tmp_path)
    assert history.of(scene.target).lines[1].taken_back_for == 1
    assert "Roll back to here" in opened(client, scene)
    page = client.get(reverse("delivery:roll_back", args=[first.pk]))
    assert second.proposal.title in page.content.decode()
    form = {"reason": "It is slower.", "word": "revert"}
    answer = client.post(reverse("delivery:roll_back", args=[first.pk]), form)
    assert answer.status_code == 302
    second.refresh_from_db()
    assert second.revert_reason == f"Back to delivery #{first.pk}: It is slower."
    scene.clock.at = second.next_step_at + timedelta(seconds=5)
    scene.drive(second)
    assert second.outcome == Outcome.REVERTED
    assert scene.timeout_on_main() == "1200"
    assert history.of(scene.target).commit == second.revert_commit


def test_of_two_that_are_taken_back_the_older_waits_for_the_newer(tmp_path: Path) -> None:
    scene, first = implemented(tmp_path)
    second = twice(scene, first, tmp_path)
    at = scene.clock()
    for delivery in (first, second):
        revert.request(delivery, actor=ADA, reason="Both.", at=at)
    scene.drive(first)
    assert f"delivery #{second.pk}, which came later, is taken back first" in first.detail
    scene.drive(second)
    assert second.outcome == Outcome.REVERTED
    scene.clock.forward(minutes=1)
    scene.drive(first)
    assert first.outcome == Outcome.REVERTED
    assert scene.timeout_on_main() == "400"


def test_without_the_word_or_the_right_nothing_happens(
    one_change: tuple[Scene, list[Delivery]], client: Client
) -> None:
    scene, (first,) = one_change
    place = reverse("delivery:roll_back", args=[first.pk])
    opened(client, scene)
    assert client.post(place, {"reason": "Why.", "word": "yes"}).status_code == 422
    assert client.get(place).status_code == 200
    client.force_login(User.objects.create_user("vic", password="long enough 1"))
    assert client.get(place).status_code == 403
    assert client.post(place, {"reason": "Why.", "word": "revert"}).status_code == 403
