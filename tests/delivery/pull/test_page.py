"""Is the local forge's pull request a whole one: commits, checks, line comments, merge?"""

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from delivery.models import Delivery, Mirror
from delivery.pull import showing
from proposals.models import Comment
from tests.delivery.scene import Scene, make_scene
from tests.factories import git, make_user
from tests.proposals.threads.on_lines import say


@pytest.fixture
def scene(tmp_path: Path, db: None) -> Scene:
    return make_scene(tmp_path)


@pytest.fixture
def admin(client: Client, db: None) -> Client:
    client.force_login(make_user("admin", name="ada"))
    return client


def _page(client: Client, delivery: Delivery) -> str:
    answer = client.get(reverse("delivery:pull", args=[delivery.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_open_one_shows_commits_checks_the_change_and_the_merge(
    admin: Client, scene: Scene
) -> None:
    delivery = scene.drive_until(scene.begin(), "merge")
    page = _page(admin, delivery)
    assert delivery.branch_commit[:12] in page
    assert delivery.base_commit[:12] not in page.split("commits-title")[1].split("</ul>")[0]
    assert "1 commit<" in page
    assert "gates let it pass" in page
    assert 'id="f0R3"' in page
    assert "Merge now" in page
    assert "In step with GitHub" not in page


def test_a_line_is_commented_on_and_leads_back_here(admin: Client, scene: Scene) -> None:
    delivery = scene.drive_until(scene.begin(), "merge")
    here = reverse("delivery:pull", args=[delivery.pk])
    form = admin.get(here, {"say": "f0R3"}).content.decode()
    written = form[form.index('id="say"') :]
    hidden = dict(re.findall(r'name="(uid|about|diff|back)" value="([^"]+)"', written)[:4])
    said = admin.post(
        reverse("proposals:say", args=[scene.proposal.pk]), {**hidden, "words": "Why?"}
    )
    comment = Comment.objects.get()
    assert said.headers["Location"] == f"{here}#said-{comment.uid}"
    assert "Why?" in _page(admin, delivery)
    proposal = admin.get(scene.proposal.get_absolute_url()).content.decode()
    assert f"said-{comment.uid}" in proposal


def test_merging_now_is_asked_for_and_the_delivery_does_it(admin: Client, scene: Scene) -> None:
    delivery = scene.drive_until(scene.begin(), "merge")
    answer = admin.post(reverse("delivery:merge", args=[delivery.pk]))
    assert answer.status_code == 302
    assert Entry.objects.filter(event="delivery.asked").count() == 1
    assert scene.timeout_on_main() == "400"
    scene.drive(delivery)
    assert scene.timeout_on_main() == "1200"
    page = _page(admin, delivery)
    assert delivery.merge_commit[:12] in page
    assert "Merge now" not in page
    assert "Merged" in page


def test_before_it_is_written_and_after_it_is_closed(admin: Client, scene: Scene) -> None:
    delivery = scene.begin()
    page = _page(admin, delivery)
    assert "The branch is not written yet." in page
    assert showing.state(delivery).words == "Not open yet"
    delivery.outcome = "FAILED"
    assert showing.state(delivery).words == "Closed without a merge"


def test_commits_that_are_gone_are_said_to_be(admin: Client, scene: Scene) -> None:
    delivery = scene.drive_until(scene.begin(), "merge")
    Delivery.objects.filter(pk=delivery.pk).update(branch_commit="1" * 40)
    assert "does not hold these commits any more" in _page(admin, delivery)


def test_a_checked_out_origin_serves_as_well(admin: Client, tmp_path: Path, scene: Scene) -> None:
    work = tmp_path / "not-bare"
    git(tmp_path, "clone", "--quiet", scene.target.origin, work.name)
    git(work, "config", "receive.denyCurrentBranch", "updateInstead")
    scene.target.origin = str(work)
    scene.target.save()
    delivery = scene.begin()
    scene.drive(delivery)
    assert delivery.merge_commit
    assert "Merged" in _page(admin, delivery)
    assert "timeout_ms: 1200" in (work / "config/tools.yaml").read_text()


def test_trouble_with_the_mirror_is_shown(admin: Client, scene: Scene) -> None:
    delivery = scene.drive_until(scene.begin(), "merge")
    at = scene.clock()
    Mirror.objects.create(delivery=delivery, looked_at=at, due_at=at, trouble="The token <b>")
    scene.target.forge = "github"
    scene.target.save()
    page = _page(admin, delivery)
    assert "The token &lt;b&gt;" in page


def test_who_may_only_read_is_offered_nothing_and_a_stranger_sees_nothing(
    client: Client, scene: Scene, admin: Client
) -> None:
    delivery = scene.drive_until(scene.begin(), "merge")
    say(scene.proposal, "Why?", User.objects.get(username="ada"))
    client.force_login(make_user("viewer"))
    address = reverse("delivery:pull", args=[delivery.pk])
    assert client.post(reverse("delivery:merge", args=[delivery.pk])).status_code == 403
    seen = client.get(address)
    if seen.status_code == 200:
        assert "Merge now" not in seen.content.decode()
    client.force_login(User.objects.create_user("nobody"))
    assert client.get(address).status_code == 403


def test_a_refusal_is_told(admin: Client, scene: Scene) -> None:
    delivery = scene.begin()
    scene.drive(delivery)
    answer = admin.post(reverse("delivery:merge", args=[delivery.pk]), follow=True)
    assert answer.status_code == 200
