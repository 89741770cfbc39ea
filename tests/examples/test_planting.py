"""Is the example's repository planted once, the same everywhere, and never over anything else?"""

import tomllib
from pathlib import Path

import pytest

from examples.seed import CannotPlant, plant
from tests.examples import stage


def git(folder: Path, *arguments: str) -> str:
    return stage.run(["git", *arguments], folder).stdout.strip()


def test_the_origin_is_bare_and_the_checkout_is_clean_on_main(tmp_path: Path) -> None:
    commit = plant(tmp_path / "var" / "origin.git", tmp_path / "var" / "deployed")
    deployed = tmp_path / "var" / "deployed"
    assert git(tmp_path / "var" / "origin.git", "rev-parse", "--is-bare-repository") == "true"
    assert git(deployed, "rev-parse", "HEAD") == commit
    assert git(deployed, "branch", "--show-current") == "main"
    assert git(deployed, "status", "--porcelain") == ""
    assert sorted(p.name for p in (tmp_path / "var").iterdir()) == ["deployed", "origin.git"]


def test_the_first_commit_is_the_same_everywhere(tmp_path: Path) -> None:
    one = plant(tmp_path / "one.git", tmp_path / "one")
    assert plant(tmp_path / "two.git", tmp_path / "two") == one


def test_planting_twice_leaves_the_existing_ones_alone(tmp_path: Path) -> None:
    origin, deployed = tmp_path / "origin.git", tmp_path / "deployed"
    first = plant(origin, deployed)
    (deployed / "README.md").write_text("changed\n", encoding="utf-8")
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    git(deployed, *who, "commit", "-q", "--all", "-m", "a later commit")
    git(deployed, "push", "-q", "origin", "main")
    second = plant(origin, deployed)
    assert second != first
    assert second == git(deployed, "rev-parse", "HEAD")
    assert (deployed / "README.md").read_text(encoding="utf-8") == "changed\n"


def test_a_missing_checkout_is_cloned_again(tmp_path: Path) -> None:
    commit = plant(tmp_path / "origin.git", tmp_path / "first")
    assert plant(tmp_path / "origin.git", tmp_path / "second") == commit
    assert git(tmp_path / "second", "rev-parse", "HEAD") == commit


@pytest.mark.parametrize("occupied", ["origin.git", "deployed"])
def test_a_folder_that_is_something_else_is_refused_and_kept(
    tmp_path: Path, occupied: str
) -> None:
    (tmp_path / occupied).mkdir()
    (tmp_path / occupied / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(CannotPlant, match="is something else"):
        plant(tmp_path / "origin.git", tmp_path / "deployed")
    assert (tmp_path / occupied / "letter.txt").read_text(encoding="utf-8") == "mine"


def test_the_repository_is_complete(tmp_path: Path) -> None:
    plant(tmp_path / "origin.git", tmp_path / "deployed")
    names = set(git(tmp_path / "deployed", "ls-files").splitlines())
    assert names >= {
        ".selfimprove.toml",
        "README.md",
        "SYSTEM_CONTRACT.md",
        "config/agents.yaml",
        "config/allowlist.yaml",
        "config/schedule.yaml",
        "config/tools.yaml",
        "ops/reload.py",
    }
    assert not [name for name in names if "__pycache__" in name or name.startswith("var/")]


def test_its_own_tests_pass_quickly_and_leave_nothing_behind(tmp_path: Path) -> None:
    plant(tmp_path / "origin.git", tmp_path / "deployed")
    run = stage.own_tests(tmp_path / "deployed")
    assert run.returncode == 0, run.stderr
    assert git(tmp_path / "deployed", "status", "--porcelain", "--ignored") == ""


def test_its_manifest_names_tests_and_a_deploy_step() -> None:
    manifest = tomllib.loads((stage.EXAMPLES / "gateway" / ".selfimprove.toml").read_text("utf-8"))
    assert manifest["tests"]["command"][:3] == ["python3", "-m", "unittest"]
    assert manifest["deploy"][0]["command"] == ["python3", "ops/reload.py"]
