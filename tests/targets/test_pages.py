"""Do the target pages tell each state in words, to those who may see it?"""

from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from audit.log import Actor
from audit.models import Entry
from targets import manifest, registry
from targets.models import State, Target
from tests.targets.origins import AT, FILES, make_origin

pytestmark = pytest.mark.django_db


def signed_in(role: str, *, staff: bool = False) -> Client:
    user = User.objects.create_user(f"{role}-one", password="x", is_staff=staff)
    if role != "nobody":
        user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def make_target(tmp_path: Path, declared: bytes = b"") -> Target:
    files = {**FILES, manifest.FILE: declared}
    origin = make_origin(tmp_path / "origin.git", files)
    target = registry.add(
        slug="gateway",
        name="Gateway",
        origin=str(origin.git_dir),
        actor=Actor.system("test"),
        at=AT,
    )
    return registry.refresh(target, AT)


def page(client: Client, address: str = "/targets/gateway/") -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_the_empty_list_says_how_to_begin() -> None:
    assert "manage.py target add" in page(signed_in("viewer"), "/targets/")


def test_the_list_names_every_target_and_its_state(tmp_path: Path) -> None:
    target = make_target(tmp_path)
    text = page(signed_in("viewer"), "/targets/")
    assert "Gateway" in text
    assert "Ready" in text
    assert target.head_commit[:12] in text


def test_a_target_shows_its_state_manifest_and_commits(tmp_path: Path) -> None:
    make_target(
        tmp_path,
        b'[tests]\ncommand=["python3","-m","unittest"]\n[validation]\nforbidden_paths=["auth.py"]\n'
        b'[[deploy]]\nname="reload it"\npaths=["config/**"]\ncommand=["sh","<ops>.sh"]\n',
    )
    text = page(signed_in("viewer"))
    for words in ("The branch main was read at", "python3 -m unittest", "auth.py", "reload it"):
        assert words in text
    assert "sh &lt;ops&gt;.sh" in text
    assert "Begin" in text
    assert "alice" in text


def test_a_target_shows_whose_its_paths_are(tmp_path: Path) -> None:
    make_target(tmp_path, b'[parts]\n"lib/<a>/**"=["web_search","planner"]\n"ops/**"=[]\n')
    text = page(signed_in("viewer"))
    for words in ("web_search, planner", "lib/&lt;a&gt;/**", "no tool’s and no agent’s", "ops/**"):
        assert words in text


def test_a_broken_manifest_is_explained_and_not_a_failure(tmp_path: Path) -> None:
    make_target(tmp_path, b"[tests]\nshell = true\n")
    assert "tests.shell: there is no such setting" in page(signed_in("viewer"))


def test_a_target_that_was_never_read_has_a_page(tmp_path: Path) -> None:
    registry.add(slug="new", name="", origin="/x", actor=Actor.system("test"), at=AT)
    assert "has not been read yet" in page(signed_in("viewer"), "/targets/new/")
    assert not (tmp_path / "data" / "clones").exists()


def test_a_lost_clone_is_a_sentence_on_the_page(tmp_path: Path, data_folder: Path) -> None:
    make_target(tmp_path)
    (data_folder / "clones" / "gateway.git").rename(tmp_path / "gone")
    (data_folder / "clones" / "gateway.git").write_text("")
    assert "cannot be read" in page(signed_in("viewer"))


def test_a_target_that_is_not_there_is_not_found() -> None:
    assert signed_in("viewer").get("/targets/nowhere/").status_code == 404


@pytest.mark.parametrize("address", ["/targets/", "/targets/gateway/"])
def test_nobody_sees_targets_without_the_permission(tmp_path: Path, address: str) -> None:
    make_target(tmp_path)
    assert signed_in("nobody").get(address).status_code == 403
    assert Client().get(address).status_code == 302


def diverged(tmp_path: Path) -> Target:
    target = make_target(tmp_path)
    origin = make_origin(tmp_path / "other.git", {"README.md": b"again\n"})
    target.origin = str(origin.git_dir)
    registry.change(target, actor=Actor.system("test"), at=AT)
    return registry.refresh(target, AT)


def test_a_rewritten_history_is_accepted_on_the_page_for_a_reason(tmp_path: Path) -> None:
    target = diverged(tmp_path)
    client = signed_in("operator")
    assert "Accept the rewritten history" in page(client)
    refused = client.post("/targets/gateway/accept/", {"reason": " "})
    assert refused.status_code == 422
    assert "Say why" in refused.content.decode()
    accepted = client.post("/targets/gateway/accept/", {"reason": "We moved."}, follow=True)
    assert "kept aside" in accepted.content.decode()
    target.refresh_from_db()
    assert target.state == State.READY
    entry = Entry.objects.get(event="target.divergence_accepted")
    assert (entry.reason, entry.who) == ("We moved.", "operator-one")
    again = client.post("/targets/gateway/accept/", {"reason": "Twice."}, follow=True)
    assert "was not rewritten" in again.content.decode()


def test_a_viewer_cannot_accept_a_rewritten_history(tmp_path: Path) -> None:
    diverged(tmp_path)
    client = signed_in("viewer")
    assert "Accept the rewritten history" not in page(client)
    assert client.post("/targets/gateway/accept/", {"reason": "x"}).status_code == 403
