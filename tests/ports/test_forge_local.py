"""Does the local forge respect an origin that somebody works in?"""

import fcntl
import os
from pathlib import Path
from typing import Any

import pytest

from ports.forge import PermanentError, State, TemporaryError
from ports.forge.local import LocalForge
from ports.forge.working_copy import MARK
from ports.git import Git, GitFailed
from tests.ports.origins import AT, commit, sha


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a checkout of main that has a branch `work` to merge."""
    folder = tmp_path / "project"
    folder.mkdir()
    git = Git(folder / ".git")
    git.run("init", "--quiet")
    git.run("symbolic-ref", "HEAD", "refs/heads/main")
    commit(git, "main", {"a.txt": "one\n"})
    commit(git, "work", {"a.txt": "two\n", "b.txt": "new\n"}, start=sha(git, "main"))
    Git(folder / ".git", work_tree=folder).run("reset", "--quiet", "--hard", "main")
    LocalForge(folder).open("work", "main", "t", "b")
    return folder


def merge(project: Path) -> str:
    return LocalForge(project).merge(1, sha(Git(project / ".git"), "work"), "Merge", AT)


def test_a_branch_under_a_checkout_is_left_alone_with_advice(project: Path) -> None:
    before = sha(Git(project / ".git"), "main")
    with pytest.raises(PermanentError, match="denyCurrentBranch updateInstead"):
        merge(project)
    assert sha(Git(project / ".git"), "main") == before
    assert LocalForge(project).status(1).state == State.OPEN


def test_the_checkout_follows_when_its_owner_set_git_so(project: Path) -> None:
    git = Git(project / ".git", work_tree=project)
    git.run("config", "receive.denyCurrentBranch", "updateInstead")
    commit_id = merge(project)
    assert sha(git, "main") == commit_id
    assert (project / "a.txt").read_text() == "two\n"
    assert (project / "b.txt").read_text() == "new\n"
    assert git.text("status", "--porcelain", "--untracked-files=no") == ""


def test_uncommitted_work_in_the_checkout_is_not_overwritten(project: Path) -> None:
    git = Git(project / ".git", work_tree=project)
    git.run("config", "receive.denyCurrentBranch", "updateInstead")
    (project / "a.txt").write_text("mine\n")
    with pytest.raises(PermanentError, match=r"a\.txt"):
        merge(project)
    (project / "a.txt").write_text("one\n")
    os.utime(project / "a.txt", (1, 1))
    (project / "b.txt").write_text("mine too\n")
    with pytest.raises(PermanentError, match=r"b\.txt"):
        merge(project)
    assert (project / "b.txt").read_text() == "mine too\n"


def test_a_branch_that_nobody_has_checked_out_moves(project: Path) -> None:
    Git(project / ".git").run("symbolic-ref", "HEAD", "refs/heads/other")
    assert merge(project) == sha(Git(project / ".git"), "main")
    assert (project / "a.txt").read_text() == "one\n"


@pytest.mark.parametrize("policy", ["ignore", "warn"])
def test_an_owner_who_allows_it_gets_the_branch_moved(project: Path, policy: str) -> None:
    Git(project / ".git").run("config", "receive.denyCurrentBranch", policy)
    assert merge(project) == sha(Git(project / ".git"), "main")


def test_a_folder_that_is_no_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="not a git repository"):
        LocalForge(tmp_path).find("work")


def tracked(project: Path) -> str:
    git = Git(project / ".git", work_tree=project)
    return git.text("status", "--porcelain", "--untracked-files=no")


class Killed(BaseException):
    """The worker is gone in the middle of a merge."""


def merge_half(project: Path, monkeypatch: pytest.MonkeyPatch, *moved: str) -> None:
    """Merge, but die before the checkout has followed further than these files."""
    git = Git(project / ".git", work_tree=project)
    git.run("config", "receive.denyCurrentBranch", "updateInstead")
    real = Git.run

    def dying(self: Git, *arguments: str, **named: Any) -> Any:
        if arguments[:2] == ("read-tree", "-u"):
            for name in moved:
                content = real(self, "show", f"work:{name}").stdout
                (project / name).write_bytes(content)
            raise Killed
        return real(self, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Git, "run", dying)
        with pytest.raises(Killed):
            merge(project)
    assert tracked(project) != ""


@pytest.mark.parametrize("moved", [(), ("a.txt",), ("b.txt",), ("a.txt", "b.txt")])
def test_a_checkout_that_a_killed_worker_left_behind_follows_at_the_next_look(
    project: Path, monkeypatch: pytest.MonkeyPatch, moved: tuple[str, ...]
) -> None:
    merge_half(project, monkeypatch, *moved)
    assert LocalForge(project).status(1).state == State.MERGED
    assert tracked(project) == ""
    assert (project / "a.txt").read_text() == "two\n"
    assert (project / "b.txt").read_text() == "new\n"
    assert not (project / ".git" / MARK).exists()


def test_a_file_that_the_merge_removes_is_removed_then_too(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = Git(project / ".git")
    git.run("update-ref", "refs/heads/work", without_the_first(git))
    merge_half(project, monkeypatch)
    LocalForge(project).find("work")
    assert tracked(project) == ""
    assert not (project / "a.txt").exists()


def without_the_first(git: Git) -> str:
    """Commit a branch that has only the second file."""
    entry = git.text("ls-tree", "work", "b.txt")
    tree = git.run("mktree", stdin=f"{entry}\n".encode()).text
    return git.run("commit-tree", "-p", "work", tree, stdin=b"Remove\n").text


def test_what_its_owner_changed_meanwhile_is_not_overwritten(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge_half(project, monkeypatch)
    (project / "a.txt").write_text("mine\n")
    with pytest.raises(PermanentError, match=r"a\.txt changed meanwhile"):
        LocalForge(project).status(1)
    assert (project / "a.txt").read_text() == "mine\n"
    (project / "a.txt").write_text("one\n")
    LocalForge(project).status(1)
    assert tracked(project) == ""


@pytest.mark.parametrize(
    "meanwhile",
    [
        ("config", "receive.denyCurrentBranch", "refuse"),
        ("symbolic-ref", "HEAD", "refs/heads/other"),
        ("update-ref", "refs/heads/main", "work"),
    ],
)
def test_a_checkout_that_is_to_follow_no_more_is_left_as_it_is(
    project: Path, monkeypatch: pytest.MonkeyPatch, meanwhile: tuple[str, ...]
) -> None:
    merge_half(project, monkeypatch)
    Git(project / ".git").run(*meanwhile)
    assert LocalForge(project).status(1).state == State.MERGED
    assert (project / "a.txt").read_text() == "one\n"


def test_nobody_finishes_what_a_living_worker_is_doing(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge_half(project, monkeypatch)
    with (project / ".git" / f"{MARK}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert LocalForge(project).status(1).state == State.MERGED
        assert tracked(project) != ""
    LocalForge(project).status(1)
    assert tracked(project) == ""


def test_a_move_that_did_not_happen_leaves_no_mark(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Git(project / ".git").run("config", "receive.denyCurrentBranch", "updateInstead")

    def refused(self: LocalForge, *moves: tuple[str, str, str]) -> None:
        raise GitFailed("update-ref", 1, "no space left")

    with monkeypatch.context() as patch:
        patch.setattr(LocalForge, "_transaction", refused)
        with pytest.raises(TemporaryError):
            merge(project)
    assert not (project / ".git" / MARK).exists()
    assert tracked(project) == ""
