"""Is what a clone holds read as it is: files, paths, histories and differences?"""

from datetime import timedelta
from pathlib import Path

import pytest

from ports.git import GitFailed
from targets.repository import ZERO, BadName, PathMissing, Repository
from tests.targets.origins import AT, FILES, RETRY, make_clone


@pytest.fixture
def clone(tmp_path: Path) -> Repository:
    return make_clone(tmp_path)


def history(clone: Repository, count: int) -> list[str]:
    """Commit a line of commits on the branch `line`, a minute apart, and return them."""
    return [
        clone.commit_files(
            "line",
            {"n.txt": f"{number}\n".encode()},
            f"Commit {number}\n\nBody of\n\n{number}\n",
            AT + timedelta(minutes=number),
            author=f"person {number}",
        )
        for number in range(count)
    ]


def test_a_file_is_read_from_a_commit_a_tree_and_a_branch(clone: Repository) -> None:
    head = clone.head("main")
    tree = clone.git.text("rev-parse", f"{head}^{{tree}}")
    for name in (head, tree, "refs/remotes/origin/main", f"{head}^{{tree}}"):
        assert clone.read(name, "README.md") == FILES["README.md"]


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\n\n\n", b"no newline", b"\0\xff" * 1000, b"x" * 3_000_000]
)
def test_content_comes_back_unchanged(clone: Repository, content: bytes) -> None:
    commit = clone.commit_files("odd", {"odd.bin": content}, "Odd", AT)
    assert clone.read(commit, "odd.bin") == content


@pytest.mark.parametrize(
    "path", ["with blank.md", "ünï/ço.md", "star*.md", ":(glob)x", "-dash", "a\tb", "a\nb", "[x]"]
)
def test_a_path_means_itself_and_is_no_pattern(clone: Repository, path: str) -> None:
    commit = clone.commit_files("odd", {path: b"x", "star-other.md": b"y"}, "Odd", AT)
    assert clone.read(commit, path) == b"x"
    assert set(clone.paths(commit)) == {path, "star-other.md"}
    if "*" in path:
        with pytest.raises(PathMissing):
            clone.read(commit, "star?.md")


def test_a_missing_path_names_itself_and_the_commit(clone: Repository) -> None:
    head = clone.head("main")
    with pytest.raises(PathMissing) as missing:
        clone.read(head, "config/nowhere.yaml")
    assert (missing.value.commit, missing.value.path) == (head, "config/nowhere.yaml")
    assert head[:12] in str(missing.value)


def test_an_unknown_commit_is_a_failure_and_not_a_missing_path(clone: Repository) -> None:
    with pytest.raises(GitFailed):
        clone.read("1" * 40, "README.md")
    with pytest.raises(GitFailed):
        clone.apply("1" * 40, RETRY)


def test_a_diff_is_not_applied_to_what_is_no_commit(clone: Repository) -> None:
    tree = clone.git.text("rev-parse", f"{clone.head('main')}^{{tree}}")
    with pytest.raises(GitFailed):
        clone.apply(tree, RETRY)
    with pytest.raises(BadName):
        clone.apply("--index-info", RETRY)


def test_paths_are_all_files_in_order(clone: Repository) -> None:
    assert clone.paths(clone.head("main")) == tuple(sorted(FILES))


def test_a_history_is_told_newest_first_and_no_further_than_asked(clone: Repository) -> None:
    commits = history(clone, 5)
    told = clone.log("line", 3)
    assert [commit.sha for commit in told] == commits[:1:-1]
    newest = told[0]
    assert (newest.subject, newest.author) == ("Commit 4", "person 4")
    assert newest.message == "Commit 4\n\nBody of\n\n4"
    assert newest.parents == (commits[3],)
    assert newest.at == AT + timedelta(minutes=4)


def test_a_history_may_begin_at_a_commit(clone: Repository) -> None:
    commits = history(clone, 3)
    assert [commit.sha for commit in clone.log(commits[1], 10)] == commits[1::-1]


def test_a_history_with_strange_words_is_told(clone: Repository) -> None:
    tree = clone.git.text("rev-parse", f"{clone.head('main')}^{{tree}}")
    latin = clone.git.run("commit-tree", tree, stdin=b"caf\xe9\x1f\n").text
    empty = clone.git.run("commit-tree", "-p", latin, tree, stdin=b"").text
    clone.update_ref("refs/heads/strange", empty, ZERO)
    first, second = clone.log("strange", 5)
    assert (first.subject, first.message) == ("", "")
    assert second.subject.startswith("caf")


def test_who_contains_whom(clone: Repository) -> None:
    first, second, third = history(clone, 3)
    assert clone.is_ancestor(first, third)
    assert clone.is_ancestor(second, second)
    assert not clone.is_ancestor(third, first)
    assert not clone.is_ancestor(clone.head("main"), third)


def test_refs_are_listed_below_a_prefix(clone: Repository) -> None:
    head = clone.head("main")
    clone.update_ref("refs/heads/selfimprove/a", head, ZERO)
    clone.update_ref("refs/heads/selfimprove/b", head, ZERO)
    clone.update_ref("refs/heads/selfimproved", head, ZERO)
    assert clone.refs("refs/heads/selfimprove") == {
        "refs/heads/selfimprove/a": head,
        "refs/heads/selfimprove/b": head,
    }
    assert clone.refs("refs/tags") == {}


def test_differences_of_every_kind_are_told(clone: Repository) -> None:
    base = clone.head("main")
    files: dict[str, bytes | None] = {
        "README.md": None,
        "docs/README.md": FILES["README.md"],
        "gateway/app.py": b"pass\n",
        "logo.bin": b"\0\1\2",
    }
    head = clone.commit_files("main", files, "Rearrange", AT)
    assert clone.changed_paths(base, head) == tuple(sorted(files))
    change = clone.between("refs/remotes/origin/main", "refs/heads/main")
    assert (change.base, change.paths) == (base, tuple(sorted(files)))
    kinds = {file.path: (file.status, file.binary) for file in change.files}
    assert kinds["README.md"] == ("D", False)
    assert kinds["docs/README.md"] == ("A", False)
    assert kinds["logo.bin"] == ("A", True)
    (app,) = [file for file in change.files if file.path == "gateway/app.py"]
    assert (app.added, app.removed) == (1, 30)


def test_nothing_between_a_commit_and_itself(clone: Repository) -> None:
    head = clone.head("main")
    change = clone.between(head, head)
    assert (change.files, change.diff) == ((), "")
    assert clone.diff(head, head) == ""
    assert clone.changed_paths(head, head) == ()


def test_files_that_hold_a_word_are_found_in_the_commit_that_is_named(tmp_path: Path) -> None:
    files = {
        "a.py": b"import yaml\n",
        "deep/b c.py": b"yaml\n",
        "c.py": b"yamls\n",
        "d.md": b"yaml",
    }
    clone = make_clone(tmp_path, files)
    head = clone.head("main")
    assert clone.mentioning(head, "yaml") == ("a.py", "d.md", "deep/b c.py")
    assert clone.mentioning(head, "-w") == ()
    assert clone.mentioning(head, "nothing.*") == ()
