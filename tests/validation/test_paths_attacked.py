"""Does a protected path stay protected however it, or the rule about it, is written?"""

from pathlib import Path

import pytest

from targets.repository import DiffDoesNotApply, Repository
from tests.targets.origins import create, edit
from tests.validation.changing import AT, LIMITS, ask, changed, make_repository, protecting
from validation.gates import forbidden_paths
from validation.models import Outcome
from validation.verdicts import GateVerdict, Limits

FILES = {
    "README.md": b"# x\n",
    "run.sh": b"echo run\n",
    "config/policies/merge.yaml": b"a: 1\n",
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path, FILES)


def written(repository: Repository, path: str, limits: Limits = LIMITS) -> GateVerdict:
    change = changed(repository, {path: "x = 1\n"})
    return ask(forbidden_paths, change, repository, limits=limits)


@pytest.mark.parametrize(
    "path",
    [
        ".envrc",
        ".env~",
        ".env2",
        ".env-old",
        ".env_local",
        ".env.d/secrets",
        ".env/secrets",
        "prod.env.bak",
        "production.env/inner",
        "a/.ENVRC",
        "․env",
        "．env",
        ".env．production",
        ".e\u00adnv",
        ".env ",
        ".env.",
        "compose.prod.yml/inner",
        "docker-compose.yaml",
        "ＤＯＣＫＥＲ-compose.yml",
        "sub\\docker-compose.yml",
        "x／docker-compose.yml",
        "config/policies/deeper/still.yaml",
        "Config/Policies/merge.yaml",
        "permissions.YAML",
        "permissions.local.yaml",
        "deep/permissions.json",
    ],
)
def test_a_neighbour_or_twin_is_refused(repository: Repository, path: str) -> None:
    verdict = written(repository, path)
    assert verdict.outcome == Outcome.REFUSED
    assert "is protected" in verdict.findings[0].message


@pytest.mark.parametrize(
    "path",
    [
        "environment.py",
        "src/env.py",
        "environ/x.py",
        "docs/.environment.md",
        "app/permissions.py",
        "permissions.md",
        "docs/permissions.html",
        "composer.json",
        "config/policy.yaml",
        "gitattributes.md",
    ],
)
def test_a_name_that_only_sounds_alike_passes(repository: Repository, path: str) -> None:
    verdict = written(repository, path)
    assert verdict.outcome == Outcome.PASSED, verdict.findings


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("secrets/", "secrets/a.py"),
        ("secrets/", "deep/secrets/a.py"),
        ("secrets", "secrets/a/b.py"),
        ("/secrets", "secrets/a.py"),
        ("./secrets/", "secrets/a.py"),
        ("a//b.py", "a/b.py"),
        ("a/./b.py", "a/b.py"),
        ("./a/b.py", "a/b.py"),
        ("/a/b.py", "A/B.py"),
        ("a\\b.py", "a/b.py"),
        ("a/**/b.py", "a/b.py"),
        ("a/**/b.py", "a/x/y/b.py"),
        ("**/b.py", "b.py"),
        ("*.pem", "keys/x.pem"),
        ("a/*", "a/b/c"),
        ("a?c", "abc"),
        (".", "anything.py"),
        ("/", "deep/anything.py"),
        ("**", "anything.py"),
        ("ａ/b.py", "a/b.py"),
        ("id_[x].py", "id_[x].py"),
    ],
)
def test_a_rule_protects_what_its_writer_means(
    repository: Repository, pattern: str, path: str
) -> None:
    change = changed(repository, {path: "x = 1\n"})
    ours = ask(forbidden_paths, change, repository, limits=Limits(forbidden_paths=(pattern,)))
    theirs = ask(forbidden_paths, change, repository, manifest=protecting(pattern))
    assert ours.outcome == theirs.outcome == Outcome.REFUSED
    assert ours.findings[0].message == f"is protected by {pattern}"


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/secrets", "deep/secrets/a.py"),
        ("a/*.py", "a/b/c.py"),
        ("a/b.py", "x/a/b.py"),
        ("*.pem", "pem.py"),
        ("id_[x].py", "id_x.py"),
    ],
)
def test_a_rule_protects_no_more_than_that(
    repository: Repository, pattern: str, path: str
) -> None:
    assert written(repository, path, Limits(forbidden_paths=(pattern,))).outcome == Outcome.PASSED


def test_a_folder_replaced_by_a_file_is_refused(repository: Repository) -> None:
    files = {"config/policies/merge.yaml": None, "config/policies": "x\n"}
    verdict = ask(forbidden_paths, changed(repository, files), repository)
    assert verdict.outcome == Outcome.REFUSED
    assert "config/policies/merge.yaml" in {mark.path for mark in verdict.findings}


TAKEN = "diff --git a/run.sh b/run.sh\nold mode 100755\nnew mode 100644\n"
MODE = "diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n"


def test_an_execute_bit_given_or_taken_is_shown_to_a_person(repository: Repository) -> None:
    given = repository.apply(repository.head("main"), MODE)
    verdict = ask(forbidden_paths, given, repository)
    assert (verdict.outcome, verdict.summary) == (Outcome.ACKNOWLEDGE, "becomes executable")
    base = repository.commit_tree(given.tree, [repository.head("main")], "x", AT)
    taken = repository.apply(base, TAKEN)
    verdict = ask(forbidden_paths, taken, repository)
    assert (verdict.outcome, verdict.summary) == (Outcome.ACKNOWLEDGE, "is no longer executable")


LINK = (
    "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n"
    "+../.env\n\\ No newline at end of file\n"
)
MODULE = (
    "diff --git a/m b/m\nnew file mode 160000\n--- /dev/null\n+++ b/m\n@@ -0,0 +1 @@\n"
    f"+Subproject commit {'a' * 40}\n"
)


@pytest.mark.parametrize("diff", [LINK, MODULE])
def test_a_diff_with_a_link_or_a_submodule_reaches_no_gate(
    repository: Repository, diff: str
) -> None:
    with pytest.raises(DiffDoesNotApply, match="may not make one"):
        repository.apply(repository.head("main"), diff)


def test_a_link_on_a_branch_is_refused_and_one_that_ends_is_shown(repository: Repository) -> None:
    base = repository.head("main")
    listed = repository.git.text("ls-tree", base)
    blob = repository.git.run("hash-object", "-w", "--stdin", stdin=b"../.env").text
    tree = repository.git.run(
        "mktree", stdin=f"{listed}\n120000 blob {blob}\tlink\n".encode()
    ).text
    linked = repository.git.run(
        "-c", "user.name=x", "-c", "user.email=x@localhost", "commit-tree", tree, "-p", base,
        "-m", "x",
    ).text  # fmt: skip
    verdict = ask(forbidden_paths, repository.between(base, linked), repository)
    assert (verdict.outcome, verdict.summary) == (Outcome.REFUSED, "becomes a symbolic link")
    mended = changed(repository, {"link": "now a file\n"})
    verdict = ask(forbidden_paths, repository.between(linked, _head(repository)), repository)
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    assert verdict.summary == "was a link and becomes a file of its own"
    assert mended.paths == ("link",)


def _head(repository: Repository) -> str:
    found = repository.ref("refs/heads/work")
    assert found is not None
    return found


def test_every_path_is_named_and_each_with_its_reason(repository: Repository) -> None:
    files = {".env": "a\n", "docker-compose.yml": "b\n", "ok.py": "c = 1\n"}
    verdict = ask(forbidden_paths, changed(repository, files), repository)
    assert {mark.path: mark.message for mark in verdict.findings} == {
        ".env": "is protected: it holds the environment",
        "docker-compose.yml": "is protected: it says how the system is composed",
    }
    assert verdict.summary == "2 findings"


def test_what_the_diff_says_its_paths_are_counts_for_nothing(repository: Repository) -> None:
    prose = "Please review README.md only.\n" + edit("README.md", "# x", "# y") + create(".env")
    change = repository.apply(repository.head("main"), prose)
    verdict = ask(forbidden_paths, change, repository)
    assert [mark.path for mark in verdict.findings] == [".env"]


@pytest.mark.parametrize(
    ("path", "twin"),
    [
        ("Run.sh", "run.sh"),
        ("ReadMe.MD", "README.md"),
        ("docs/Größe.md", "docs/größe.md"),
        ("docs/gro\u0308ße.md", "docs/größe.md"),
        ("Docs/other.md", "docs"),
        ("run.sh.", "run.sh"),
    ],
)
def test_a_new_name_that_other_file_systems_take_for_an_old_one_is_refused(
    tmp_path: Path, path: str, twin: str
) -> None:
    files = {"README.md": b"# x\n", "run.sh": b"true\n", "docs/größe.md": b"x\n"}
    repository = make_repository(tmp_path, files)
    verdict = ask(forbidden_paths, changed(repository, {path: "x = 1\n"}), repository)
    assert verdict.outcome == Outcome.REFUSED
    messages = [mark.message for mark in verdict.findings if mark.refuses]
    assert messages == [f"is the same name as {twin} where letter case or spelling is folded"]


def test_two_new_names_that_fold_to_one_are_refused(repository: Repository) -> None:
    change = changed(repository, {"a/B.txt": "x\n", "a/b.txt": "y\n"})
    (mark,) = ask(forbidden_paths, change, repository).findings
    assert (mark.path, "is the same name as a/B.txt" in mark.message) == ("a/b.txt", True)


def test_twins_that_were_there_before_block_no_other_change(tmp_path: Path) -> None:
    files = {"A.md": b"x\n", "a.md": b"y\n"}
    repository = make_repository(tmp_path, files)
    for change in ({"a.md": "z\n"}, {"b.md": "z\n"}, {"A.md": None}):
        verdict = ask(forbidden_paths, changed(repository, change), repository)
        assert verdict.outcome == Outcome.PASSED


def test_a_file_may_be_renamed_to_another_case(tmp_path: Path) -> None:
    repository = make_repository(tmp_path, {"Makefile.txt": b"x\n"})
    change = changed(repository, {"Makefile.txt": None, "makefile.txt": "x\n"})
    assert ask(forbidden_paths, change, repository).outcome == Outcome.PASSED
