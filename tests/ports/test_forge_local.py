"""Does the local forge respect an origin that somebody works in?"""

import os
from pathlib import Path

import pytest

from ports.forge import PermanentError, State
from ports.forge.local import LocalForge
from ports.git import Git
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
