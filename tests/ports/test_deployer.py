"""Does every deployer keep the contract?"""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from ports.deployer import Outcome, PermanentError, TemporaryError
from ports.deployer.commands import CommandDeployer
from ports.git import Git
from tests.ports.origins import commit, make_bare, sha


@dataclass(frozen=True)
class Command:
    """A step as a target's manifest would declare it."""

    name: str
    command: tuple[str, ...]
    paths: tuple[str, ...] = ("**",)
    timeout_seconds: float = 20.0


def python(name: str, code: str, timeout: float = 20.0, *paths: str) -> Command:
    return Command(name, (sys.executable, "-c", code), paths or ("**",), timeout)


@pytest.fixture
def origin(tmp_path: Path) -> Git:
    return make_bare(tmp_path / "origin.git", {"app.txt": "one\n", "config/a.yaml": "a: 1\n"})


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return tmp_path / "deployed" / "gateway"


@pytest.fixture(params=["commands"])
def deployer(request: pytest.FixtureRequest, origin: Git, checkout: Path) -> CommandDeployer:
    return CommandDeployer(checkout, origin.git_dir)


def test_a_missing_checkout_is_made_and_then_moves(
    deployer: CommandDeployer, origin: Git, checkout: Path
) -> None:
    assert deployer.deploy(sha(origin, "main"), (), ()) == ()
    assert (checkout / "app.txt").read_text() == "one\n"
    second = commit(origin, "main", {"app.txt": "two\n"})
    deployer.deploy(second, (), ())
    assert (checkout / "app.txt").read_text() == "two\n"
    assert Git(checkout / ".git").text("rev-parse", "HEAD") == second


def test_steps_run_in_the_moved_checkout_and_tell_how_they_ended(
    deployer: CommandDeployer, origin: Git, checkout: Path
) -> None:
    code = "import os; print(open('app.txt').read(), os.getcwd()); raise SystemExit({})"
    steps = (python("good", code.format(0)), python("bad", code.format(3)))
    good, bad = deployer.deploy(sha(origin, "main"), steps, ["app.txt"])
    assert (good.outcome, good.exit_code, good.name) == (Outcome.PASSED, 0, "good")
    assert good.output == f"one\n {checkout}\n"
    assert good.command[0] == sys.executable
    assert 0 < good.seconds < 20
    assert (bad.outcome, bad.exit_code) == (Outcome.FAILED, 3)


def test_a_step_runs_only_when_a_path_calls_for_it(deployer: CommandDeployer, origin: Git) -> None:
    steps = (python("reload", "print(1)", 20.0, "config/**", "ops/*.py"),)
    for changed, outcome in (
        (["config/a.yaml"], Outcome.PASSED),
        (["config/deep/er.yaml"], Outcome.PASSED),
        (["ops/x.py", "README.md"], Outcome.PASSED),
        (["ops/deep/x.py"], Outcome.SKIPPED),
        (["my/config/a.yaml"], Outcome.SKIPPED),
        ([], Outcome.SKIPPED),
    ):
        (result,) = deployer.deploy(sha(origin, "main"), steps, changed)
        assert result.outcome == outcome, changed


def test_after_a_failed_step_the_rest_is_skipped_and_says_why(
    deployer: CommandDeployer, origin: Git
) -> None:
    steps = (python("first", "raise SystemExit(1)"), python("second", "print('no')"))
    first, second = deployer.deploy(sha(origin, "main"), steps, ["app.txt"])
    assert (first.outcome, second.outcome) == (Outcome.FAILED, Outcome.SKIPPED)
    assert second.output == "first failed before"
    assert second.exit_code is None


def test_deploying_the_same_commit_again_is_harmless(
    deployer: CommandDeployer, origin: Git
) -> None:
    steps = (python("count", "open('runs.log', 'a').write('x')"),)
    for _ in range(3):
        (result,) = deployer.deploy(sha(origin, "main"), steps, ["app.txt"])
        assert result.outcome == Outcome.PASSED


def test_a_local_change_is_not_overwritten_but_named(
    deployer: CommandDeployer, origin: Git, checkout: Path
) -> None:
    deployer.deploy(sha(origin, "main"), (), ())
    (checkout / "app.txt").write_text("hot fix\n")
    second = commit(origin, "main", {"app.txt": "two\n"})
    with pytest.raises(PermanentError, match=r"local changes in app\.txt"):
        deployer.deploy(second, (python("never", "print()"),), ["app.txt"])
    assert (checkout / "app.txt").read_text() == "hot fix\n"


def test_files_that_the_system_writes_itself_are_left_alone(
    deployer: CommandDeployer, origin: Git, checkout: Path
) -> None:
    deployer.deploy(sha(origin, "main"), (), ())
    (checkout / "run.log").write_text("log\n")
    deployer.deploy(commit(origin, "main", {"app.txt": "two\n"}), (), ())
    assert (checkout / "run.log").read_text() == "log\n"
    third = commit(origin, "main", {"run.log": "tracked now\n"})
    with pytest.raises(PermanentError, match=r"run\.log"):
        deployer.deploy(third, (), ())
    (checkout / "run.log").unlink()
    deployer.deploy(third, (), ())
    assert (checkout / "run.log").read_text() == "tracked now\n"


def test_an_origin_that_does_not_answer_may_answer_later(
    deployer: CommandDeployer, origin: Git, tmp_path: Path, checkout: Path
) -> None:
    first = sha(origin, "main")
    origin.git_dir.rename(tmp_path / "away.git")
    with pytest.raises(TemporaryError, match=r"origin\.git"):
        deployer.deploy(first, (), ())
    (tmp_path / "away.git").rename(origin.git_dir)
    deployer.deploy(first, (), ())
    assert (checkout / "app.txt").exists()


def test_a_commit_that_the_origin_does_not_have_is_refused(deployer: CommandDeployer) -> None:
    with pytest.raises(PermanentError, match="has no commit"):
        deployer.deploy("1" * 40, (), ())
