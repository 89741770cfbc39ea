"""Does the command judge any repository, leave it untouched, and end with a code to act on?"""

import io
import json
import sys
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from targets.repository import Repository
from tests.targets.origins import RETRY
from tests.validation.changing import A_TEST, TESTED, TOOLS, changed, make_repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    files = {
        "config/tools.yaml": b"tools:\n  search:\n    timeout_ms: 400\n    retries: 0\n",
        ".selfimprove.toml": TESTED,
        "test_it.py": A_TEST,
        "docker-compose.yml": b"services: {}\n",
    }
    return make_repository(tmp_path, files)


def run(repository: Repository, *options: str) -> tuple[object, str]:
    out = io.StringIO()
    try:
        call_command("validate", "--repo", str(repository.git_dir), *options, stdout=out)
    except SystemExit as ended:
        return ended.code, out.getvalue()
    return 0, out.getvalue()


def test_a_good_diff_passes_and_the_repository_is_only_read(
    repository: Repository, tmp_path: Path
) -> None:
    (tmp_path / "retry.diff").write_text(RETRY)
    before = sorted(str(path) for path in repository.git_dir.rglob("*"))
    code, text = run(repository, "--base", "main", "--diff", str(tmp_path / "retry.diff"))
    assert code == 0, text
    assert "✓ forbidden paths" in text
    assert sorted(str(path) for path in repository.git_dir.rglob("*")) == before


def test_a_diff_may_come_from_standard_input(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(RETRY.encode())))
    assert run(repository, "--base", repository.head("main"), "--diff", "-")[0] == 0


def test_who_wrote_it_is_an_agent_unless_a_person_is_named(repository: Repository) -> None:
    changed(repository, {"benchmarks/speed.py": "LIMIT = 3\n"})
    code, text = run(repository, "--base", "main", "--branch", "work")
    assert (code, "denied by judge" in text) == (1, True)
    code, text = run(repository, "--base", "main", "--branch", "work", "--person")
    assert (code, "Person is permitted by base" in text) == (0, True)


def test_a_branch_that_touches_what_it_may_not_is_refused(repository: Repository) -> None:
    changed(repository, {"docker-compose.yml": "services: {x: {}}\n"})
    code, text = run(repository, "--base", "main", "--branch", "work")
    assert code == 1
    assert "✗ forbidden paths" in text
    assert "docker-compose.yml is protected" in text


def test_something_to_acknowledge_ends_with_3_and_reads_as_json(repository: Repository) -> None:
    changed(repository, {"config/tools.yaml": TOOLS.decode()})
    code, text = run(repository, "--base", "main", "--branch", "work", "--json")
    answer = json.loads(text)
    assert (code, answer["exit"], answer["outcome"]) == (3, 3, "ACKNOWLEDGE")
    found = {gate["gate"]: gate["findings"] for gate in answer["gates"]}
    assert found["parameters"][0]["path"] == "config/tools.yaml"


def test_rules_and_tests_come_from_the_base_never_from_the_branch(
    repository: Repository,
) -> None:
    changed(repository, {".selfimprove.toml": "[tests]\ncommand = []\n"})
    code, text = run(repository, "--base", "main", "--branch", "work")
    assert code == 1
    assert "✓ tests" in text


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--base", "nowhere", "--branch", "main"], 2, "neither a branch nor a commit"),
        (["--base", "main", "--branch", "nowhere"], 2, "neither a branch nor a commit"),
        (["--base", "main", "--diff", "/no/such/file"], 2, "No such file"),
        (["--base", "main", "--diff", __file__], 1, "does not apply"),
    ],
)
def test_what_cannot_be_judged_says_why(
    repository: Repository, options: list[str], code: int, words: str
) -> None:
    with pytest.raises(CommandError, match=words) as refused:
        run(repository, *options)
    assert refused.value.returncode == code


def test_a_repository_that_is_none_could_not_be_judged(tmp_path: Path) -> None:
    missing = Repository(tmp_path / "nothing")
    with pytest.raises(CommandError, match="Could not run") as refused:
        run(missing, "--base", "main", "--branch", "x")
    assert refused.value.returncode == 2


def test_a_manifest_that_cannot_be_read_could_not_be_judged(tmp_path: Path) -> None:
    broken = make_repository(tmp_path, {".selfimprove.toml": b"[tests\n", "a": b"b\n"})
    changed(broken, {"a": "c\n"})
    with pytest.raises(CommandError, match=r"\.selfimprove\.toml"):
        run(broken, "--base", "main", "--branch", "work")


def test_a_whitelist_that_cannot_be_read_could_not_be_judged(
    repository: Repository, tmp_path: Path, settings: LazySettings
) -> None:
    settings.CONFIG_DIR = tmp_path
    (tmp_path / "parameters.toml").write_text("[[parameter]]\nkey = 'x'\n")
    changed(repository, {"a": "c\n"})
    with pytest.raises(CommandError, match=r"parameter\.0\.path"):
        run(repository, "--base", "main", "--branch", "work")


@pytest.mark.parametrize(
    "name", ["", "-x", "--all", "--git-dir=/", "@{-1}", "main:a", "a..b", "\x1b"]
)
@pytest.mark.parametrize("option", ["--base", "--branch"])
def test_what_is_no_name_of_a_commit_could_not_be_judged(
    repository: Repository, option: str, name: str
) -> None:
    other = ["--base=main"] if option == "--branch" else ["--branch=main"]
    with pytest.raises(CommandError, match="give a branch or a full sha") as refused:
        run(repository, f"{option}={name}", *other)
    assert refused.value.returncode == 2


@pytest.mark.parametrize("sha", ["0" * 40, "f" * 40])
def test_a_sha_of_nothing_could_not_be_judged(repository: Repository, sha: str) -> None:
    with pytest.raises(CommandError, match="neither a branch nor a commit") as refused:
        run(repository, "--base", sha, "--branch", "main")
    assert refused.value.returncode == 2


def test_a_blob_or_a_tree_is_no_base(repository: Repository) -> None:
    tree = repository.git.text("rev-parse", "main^{tree}")
    with pytest.raises(CommandError, match="neither a branch nor a commit"):
        run(repository, "--base", tree, "--branch", "main")


def test_no_repository_is_not_taken_for_the_one_around_us(repository: Repository) -> None:
    with pytest.raises(CommandError, match="no repository is named") as refused:
        call_command("validate", "--repo", "", "--base", "main", "--branch", "main")
    assert refused.value.returncode == 2


@pytest.mark.parametrize(
    ("diff", "words"),
    [
        ("", "the diff is empty"),
        ("  \n\n", "the diff is empty"),
        ("just words\n", "does not apply"),
        ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", "x: does not exist"),
        ("--- a/../x\n+++ b/../x\n@@ -0,0 +1 @@\n+b\n", "invalid path"),
        (RETRY.replace("retries: 0", "retries: 7"), "patch does not apply"),
        (RETRY + "\x00", "NUL"),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_a_diff_that_makes_no_change_is_refused_for_people_and_programs(
    repository: Repository, tmp_path: Path, diff: str, words: str, as_json: bool
) -> None:
    (tmp_path / "a.diff").write_text(diff)
    asked = ["--base", "main", "--diff", str(tmp_path / "a.diff")]
    if not as_json:
        with pytest.raises(CommandError, match=words) as refused:
            run(repository, *asked)
        assert refused.value.returncode == 1
        assert str(refused.value).startswith("Refused: the diff does not apply: ")
        return
    code, text = run(repository, *asked, "--json")
    answer = json.loads(text)
    assert (code, answer["exit"], answer["outcome"]) == (1, 1, "REFUSED")
    assert words in answer["error"]
    assert answer["gates"] == []


def test_a_diff_without_words_from_standard_input_is_empty(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(CommandError, match="the diff is empty"):
        run(repository, "--base", "main", "--diff", "-")


def test_a_diff_in_another_encoding_is_refused(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "a.diff").write_bytes(RETRY.encode() + b"\xff\n")
    with pytest.raises(CommandError, match="not UTF-8") as refused:
        run(repository, "--base", "main", "--diff", str(tmp_path / "a.diff"))
    assert refused.value.returncode == 1


def test_a_branch_of_nothing_new_is_refused(repository: Repository) -> None:
    code, text = run(repository, "--base", "main", "--branch", "main")
    assert code == 1
    assert "nothing is changed" in text


def test_what_could_not_run_is_told_to_programs_as_well(repository: Repository) -> None:
    code, text = run(repository, "--base", "nowhere", "--branch", "main", "--json")
    answer = json.loads(text)
    assert (code, answer["exit"], answer["outcome"]) == (2, 2, "COULD_NOT_RUN")
    assert "nowhere is neither a branch nor a commit" in answer["error"]


def test_tests_that_cannot_be_started_end_with_2(tmp_path: Path) -> None:
    manifest = b'[tests]\ncommand = ["no-such-command"]\n'
    broken = make_repository(tmp_path, {".selfimprove.toml": manifest, "a": b"b\n"})
    changed(broken, {"a": "c\n"})
    code, text = run(broken, "--base", "main", "--branch", "work")
    assert code == 2
    assert "! tests" in text
    assert "“no-such-command” could not be started" in text


def test_each_refusal_says_what_where_and_what_to_do(repository: Repository) -> None:
    changed(
        repository,
        {
            "a.yaml": "a: 1\na: 2\n",
            "b.py": "x = (\n",
            "config/tools.yaml": "tools:\n  search:\n    timeout_ms: 425\n    retries: 0\n",
            "docker-compose.yml": "services: {x: {}}\n",
            "c.md": "a\u200bb\n",
        },
    )
    code, text = run(repository, "--base", "main", "--branch", "work")
    assert code == 1
    for words in (
        "a.yaml:2 the key 'a' is there twice",
        "b.py:1 '(' was never closed",
        "config/tools.yaml:3 tools.search.timeout_ms: 425 is not on the grid of 100",
        "docker-compose.yml is protected: it says how the system is composed",
        "c.md:1 holds characters that cannot be seen (U+200B)",
    ):
        assert words in text
    assert text.rstrip().splitlines()[-1].startswith("Refused (")
