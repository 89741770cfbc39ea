"""Does a target's page say who deploys it, where that is, and when it last answered?"""

from pathlib import Path

import pytest
from django.test import Client

from delivery.deployed import history
from targets import manifest
from tests.delivery.elsewhere.stand import Away
from tests.delivery.scene import Scene, make_scene
from tests.factories import commit_to_origin, make_user, refreshed

pytestmark = pytest.mark.django_db


def page(client: Client, scene: Scene) -> str:
    client.force_login(make_user("viewer"))
    answer = client.get("/targets/gateway/")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_host_of_a_deployer_elsewhere_is_named_though_it_never_answered(
    there: Away, client: Client
) -> None:
    text = page(client, there.scene)
    host = there.stand.address.split("/")[2]
    assert f'a deployer elsewhere, at <span class="si-mono">{host}</span>' in text
    assert "it has not answered yet" in text
    assert "commands on this host" not in text


def test_it_answers_when_it_takes_an_order_and_when_it_reports(
    there: Away, client: Client
) -> None:
    assert history.of(there.scene.target).answered is None
    there.drive()
    taken = history.of(there.scene.target).answered
    assert taken == there.handover.answered_at is not None
    there.report("progressed")
    heard = there.handover.heard_at
    assert taken
    assert heard
    assert history.of(there.scene.target).answered == max(taken, heard)
    assert "it last answered" in page(client, there.scene)


def test_one_that_turns_the_order_away_has_taken_nothing(there: Away) -> None:
    there.stand.statuses = [401]
    there.drive()
    assert history.of(there.scene.target).answered is None


def test_a_later_order_without_an_answer_does_not_hide_an_earlier_one(there: Away) -> None:
    there.drive()
    before = history.of(there.scene.target).answered
    there.report("failed")
    there.stand.statuses = [503]
    there.drive(seconds=40)
    assert there.handover.answered_at is None
    after = history.of(there.scene.target).answered
    assert before is not None
    assert after is not None
    assert after >= before


def test_without_a_webhook_it_is_commands_or_nobody(tmp_path: Path, client: Client) -> None:
    scene = make_scene(tmp_path)
    assert "commands on this host" in page(client, scene)
    scene.target.deploy_path = ""
    scene.target.save()
    assert "nobody: merged changes are not deployed" in page(client, scene)


def test_a_manifest_that_cannot_be_read_tells_nobody(tmp_path: Path, client: Client) -> None:
    scene = make_scene(tmp_path)
    commit_to_origin(scene.target, {manifest.FILE: "[webhook]\n"})
    refreshed(scene.target)
    text = page(client, scene)
    assert "not known while the manifest cannot be read" in text
    assert "commands on this host" not in text
