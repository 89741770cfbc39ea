"""Can a protected file be reached by any of its other names?"""

from pathlib import Path

import pytest

from targets.repository import ChangedFile, DiffDoesNotApply, Repository
from tests.targets.origins import create
from tests.validation.changing import ask, changed, make_repository, protecting
from validation.gates import forbidden_paths
from validation.models import Outcome
from validation.verdicts import GateVerdict


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path)


def written(repository: Repository, path: str) -> GateVerdict:
    return ask(forbidden_paths, changed(repository, {path: "x: 1\n"}), repository)


@pytest.mark.parametrize(
    "path",
    [
        "docker-compose.yml",
        "deploy/docker-compose.yml",
        "Docker-Compose.YML",
        "docker-compose.yaml",
        "docker-compose.override.yml",
        "compose.yaml",
        "compose.prod.yml",
        "ｄocker-compose.yml",
        "docker\u200b-compose.yml",
        "docker-compose.yml/nested",
        ".env",
        ".env.production",
        "service/.env.local",
        "production.env",
        ".ENV",
        "SYSTEM_CONTRACT.md",
        "system_contract.MD",
        "SYSTEM_CONTRACT.txt",
        "gateway/auth.py",
        "gateway/auth.pyi",
        "gateway/auth/__init__.py",
        "gateway/auth.cpython-311-x86_64-linux-gnu.so",
        ".selfimprove.toml",
        ".SelfImprove.toml",
        ".gitattributes",
        "docs/.gitattributes",
        ".gitmodules",
        "agents/permissions.yaml",
        "agents/permissions.yml",
        "config/policies/merge.cedar",
    ],
)
def test_a_protected_path_is_refused_under_every_name(repository: Repository, path: str) -> None:
    if path == "docker-compose.yml/nested":
        files: dict[str, str | None] = {"docker-compose.yml": None, path: "x\n"}
        verdict = ask(forbidden_paths, changed(repository, files), repository)
    else:
        verdict = written(repository, path)
    assert verdict.outcome == Outcome.REFUSED
    assert "is protected" in verdict.findings[0].message


@pytest.mark.parametrize(
    "path",
    [
        "config/tools.yaml",
        "gateway/author.py",
        "gateway/authentication/token.py",
        "docs/environment.md",
        "docs/compose-a-letter.md",
        "tests/test_auth.py",
        "other/auth.py",
        ".gitignore",
    ],
)
def test_an_ordinary_path_passes(repository: Repository, path: str) -> None:
    assert written(repository, path).outcome == Outcome.PASSED


def test_moving_a_protected_file_away_is_refused(repository: Repository) -> None:
    content = repository.read("main", "docker-compose.yml")
    moved = changed(repository, {"docker-compose.yml": None, "old.yml": content})
    assert ask(forbidden_paths, moved, repository).outcome == Outcome.REFUSED


RENAME = """\
diff --git a/docker-compose.yml b/notes.yml
similarity index 100%
rename from docker-compose.yml
rename to notes.yml
"""
QUOTED = """\
diff --git "a/docker-\\143ompose.yml" "b/docker-\\143ompose.yml"
--- "a/docker-\\143ompose.yml"
+++ "b/docker-\\143ompose.yml"
@@ -1 +1 @@
-services: {}
+services: {x: {image: y}}
"""
DISGUISED = """\
diff --git README.md README.md
--- docker-compose.yml
+++ docker-compose.yml
@@ -1 +1 @@
-services: {}
+services: {x: {image: y}}
"""
STRIPPED = """\
--- README.md/docker-compose.yml
+++ README.md/docker-compose.yml
@@ -1 +1 @@
-services: {}
+services: {x: {image: y}}
"""


@pytest.mark.parametrize("diff", [RENAME, QUOTED, DISGUISED, STRIPPED])
def test_a_diff_that_hides_which_file_it_writes_does_not_get_through(
    repository: Repository, diff: str
) -> None:
    try:
        change = repository.apply(repository.head("main"), diff)
    except DiffDoesNotApply:
        return
    verdict = ask(forbidden_paths, change, repository)
    assert verdict.outcome == Outcome.REFUSED
    assert verdict.findings[0].path == "docker-compose.yml"


def test_at_least_the_rename_and_the_quoted_name_reach_the_gate(repository: Repository) -> None:
    for diff in (RENAME, QUOTED):
        change = repository.apply(repository.head("main"), diff)
        assert ask(forbidden_paths, change, repository).outcome == Outcome.REFUSED


def test_the_target_can_protect_more_and_never_less(repository: Repository) -> None:
    change = changed(repository, {"gateway/app.py": "x = 1\n", "docs/a/b.md": "b\n"})
    more = ask(forbidden_paths, change, repository, manifest=protecting("gateway/*.py", "docs/**"))
    assert [mark.path for mark in more.findings] == ["docs/a/b.md", "gateway/app.py"]
    ours = changed(repository, {"docker-compose.yml": "x: 1\n"})
    less = ask(forbidden_paths, ours, repository, manifest=protecting())
    assert less.outcome == Outcome.REFUSED


def test_a_file_that_becomes_executable_needs_acknowledgement(repository: Repository) -> None:
    change = repository.apply(repository.head("main"), create("run.sh", mode="100755"))
    verdict = ask(forbidden_paths, change, repository)
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    assert verdict.summary == "becomes executable"


@pytest.mark.parametrize("mode", ["120000", "160000"])
def test_a_link_or_submodule_is_refused(repository: Repository, mode: str) -> None:
    change = changed(repository, {"a.txt": "x\n"})
    link = ChangedFile("a.txt", "A", "000000", mode, 1, 0)
    forged = type(change)(change.base, change.tree, change.diff, change.digest, (link,))
    assert ask(forbidden_paths, forged, repository).outcome == Outcome.REFUSED


def test_a_name_in_foreign_letters_is_shown_to_a_person(repository: Repository) -> None:
    verdict = written(repository, "docs/résumé.md")
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    verdict = written(repository, "docs/a\u202eb.md")
    assert verdict.outcome == Outcome.REFUSED
    assert verdict.findings[0].path == "docs/a\\u202eb.md"
