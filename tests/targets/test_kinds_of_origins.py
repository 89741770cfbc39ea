"""Is every kind of repository that people have read, or its trouble told?"""

import os
from pathlib import Path

import pytest

from audit.log import Actor
from ports.git import Git
from targets import registry
from targets.models import State, Target
from targets.repository import Repository
from tests.targets.origins import AT, make_origin

pytestmark = pytest.mark.django_db


def look(origin: Path | str) -> Target:
    target = registry.add(
        slug="gateway", name="", origin=str(origin), actor=Actor.system("test"), at=AT
    )
    return registry.refresh(target, AT)


def test_a_checkout_somebody_works_in(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    git = Git(folder / ".git", work_tree=folder)
    Git(folder / ".git").run("init", "--quiet")
    git.run("symbolic-ref", "HEAD", "refs/heads/main")
    (folder / "a.txt").write_text("1\n")
    git.run("add", "a.txt")
    git.run("commit", "--quiet", "-m", "Begin")
    target = look(folder)
    assert (target.state, target.head_commit) == (State.READY, git.text("rev-parse", "HEAD"))


def test_an_address_with_a_scheme(tmp_path: Path) -> None:
    origin = make_origin(tmp_path / "origin.git")
    assert look(origin.git_dir.as_uri()).head_commit == origin.head("main")


def test_a_branch_with_slashes_beside_many_others(tmp_path: Path) -> None:
    origin = make_origin(tmp_path / "origin.git")
    head = origin.head("main")
    for number in range(40):
        origin.update_ref(f"refs/heads/team/{number}", head, "0" * 40)
    origin.git.run("pack-refs", "--all")
    target = registry.add(
        slug="g",
        name="",
        origin=str(origin.git_dir),
        branch="team/7",
        actor=Actor.system("test"),
        at=AT,
    )
    assert registry.refresh(target, AT).head_commit == head


def test_a_repository_with_another_kind_of_hash_is_told(tmp_path: Path) -> None:
    place = tmp_path / "modern.git"
    Git(place).run("init", "--quiet", "--bare", "--object-format=sha256", str(place))
    target = look(place)
    assert target.state in (State.UNREACHABLE, State.EMPTY)
    assert target.state_detail


def test_a_damaged_repository_is_told_and_heals(tmp_path: Path) -> None:
    origin = make_origin(tmp_path / "origin.git")
    objects = origin.git_dir / "objects"
    objects.rename(tmp_path / "objects")
    target = look(origin.git_dir)
    assert target.state == State.UNREACHABLE
    (tmp_path / "objects").rename(objects)
    assert registry.refresh(target, AT).state == State.READY


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_repository_of_another_user_is_told_with_what_to_do(tmp_path: Path) -> None:
    origin = make_origin(tmp_path / "origin.git")
    for place in [origin.git_dir, *origin.git_dir.rglob("*")]:
        os.chown(place, 4321, 4321)
    target = look(origin.git_dir)
    assert target.state == State.UNREACHABLE
    assert "belongs to another user" in target.state_detail
    assert f"Give {origin.git_dir} to the user" in target.state_detail


def test_a_file_and_a_folder_that_are_no_repository(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert look(tmp_path / "file").state == State.UNREACHABLE


def test_a_branch_that_was_deleted_keeps_what_was_read(tmp_path: Path) -> None:
    origin = make_origin(tmp_path / "origin.git")
    target = look(origin.git_dir)
    head = target.head_commit
    origin.update_ref("refs/heads/kept", head, "0" * 40)
    origin.delete_ref("refs/heads/main", head)
    registry.refresh(target, AT)
    assert (target.state, target.head_commit) == (State.EMPTY, head)
    assert "It has: kept." in target.state_detail
    assert Repository.of(target).head("main") == head


@pytest.mark.parametrize("field", ["origin", "deploy_path"])
def test_half_a_path_is_refused(field: str) -> None:
    fields = {"slug": "g", "name": "g", "origin": "/srv/g.git", field: "some/where"}
    with pytest.raises(registry.BadTarget, match="whole path"):
        registry.add(**fields, actor=Actor.system("test"), at=AT)
