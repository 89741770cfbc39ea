"""The pages show what is so, and the buttons ask before they change what runs."""

import uuid
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.log import Actor
from delivery import revert
from delivery.models import Delivery, Outcome
from tests import factories
from tests.delivery.scene import Scene, make_scene
from tests.delivery.test_faults import with_policy

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(person("view_delivery", "revert_delivery"))
    return client


def person(*permissions: str) -> User:
    user = User.objects.create_user("olga", password="long enough 1")
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def page(client: Client, delivery: Delivery, **headers: str) -> str:
    response = client.get(reverse("delivery:detail", args=[delivery.pk]), headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def watched(folder: Path) -> tuple[Scene, Delivery]:
    scene = make_scene(folder)
    scene.usual_traffic()
    delivery = scene.begin()
    scene.drive(delivery)
    scene.traffic(delivery.watch.started_at, 20, failing=lambda minute: 1)
    scene.clock.forward(minutes=12)
    scene.drive(delivery)
    return scene, delivery


def test_the_list_is_empty_with_a_word_of_what_comes(operator: Client) -> None:
    text = operator.get(reverse("delivery:list")).content.decode()
    assert "Nothing is being delivered" in text
    assert "every 2s" not in text


def test_the_list_narrows_by_state_and_target(operator: Client, tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    where = reverse("delivery:list")
    assert scene.proposal.title in operator.get(where, {"state": "live"}).content.decode()
    assert scene.proposal.title in operator.get(where, {"target": "gateway"}).content.decode()
    ended = operator.get(where, {"state": Outcome.FAILED}).content.decode()
    assert "No delivery fits these filters" in ended
    fragment = operator.get(where, headers=HTMX).content.decode()
    assert fragment.strip().startswith("<div")
    assert f"#{delivery.pk}" in fragment


def test_a_moving_delivery_looks_again_and_an_ended_one_does_not(
    operator: Client, tmp_path: Path
) -> None:
    scene = make_scene(tmp_path)
    delivery = scene.drive_until(scene.begin(), "merge")
    assert 'hx-trigger="every 2s"' in page(operator, delivery)
    revert.request(delivery, actor=Actor("person", "ada"), reason="No.", at=scene.clock())
    scene.drive(delivery)
    assert 'hx-trigger="every 2s"' not in page(operator, delivery)


def test_every_stage_shows_its_state_message_and_output(operator: Client, tmp_path: Path) -> None:
    _, delivery = watched(tmp_path)
    text = page(operator, delivery)
    for label in ("Snapshot", "Branch", "Validate", "Pull request", "Merge", "Deploy", "Watch"):
        assert f">{label}<" in text
    assert text.count("si-step--done") == 6
    assert "reloaded" in text
    assert delivery.merge_commit[:12] in text


def test_the_watch_says_where_it_stands_and_when_to_expect_an_answer(
    operator: Client, tmp_path: Path
) -> None:
    _, delivery = watched(tmp_path)
    text = page(operator, delivery)
    assert "in 110 calls would revert; " in text or "in 120 calls would revert; " in text
    assert "With this traffic, ruling out a doubling takes about 60 minutes" in text
    assert text.count("<svg") >= 2
    assert "Failing calls since the deployment" in text
    assert "one watch minute is" not in text


def test_a_shortened_clock_is_admitted(operator: Client, tmp_path: Path, settings: object) -> None:
    with_policy(settings, minute_seconds=1.0)  # type: ignore[arg-type]
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    scene.drive(delivery)
    assert "one watch minute is 1 s here" in page(operator, delivery)


def test_taking_back_needs_the_word_and_a_reason(operator: Client, tmp_path: Path) -> None:
    _, delivery = watched(tmp_path)
    where = reverse("delivery:revert", args=[delivery.pk])
    refused = operator.post(where, {"reason": "It fails.", "word": "yes"})
    assert refused.status_code == 422
    assert "Type the word revert to confirm; nothing was changed." in refused.content.decode()
    assert "It fails." in refused.content.decode()
    delivery.refresh_from_db()
    assert delivery.revert_actor == ""
    accepted = operator.post(where, {"reason": "It fails.", "word": "Revert"}, follow=True)
    assert "The change is being taken back." in accepted.content.decode()
    delivery.refresh_from_db()
    assert delivery.revert_reason == "It fails."
    again = operator.post(where, {"reason": "It fails.", "word": "revert"}, follow=True)
    assert "is being taken back already" in again.content.decode()


def test_only_who_may_take_back_is_offered_it(client: Client, tmp_path: Path) -> None:
    _, delivery = watched(tmp_path)
    client.force_login(person("view_delivery"))
    where = reverse("delivery:revert", args=[delivery.pk])
    assert where not in page(client, delivery)
    assert client.post(where, {"reason": "x", "word": "revert"}).status_code == 403
    assert client.post(reverse("delivery:keep", args=[delivery.pk])).status_code == 403


def test_without_permission_there_is_no_page(client: Client, tmp_path: Path) -> None:
    delivery = make_scene(tmp_path).begin()
    client.force_login(person())
    for name, key in [
        ("list", None),
        ("detail", delivery.pk),
        ("for_proposal", delivery.proposal_id),
    ]:
        where = reverse(f"delivery:{name}", args=[key] if key else [])
        assert client.get(where).status_code == 403


def test_keeping_is_offered_once_it_is_asked(
    operator: Client, tmp_path: Path, settings: object
) -> None:
    with_policy(settings, on_inconclusive="ask")  # type: ignore[arg-type]
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    scene.drive(delivery)
    where = reverse("delivery:keep", args=[delivery.pk])
    assert where not in page(operator, delivery)
    early = operator.post(where, follow=True).content.decode()
    assert "does not wait for this decision" in early
    scene.clock.forward(hours=24, minutes=2)
    scene.drive(delivery)
    assert where in page(operator, delivery)
    assert "The change is kept." in operator.post(where, follow=True).content.decode()
    scene.clock.at = timezone.now()
    scene.drive(delivery)
    assert delivery.outcome == Outcome.SUCCEEDED


def test_a_proposals_page_can_embed_its_delivery(operator: Client, tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    where = reverse("delivery:for_proposal", args=[scene.proposal.pk])
    waiting = operator.get(where).content.decode()
    assert "No delivery yet" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    delivery = scene.drive_until(scene.begin(), "merge")
    text = operator.get(where).content.decode()
    assert delivery.get_absolute_url() in text
    assert text.count("si-step--done") == 4
    assert "<html" not in text
    assert "<svg" not in text


def test_a_proposals_page_sees_the_effect_on_a_plot_with_the_deployment_marked(
    operator: Client, tmp_path: Path, settings: object
) -> None:
    with_policy(settings, minute_seconds=1.0)  # type: ignore[arg-type]
    _, delivery = watched(tmp_path)
    text = operator.get(
        reverse("delivery:for_proposal", args=[delivery.proposal_id])
    ).content.decode()
    assert "Failure rate before and after" in text
    assert ">deployed<" in text
    assert "one watch minute is 1 s here" in text


def test_a_proposal_that_moved_is_drawn_again_around_its_delivery(
    operator: Client, tmp_path: Path
) -> None:
    scene = make_scene(tmp_path)
    scene.drive_until(scene.begin(), "merge")
    where = reverse("delivery:for_proposal", args=[scene.proposal.pk])
    again = f'hx-get="{scene.proposal.get_absolute_url()}?delivery=shown"'
    assert again in operator.get(where, {"status": "APPROVED"}).content.decode()
    known = operator.get(where, {"status": "PR_OPEN"}).content.decode()
    assert again not in known
    assert "?status=PR_OPEN" in known
    unknown = reverse("delivery:for_proposal", args=[uuid.uuid4()])
    assert operator.get(unknown).status_code == 404


def test_the_back_office_shows_deliveries_and_changes_none(client: Client, tmp_path: Path) -> None:
    delivery = make_scene(tmp_path).begin()
    client.force_login(factories.make_user("admin"))
    for model in ("delivery", "stagerun", "watch"):
        assert client.get(reverse(f"admin:delivery_{model}_changelist")).status_code == 200
        assert client.get(reverse(f"admin:delivery_{model}_add")).status_code == 403
    where = reverse("admin:delivery_delivery_change", args=[delivery.pk])
    assert client.post(where, {"outcome": "SUCCEEDED"}).status_code == 403
