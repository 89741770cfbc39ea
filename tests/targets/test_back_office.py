"""Can permitted people configure a target, and nobody edit what was found?"""

from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from audit.log import Actor
from audit.models import Entry
from targets import registry
from targets.models import State, Target
from tests.targets.origins import AT

pytestmark = pytest.mark.django_db
FIELDS = {
    "slug": "gateway",
    "name": "Gateway",
    "origin": "/srv/gateway.git",
    "branch": "main",
    "deploy_path": "",
    "forge": "local",
}


@pytest.fixture
def operator() -> Client:
    user = User.objects.create_user("olga", password="x", is_staff=True)
    user.groups.add(Group.objects.get(name="operator"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def target(tmp_path: Path) -> Target:
    fields = {**FIELDS, "origin": str(tmp_path / "x.git")}
    return registry.add(**fields, actor=Actor.system("test"), at=AT)


def test_a_target_is_added_and_recorded_by_name(operator: Client) -> None:
    response = operator.post("/admin/targets/target/add/", FIELDS)
    assert response.status_code == 302
    assert Target.objects.get().state == State.NEW
    entry = Entry.objects.get(event="target.added")
    assert (entry.who, entry.subject) == ("olga", "target:gateway")


def test_a_forge_that_cannot_know_the_origin_is_refused_beside_its_field(
    operator: Client, target: Target
) -> None:
    on_github = {**FIELDS, "slug": "other", "forge": "github"}
    answer = operator.post("/admin/targets/target/add/", on_github)
    assert "is no address at github.com" in answer.content.decode()
    address = f"/admin/targets/target/{target.pk}/change/"
    answer = operator.post(address, {**on_github, "origin": target.origin})
    assert "[github.repositories], gateway = " in answer.content.decode().replace("&quot;", '"')
    assert Target.objects.get().forge == "local"
    there = {**FIELDS, "origin": "git@github.com:acme/agents.git", "forge": "github"}
    assert operator.post(address, there).status_code == 302
    assert Target.objects.get().forge == "github"


def test_a_change_is_recorded_with_what_was_before(operator: Client, target: Target) -> None:
    changed = {**FIELDS, "origin": target.origin, "branch": "trunk", "paused": "on"}
    assert operator.post(f"/admin/targets/target/{target.pk}/change/", changed).status_code == 302
    facts = Entry.objects.get(event="target.changed").facts
    assert facts["before"] == {"branch": "main", "paused": False}
    assert facts["after"] == {"branch": "trunk", "paused": True}


def test_what_was_found_and_the_slug_cannot_be_edited(operator: Client, target: Target) -> None:
    forged = {**FIELDS, "origin": target.origin, "slug": "other", "state": "READY"}
    forged |= {"head_commit": "1" * 40, "state_detail": "fine"}
    operator.post(f"/admin/targets/target/{target.pk}/change/", forged)
    target.refresh_from_db()
    assert (target.slug, target.state, target.head_commit) == ("gateway", State.NEW, "")


def test_a_secret_in_the_address_is_refused_and_not_kept(operator: Client) -> None:
    secret = {**FIELDS, "origin": "https://bob:hunter2@git.example/x.git"}
    response = operator.post("/admin/targets/target/add/", secret)
    assert response.status_code == 200
    assert "password or token" in response.content.decode()
    assert not Target.objects.exists()
    assert not Entry.objects.filter(event="target.added").exists()


def test_a_target_is_not_deleted(operator: Client, target: Target) -> None:
    assert operator.post(f"/admin/targets/target/{target.pk}/delete/").status_code == 403
    assert Target.objects.exists()


def test_the_pages_of_the_back_office_open(operator: Client, target: Target) -> None:
    for address in ("", "add/", f"{target.pk}/change/"):
        assert operator.get(f"/admin/targets/target/{address}").status_code == 200


def test_a_viewer_may_look_and_not_change(target: Target) -> None:
    user = User.objects.create_user("vera", password="x", is_staff=True)
    user.groups.add(Group.objects.get(name="viewer"))
    client = Client()
    client.force_login(user)
    address = f"/admin/targets/target/{target.pk}/change/"
    assert client.get(address).status_code == 200
    assert client.post(address, {**FIELDS, "branch": "trunk"}).status_code == 403
    assert client.get("/admin/targets/target/add/").status_code == 403
