"""Does a deployment that is killed, or doubled, still end in the commit that was asked for?"""

import contextlib
import os
import random
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from ports.deployer import Outcome, PermanentError, TemporaryError
from ports.deployer.checkout import MARKER
from ports.deployer.commands import CommandDeployer
from ports.git import Git
from tests.ports.origins import commit, make_bare, sha

MANY = 300
ROUNDS = 12


@dataclass(frozen=True)
class Count:
    """A step that notes that it ran, and that no other runs beside it."""

    name: str = "count"
    paths: tuple[str, ...] = ("**",)
    command: tuple[str, ...] = (
        sys.executable,
        "-c",
        "import os, time; os.mkdir('busy'); time.sleep(0.05); os.rmdir('busy');"
        "open('runs.log', 'a').write('x')",
    )
    timeout_seconds: float = 20.0


@pytest.fixture
def origin(tmp_path: Path) -> Git:
    git = make_bare(tmp_path / "origin.git", {"version.txt": "1\n"})
    files = {f"files/{n}.txt": f"one {n}\n" * 50 for n in range(MANY)}
    tree_of_many(git, files, "1")
    tree_of_many(git, {path: text.replace("one", "two") for path, text in files.items()}, "2")
    return git


def tree_of_many(git: Git, files: dict[str, str], version: str) -> None:
    """Commit many files with one run of fast-import."""
    lines = ["commit refs/heads/main", "committer a <a@localhost> 1700000000 +0000"]
    lines += ["data 5", "many ", "from refs/heads/main^0"]
    for path, text in {**files, "version.txt": f"{version}\n"}.items():
        lines += [f"M 100644 inline {path}", f"data {len(text)}", text]
    git.run("fast-import", "--quiet", stdin="\n".join([*lines, ""]).encode())


def clean(live: Path) -> bool:
    git = Git(live / ".git", work_tree=live)
    return git.text("status", "--porcelain", "--untracked-files=all") == ""


def deploy_and_be_killed(live: Path, origin: Git, goal: str, after: float) -> None:
    child = os.fork()
    if child == 0:
        os.setsid()
        try:
            CommandDeployer(live, origin.git_dir).deploy(goal, (), ())
        finally:
            os._exit(0)
    time.sleep(after)
    with contextlib.suppress(ProcessLookupError):  # it was done before
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)


def test_a_deployment_killed_at_any_moment_is_completed_by_the_next(
    tmp_path: Path, origin: Git
) -> None:
    live = tmp_path / "live"
    first, second = sha(origin, "main~1"), sha(origin, "main")
    CommandDeployer(live, origin.git_dir).deploy(first, (), ())
    chance = random.Random(11)  # noqa: S311 - moments to kill at, not secrets
    for number in range(ROUNDS):
        goal = (second, first)[number % 2]
        deploy_and_be_killed(live, origin, goal, chance.random() * 0.12)
        CommandDeployer(live, origin.git_dir).deploy(goal, (), ())
        assert (live / "version.txt").read_text() == ("2\n", "1\n")[number % 2]
        assert clean(live)
        assert not (live / ".git" / MARKER).exists()


def test_two_deployments_at_once_run_one_after_the_other(tmp_path: Path) -> None:
    origin = make_bare(tmp_path / "origin.git", {"version.txt": "1\n"})
    head = sha(origin, "main")

    def deploy(_: int) -> str:
        deployer = CommandDeployer(tmp_path / "live", origin.git_dir)
        (result,) = deployer.deploy(head, (Count(),), ["version.txt"])
        return f"{result.outcome}{result.output}"

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(deploy, range(4))) == {Outcome.PASSED}
    assert (tmp_path / "live" / "runs.log").read_text() == "xxxx"


def test_a_move_that_fails_half_way_may_be_tried_again(tmp_path: Path) -> None:
    origin = make_bare(tmp_path / "origin.git", {"version.txt": "1\n"})
    deployer = CommandDeployer(tmp_path / "live", origin.git_dir)
    deployer.deploy(sha(origin, "main"), (), ())
    second = commit(origin, "main", {"version.txt": "2\n"})
    lock = tmp_path / "live" / ".git" / "index.lock"
    lock.touch()
    with pytest.raises(TemporaryError, match=r"index\.lock"):
        deployer.deploy(second, (), ())
    deployer.deploy(second, (), ())
    assert (tmp_path / "live" / "version.txt").read_text() == "2\n"
    assert not lock.exists()


def test_a_checkout_on_a_branch_of_its_own_keeps_that_branch(tmp_path: Path) -> None:
    origin = make_bare(tmp_path / "origin.git", {"version.txt": "1\n"})
    first = sha(origin, "main")
    live = tmp_path / "live"
    CommandDeployer(live, origin.git_dir).deploy(first, (), ())
    git = Git(live / ".git", work_tree=live)
    git.run("checkout", "--quiet", "-b", "theirs")
    CommandDeployer(live, origin.git_dir).deploy(
        commit(origin, "main", {"version.txt": "2\n"}), (), ()
    )
    assert git.text("rev-parse", "theirs") == first
    assert (live / "version.txt").read_text() == "2\n"


def test_a_checkout_whose_making_was_killed_is_made_all_the_same(tmp_path: Path) -> None:
    origin = make_bare(tmp_path / "origin.git", {"version.txt": "1\n"})
    live = tmp_path / "live"
    (live / ".git").mkdir(parents=True)
    (live / ".git" / "config.lock").touch()
    CommandDeployer(live, origin.git_dir).deploy(sha(origin, "main"), (), ())
    assert (live / "version.txt").read_text() == "1\n"


def test_a_place_that_cannot_hold_a_checkout_is_refused(tmp_path: Path) -> None:
    origin = make_bare(tmp_path / "origin.git", {"version.txt": "1\n"})
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "live"):
        with pytest.raises(PermanentError, match="cannot be used"):
            CommandDeployer(place, origin.git_dir).deploy(sha(origin, "main"), (), ())
