"""Do refs of a clone move only from where they were seen?"""

from pathlib import Path

import pytest

from targets.repository import (
    ZERO,
    BadName,
    OriginUnreachable,
    PushRefused,
    RefMissing,
    RefMoved,
    Repository,
)
from tests.targets.origins import AT, RETRY, make_clone


@pytest.fixture
def clone(tmp_path: Path) -> Repository:
    return make_clone(tmp_path)


@pytest.fixture
def origin(clone: Repository, tmp_path: Path) -> Repository:
    return Repository(tmp_path / "origin.git")


def commit_on(repository: Repository, parent: str, text: str = "More") -> str:
    change = repository.apply(parent, RETRY)
    return repository.commit_tree(change.tree, [parent], text, AT)


def test_a_new_ref_is_created_once(clone: Repository) -> None:
    head = clone.head("main")
    clone.update_ref("refs/heads/selfimprove/one", head, ZERO)
    with pytest.raises(RefMoved):
        clone.update_ref("refs/heads/selfimprove/one", head, ZERO)
    assert clone.ref("refs/heads/selfimprove/one") == head


def test_a_ref_that_moved_meanwhile_stays_where_it_is(clone: Repository) -> None:
    first = clone.head("main")
    second = commit_on(clone, first)
    clone.update_ref("refs/heads/work", first, ZERO)
    clone.update_ref("refs/heads/work", second, first)
    with pytest.raises(RefMoved, match=second[:12]):
        clone.update_ref("refs/heads/work", first, first)
    with pytest.raises(RefMoved):
        clone.delete_ref("refs/heads/work", first)
    clone.delete_ref("refs/heads/work", second)
    assert clone.ref("refs/heads/work") is None


def test_a_ref_cannot_point_at_what_is_not_there(clone: Repository) -> None:
    with pytest.raises(Exception, match="nonexistent object"):
        clone.update_ref("refs/heads/work", "1" * 40, ZERO)
    assert clone.ref("refs/heads/work") is None


@pytest.mark.parametrize("name", ["--upload-pack=x", "a..b", "", "a b", "-d", "x\ny", ":main"])
def test_a_name_that_git_could_misread_never_reaches_it(clone: Repository, name: str) -> None:
    with pytest.raises(BadName):
        clone.ref(name)
    with pytest.raises(BadName):
        clone.read(name, "README.md")
    with pytest.raises(BadName):
        clone.push("--force")


def test_head_falls_back_on_the_origin_and_then_says_what_is_missing(clone: Repository) -> None:
    assert clone.ref("refs/heads/main") is None
    assert clone.head("main") == clone.remote_head("main")
    with pytest.raises(RefMissing, match="nowhere"):
        clone.head("nowhere")


def test_fetching_moves_our_branch_forward(clone: Repository, origin: Repository) -> None:
    first = clone.head("main")
    clone.update_ref("refs/heads/main", first, ZERO)
    second = commit_on(origin, first)
    origin.update_ref("refs/heads/main", second, first)
    clone.fetch()
    assert clone.head("main") == second


def test_fetching_never_moves_our_branch_aside(clone: Repository, origin: Repository) -> None:
    first = clone.head("main")
    ours = commit_on(clone, first, "Ours")
    theirs = commit_on(origin, first, "Theirs")
    clone.update_ref("refs/heads/main", ours, ZERO)
    origin.update_ref("refs/heads/main", theirs, first)
    clone.fetch()
    assert clone.head("main") == ours
    assert clone.remote_head("main") == theirs


def test_a_branch_deleted_at_the_origin_is_forgotten(
    clone: Repository, origin: Repository
) -> None:
    head = origin.head("main")
    origin.update_ref("refs/heads/feature", head, ZERO)
    clone.fetch()
    assert clone.remote_head("feature") == head
    origin.delete_ref("refs/heads/feature", head)
    clone.fetch()
    assert clone.remote_head("feature") is None


def test_pushing_is_all_or_nothing_and_a_refusal_has_its_own_name(
    clone: Repository, origin: Repository
) -> None:
    first = clone.head("main")
    clone.update_ref("refs/heads/new", first, ZERO)
    clone.update_ref("refs/heads/main", commit_on(clone, first, "Ours"), ZERO)
    theirs = commit_on(origin, first, "Theirs")
    origin.update_ref("refs/heads/main", theirs, first)
    with pytest.raises(PushRefused, match="rejected"):
        clone.push("refs/heads/new", "refs/heads/main")
    assert origin.ref("refs/heads/new") is None
    clone.push("refs/heads/new")
    assert origin.ref("refs/heads/new") == first


@pytest.mark.parametrize("origin_path", ["/nonexistent/x.git", "ext::sh -c date", "-oProxy"])
def test_an_origin_that_does_not_answer_is_told_in_gits_words(
    tmp_path: Path, origin_path: str
) -> None:
    clone = Repository.create(tmp_path / "c.git", origin=origin_path)
    with pytest.raises(OriginUnreachable) as refusal:
        clone.fetch()
    assert str(refusal.value)
    with pytest.raises(OriginUnreachable):
        clone.push("refs/heads/main:refs/heads/main")


def test_the_clone_follows_a_changed_origin(clone: Repository, tmp_path: Path) -> None:
    again = Repository.create(clone.git_dir, origin=str(tmp_path / "elsewhere.git"))
    with pytest.raises(OriginUnreachable, match="elsewhere"):
        again.fetch()
