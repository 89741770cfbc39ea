"""Does the command print a diff that git takes, say what it left, and only read the checkout?"""

import json
import os
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.architecture.house import ROOT
from tests.personas.fixers.seeded import FILES, git, repository

pytestmark = pytest.mark.django_db


def said(*words: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("fix", *words, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def apart(house: Path, seed: str, *words: str) -> str:
    """Run a command in a process of its own, with a database that nobody else has."""
    ran = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONHASHSEED": seed,
            "SELFIMPROVE_DATA_DIR": str(house),
            "DATABASE_URL": f"sqlite:///{house}/db.sqlite3",
        },
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.slow
def test_the_planted_faults_are_mended_the_same_way_twice(tmp_path: Path) -> None:
    repo = repository(tmp_path / "shop")
    (repo / "README.md").write_text("# Work in progress\n", encoding="utf-8")
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    apart(one, "1", "migrate", "--verbosity=0")
    shutil.copytree(one, two)  # so that neither finds again what the other measured
    words = ("fix", "--repo", str(repo), "--json")
    first, second = (json.loads(apart(*how, *words)) for how in ((one, "1"), (two, "27")))
    assert first == second
    assert (first["failing_before"], first["failing_after"]) == (
        ["tests/test_pricing.py::test_shipping_is_free_from_fifty_on"],
        [],
    )
    assert {hunk["fixer"] for hunk in first["hunks"]} == {
        *("init-files", "ruff", "ast-grep", "shellcheck", "repair"),
    }
    assert all(hunk["rules"] for hunk in first["hunks"])
    assert (first["dropped"], first["not_run"]) == ([], {})
    assert git(repo, "status", "--porcelain") == " M README.md\n"  # ours, and nothing else
    git(repo, "checkout", "-q", "README.md")
    patch = tmp_path / "x.diff"
    patch.write_bytes(first["diff"].encode())
    git(repo, "apply", "--check", "--index", str(patch))


def test_one_fixer_alone_without_tests_says_that_none_ran(tmp_path: Path) -> None:
    repo = repository(tmp_path / "shop")
    out, err = said("--repo", str(repo), "--fixer", "init-files", "--no-tests")
    assert "+++ b/shop/reports/__init__.py" in out or "b/shop/reports/__init__.py" in out
    assert "pricing" not in out
    assert "kept     init-files: shop/reports/__init__.py (init-files:missing)" in err
    assert "not run  tests: no way to run the tests is set up" in err


def test_the_diff_goes_to_a_new_file(tmp_path: Path) -> None:
    repo = repository(tmp_path / "shop", {**FILES, "tools/backup.sh": "#!/bin/sh\nrm $1\n"})
    place = tmp_path / "out.diff"
    words = ("--repo", str(repo), "--fixer", "shellcheck", "--no-tests", "--out", str(place))
    assert said(*words)[0] == ""
    assert '+rm "$1"' in place.read_text(encoding="utf-8")
    with pytest.raises(CommandError, match="is there already"):
        said(*words)


@pytest.mark.parametrize("base", ["nowhere", "--help", "HEAD:shop", ""])
def test_a_commit_that_is_none_is_told(tmp_path: Path, base: str) -> None:
    repo = repository(tmp_path / "shop")
    with pytest.raises(CommandError, match=r"neither a branch nor a commit|an empty name"):
        said("--repo", str(repo), f"--base={base}", "--no-tests")


def test_a_folder_that_is_no_repository_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="does not appear to be a git repository"):
        said("--repo", str(tmp_path), "--no-tests")
    with pytest.raises(CommandError, match="there is no Python at"):
        said("--repo", str(tmp_path), "--python", str(tmp_path / "python"))
