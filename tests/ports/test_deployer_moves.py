"""Does a deployed checkout follow every kind of move, forward and back?"""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from ports.deployer import Outcome, PermanentError
from ports.deployer.commands import CommandDeployer
from ports.git import Git
from tests.ports.origins import commit, make_bare, sha


@dataclass(frozen=True)
class Python:
    """A step that runs some Python."""

    code: str
    name: str = "python"
    paths: tuple[str, ...] = ("**",)
    timeout_seconds: float = 20.0

    @property
    def command(self) -> tuple[str, ...]:
        return (sys.executable, "-c", self.code)


@pytest.fixture
def origin(tmp_path: Path) -> Git:
    return make_bare(tmp_path / "origin.git", {"a/one.txt": "1\n", "b.txt": "1\n"})


@pytest.fixture
def live(tmp_path: Path) -> Path:
    return tmp_path / "live"


@pytest.fixture
def deployer(origin: Git, live: Path) -> CommandDeployer:
    return CommandDeployer(live, origin.git_dir)


def remove(git: Git, path: str) -> str:
    """Commit the removal of a file on main."""
    index = {"GIT_INDEX_FILE": str(git.git_dir / "test-index")}
    old = sha(git, "main")
    git.run("read-tree", old, environment=index)
    entry = f"0 {'0' * 40}\t{path}\0".encode()
    git.run("update-index", "-z", "--index-info", stdin=entry, environment=index)
    tree = git.run("write-tree", environment=index).text
    made = git.run("commit-tree", "-p", old, tree, stdin=b"Remove\n").text
    git.run("update-ref", "refs/heads/main", made, old)
    return made


def test_it_goes_forward_and_back(deployer: CommandDeployer, origin: Git, live: Path) -> None:
    first = sha(origin, "main")
    second = commit(origin, "main", {"a/one.txt": "2\n", "a/new.txt": "2\n"})
    for goal, text in ((second, "2\n"), (first, "1\n"), (second, "2\n")):
        deployer.deploy(goal, (), ())
        assert (live / "a" / "one.txt").read_text() == text
        assert (live / "a" / "new.txt").exists() == (goal == second)


def test_a_removed_file_goes_and_the_systems_own_files_stay(
    deployer: CommandDeployer, origin: Git, live: Path
) -> None:
    deployer.deploy(sha(origin, "main"), (), ())
    (live / "a" / "cache.db").write_text("own")
    deployer.deploy(remove(origin, "a/one.txt"), (), ())
    assert not (live / "a" / "one.txt").exists()
    assert (live / "a" / "cache.db").read_text() == "own"


def test_a_step_that_changes_tracked_files_is_noticed_by_the_next_deployment(
    deployer: CommandDeployer, origin: Git, live: Path
) -> None:
    step = Python("open('b.txt', 'a').write('generated\\n')")
    (result,) = deployer.deploy(sha(origin, "main"), (step,), ["b.txt"])
    assert result.outcome == Outcome.PASSED
    with pytest.raises(PermanentError, match=r"local changes in b\.txt"):
        deployer.deploy(commit(origin, "main", {"b.txt": "2\n"}), (), ())
    Git(live / ".git", work_tree=live).run("checkout", "--quiet", "--", "b.txt")
    deployer.deploy(sha(origin, "main"), (), ())
    assert (live / "b.txt").read_text() == "2\n"


def test_a_staged_change_is_a_local_change_too(
    deployer: CommandDeployer, origin: Git, live: Path
) -> None:
    deployer.deploy(sha(origin, "main"), (), ())
    (live / "b.txt").write_text("staged\n")
    Git(live / ".git", work_tree=live).run("add", "b.txt")
    with pytest.raises(PermanentError, match=r"b\.txt"):
        deployer.deploy(commit(origin, "main", {"b.txt": "2\n"}), (), ())


def test_many_local_changes_are_named_up_to_ten(origin: Git, live: Path) -> None:
    head = commit(origin, "main", {f"many/{n:02}.txt": "x\n" for n in range(15)})
    deployer = CommandDeployer(live, origin.git_dir)
    deployer.deploy(head, (), ())
    for number in range(15):
        (live / "many" / f"{number:02}.txt").write_text("y\n")
    with pytest.raises(PermanentError) as refusal:
        deployer.deploy(head, (), ())
    assert "many/09.txt" in str(refusal.value)
    assert "many/10.txt" not in str(refusal.value)


def test_a_commit_that_no_branch_has_any_more_is_deployed_when_it_is_here(
    deployer: CommandDeployer, origin: Git, live: Path
) -> None:
    second = commit(origin, "main", {"b.txt": "2\n"})
    deployer.deploy(second, (), ())
    origin.run("update-ref", "refs/heads/main", sha(origin, "main~1"))
    deployer.deploy(sha(origin, "main"), (), ())
    deployer.deploy(second, (), ())
    assert (live / "b.txt").read_text() == "2\n"


def test_an_existing_clone_of_somebody_is_used_as_it_is(
    deployer: CommandDeployer, origin: Git, live: Path
) -> None:
    live.mkdir()
    theirs = Git(live / ".git", work_tree=live)
    Git(live / ".git").run("init", "--quiet")
    theirs.run("fetch", "--quiet", str(origin.git_dir), "main")
    theirs.run("checkout", "--quiet", "--detach", "FETCH_HEAD")
    theirs.run("config", "remote.origin.url", "https://git.example/theirs.git")
    deployer.deploy(commit(origin, "main", {"b.txt": "2\n"}), (), ())
    assert (live / "b.txt").read_text() == "2\n"
    assert theirs.text("config", "remote.origin.url") == "https://git.example/theirs.git"
