"""Do commits come into being whole, in order and under the right name, without a work tree?"""

from pathlib import Path

import pytest

from targets.repository import (
    BadPath,
    NothingToRevert,
    PathMissing,
    Repository,
    RevertConflicts,
)
from tests.targets.origins import AT, RETRY, edit, make_clone


@pytest.fixture
def clone(tmp_path: Path) -> Repository:
    return make_clone(tmp_path)


def changed(clone: Repository, parent: str, diff: str, message: str = "Change") -> str:
    return clone.commit_tree(clone.apply(parent, diff).tree, [parent], message, AT)


def test_the_same_commit_made_twice_is_one_commit(clone: Repository) -> None:
    base = clone.head("main")
    tree = clone.apply(base, RETRY).tree
    first = clone.commit_tree(tree, [base], "Retry\n\nBecause.", AT, author="Ada <x@y>\n")
    assert clone.commit_tree(tree, [base], "Retry\n\nBecause.", AT, author="Ada <x@y>\n") == first
    (commit,) = clone.log(first, limit=1)
    assert (commit.subject, commit.parents, commit.at) == ("Retry", (base,), AT)
    assert commit.message == "Retry\n\nBecause."
    assert commit.author == "Ada x@y"


def test_files_are_committed_on_an_orphan_branch_in_nested_folders(clone: Repository) -> None:
    branch = "selfimprove/proposals"
    first = clone.commit_files(branch, {"proposals/2026/03/a.md": b"one\n"}, "Propose", AT)
    assert clone.log(branch, 5)[-1].parents == ()
    files: dict[str, bytes | None] = {"index.md": b"\xff\x00", "proposals/2026/03/a.md": None}
    second = clone.commit_files(branch, files, "Decide", AT, author="bob")
    assert clone.log(branch, 5)[0].parents == (first,)
    assert clone.paths(second) == ("index.md",)
    assert clone.read(second, "index.md") == b"\xff\x00"
    assert clone.log(branch, 1)[0].author == "bob"


def test_committing_what_is_already_so_adds_no_commit(clone: Repository) -> None:
    first = clone.commit_files("notes", {"a.md": b"one"}, "One", AT)
    assert clone.commit_files("notes", {"a.md": b"one"}, "Again", AT) == first


def test_a_branch_that_only_the_origin_has_is_continued(clone: Repository) -> None:
    base = clone.head("main")
    new = clone.commit_files("main", {"NEWS.md": b"new\n"}, "News", AT)
    assert clone.log("main", 1)[0].parents == (base,)
    assert "README.md" in clone.paths(new)


@pytest.mark.parametrize("path", ["../out.md", "/abs.md", ".git/config", "a/../b", ""])
def test_a_path_outside_the_tree_is_not_committed(clone: Repository, path: str) -> None:
    with pytest.raises(BadPath, match="not the path"):
        clone.commit_files("notes", {path: b"x"}, "Escape", AT)
    assert clone.ref("refs/heads/notes") is None


def test_reading_says_what_is_missing(clone: Repository) -> None:
    for path in ("nowhere.md", "config", "../x", ""):
        with pytest.raises(PathMissing):
            clone.read(clone.head("main"), path)


def test_a_commit_is_taken_back_with_its_name_and_the_reason(clone: Repository) -> None:
    base = clone.head("main")
    bad = changed(clone, base, RETRY, "Retry searches")
    later = clone.commit_tree(
        clone.apply(bad, edit("README.md", "# Gateway", "# Gate")).tree, [bad], "Later", AT
    )
    back = clone.revert(bad, later, "The failure rate rose by half.", AT)
    (commit,) = clone.log(back, 1)
    assert commit.subject == 'Revert "Retry searches"'
    assert f"This reverts commit {bad}." in commit.message
    assert commit.message.endswith("The failure rate rose by half.")
    assert clone.changed_paths(base, back) == ("README.md",)
    assert clone.revert(bad, later, "The failure rate rose by half.", AT) == back


def test_a_merge_is_taken_back_against_its_first_parent(clone: Repository) -> None:
    base = clone.head("main")
    side = changed(clone, base, RETRY)
    merge = clone.commit_tree(f"{side}^{{tree}}", [base, side], "Merge", AT)
    back = clone.revert(merge, merge, "It did not help.", AT)
    assert clone.changed_paths(base, back) == ()


def test_lines_nearby_that_moved_on_do_not_hinder_a_revert(clone: Repository) -> None:
    bad = changed(clone, clone.head("main"), RETRY)
    moved = "tools:\n  fetch: {}\n  search:\n    timeout_ms: 400\n    retries: 2\n"
    clone.commit_files("later", {"config/tools.yaml": moved.encode()}, "Start", AT)
    tree = f"{clone.head('later')}^{{tree}}"
    whole = clone.commit_tree(tree, [bad], "Later", AT)
    back = clone.revert(bad, whole, "Enough.", AT)
    assert clone.read(back, "config/tools.yaml") == moved.replace("2", "0").encode()


def test_a_revert_that_meets_later_work_names_the_files(clone: Repository) -> None:
    bad = changed(clone, clone.head("main"), RETRY)
    later = changed(clone, bad, RETRY.replace("+    retries: 2", "+    retries: 5").replace(
        "-    retries: 0", "-    retries: 2"))  # fmt: skip
    with pytest.raises(RevertConflicts) as refusal:
        clone.revert(bad, later, "Enough.", AT)
    assert refusal.value.paths == ("config/tools.yaml",)


def test_taking_back_twice_says_that_nothing_is_left(clone: Repository) -> None:
    bad = changed(clone, clone.head("main"), RETRY)
    back = clone.revert(bad, bad, "Enough.", AT)
    with pytest.raises(NothingToRevert, match="already gone"):
        clone.revert(bad, back, "Enough.", AT)
