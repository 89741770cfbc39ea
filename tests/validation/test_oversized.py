"""Is a change that nobody could read refused soon, instead of being read for hours?"""

from pathlib import Path

import pytest

from targets.manifest import Manifest
from targets.repository import Repository
from tests.validation.changing import (
    AT,
    LIMITS,
    WHITELIST,
    ask,
    changed,
    make_repository,
    manifest_with_tests,
)
from validation import runner, scalars, strict_yaml
from validation.gates import addresses, parameters, safety, secrets, syntax
from validation.models import Outcome
from validation.strict_yaml import NotStrict
from validation.verdicts import Verdict

SETTINGS = "tools:\n" + "".join(
    f"  tool_{number}:\n    timeout_ms: 400\n" for number in range(1_500)
)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    lines = "".join(f"line {number}\n" for number in range(11_000))
    files = {
        "README.md": b"# x\n",
        "long.txt": lines.encode(),
        "config/tools.yaml": SETTINGS.encode(),
    }
    return make_repository(tmp_path, files)


def judged(
    repository: Repository, files: dict[str, bytes | str | None], manifest: Manifest | None = None
) -> Verdict:
    return runner.check(
        changed(repository, files),
        repository,
        manifest=manifest or manifest_with_tests("false"),
        parameters=WHITELIST,
        at=AT,
        limits=LIMITS,
    )


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({f"f{number}.py": "x = (\n" for number in range(300)}, id="300 files"),
        pytest.param({"long.txt": "other\n" * 10_001}, id="10 001 lines"),
        pytest.param({"one.txt": "x" * 11_000_000}, id="one line of 11 MB"),
    ],
)
def test_a_change_beyond_all_reading_is_refused_by_its_size_alone(
    repository: Repository, files: dict[str, bytes | str | None]
) -> None:
    verdict = judged(repository, {**files, ".env": "x\n"})
    assert verdict.outcome == Outcome.REFUSED
    assert {gate.gate: gate.outcome for gate in verdict.gates} == {
        "size": Outcome.REFUSED,
        "forbidden paths": Outcome.REFUSED,
        "syntax": Outcome.NOT_RUN,
        "parameters": Outcome.NOT_RUN,
        "privileges": Outcome.NOT_RUN,
        "addresses": Outcome.NOT_RUN,
        "secrets": Outcome.NOT_RUN,
        "weakened tests": Outcome.NOT_RUN,
        "authorised": Outcome.NOT_RUN,
        "safety": Outcome.NOT_RUN,
        "guards": Outcome.NOT_RUN,
        "imports": Outcome.NOT_RUN,
        "entry points": Outcome.NOT_RUN,
        "tests": Outcome.NOT_RUN,
        "witness": Outcome.NOT_RUN,
    }
    assert "far too large to be read; make it smaller first" in verdict.gates[2].summary
    assert "are allowed: split it" in str(verdict.gates[0])


def test_a_change_that_is_a_little_too_large_is_still_read_by_all(
    repository: Repository,
) -> None:
    files: dict[str, bytes | str | None] = {f"f{n}.py": "x = 1\n" for n in range(11)}
    verdict = judged(repository, files | {"broken.py": "x = (\n"})
    found = {gate.gate: gate.outcome for gate in verdict.gates}
    assert (found["size"], found["syntax"]) == (Outcome.REFUSED, Outcome.REFUSED)
    assert Outcome.NOT_RUN not in found.values()


def test_binary_files_are_refused_by_every_gate_that_reads(repository: Repository) -> None:
    verdict = judged(repository, {"a.py": b"\x00\x01", "b.yaml": b"\xff\xfe"})
    found = {gate.gate: gate for gate in verdict.gates}
    assert found["size"].outcome == Outcome.REFUSED
    for name in ("syntax", "privileges", "addresses", "secrets", "safety"):
        assert found[name].outcome == Outcome.REFUSED
        assert {mark.path for mark in found[name].findings} >= {"b.yaml"}


def test_one_line_of_five_megabytes_is_read_to_its_end(repository: Repository) -> None:
    line = "x = '" + "https:/ a.b " * 400_000 + "'\n"
    change = changed(repository, {"a.py": line})
    assert ask(addresses, change, repository).outcome == Outcome.PASSED
    assert ask(safety, change, repository).outcome == Outcome.REFUSED  # larger than is read


def test_a_thousand_moved_settings_are_each_told_with_their_line(
    repository: Repository,
) -> None:
    change = changed(repository, {"config/tools.yaml": SETTINGS.replace(": 400", ": 9900")})
    verdict = ask(parameters, change, repository)
    assert len(verdict.findings) == 1_500
    assert sorted(mark.line or 0 for mark in verdict.findings) == list(range(3, 3_003, 2))


@pytest.mark.parametrize(("levels", "width"), [(25, 2), (16, 3), (10, 5)])
def test_merge_keys_that_unfold_without_end_are_refused_at_once(levels: int, width: int) -> None:
    text = "a0: &a0 {x: 1, y: 2}\n"
    for level in range(1, levels):
        again = ", ".join([f"*a{level - 1}"] * width)
        text += f"a{level}: &a{level}\n  <<: [{again}]\n"
    with pytest.raises(NotStrict, match="merge keys unfold to more than 20000 pairs"):
        strict_yaml.load(text)


@pytest.mark.parametrize(("levels", "width"), [(17, 3), (11, 5)])
def test_aliases_that_unfold_without_end_are_refused_at_once(levels: int, width: int) -> None:
    text = "a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]\n"
    for level in range(1, levels):
        again = ", ".join([f"*a{level - 1}"] * width)
        text += f"a{level}: &a{level} [{again}]\n"
    with pytest.raises(scalars.Unreadable, match=r"more than (20000 values|50 aliases)"):
        scalars.leaves("a.yaml", text)


def test_many_settings_without_merge_keys_are_no_such_thing() -> None:
    text = "".join(f"k{number}: {{a: 1}}\n" for number in range(9_000))
    assert len(scalars.leaves("a.yaml", text)) == 9_000


@pytest.mark.parametrize("path", ["a.py", "a.sh", "a.yaml", "a.json"])
def test_a_file_too_large_to_be_read_is_refused_and_said_to_be(
    repository: Repository, path: str
) -> None:
    text = "#" * 2_100_000 if path != "a.json" else " " * 2_100_000
    verdict = ask(syntax, changed(repository, {path: text}), repository)
    assert verdict.outcome == Outcome.REFUSED
    assert "is larger than" in verdict.summary


def test_a_line_of_a_megabyte_is_searched_for_credentials(repository: Repository) -> None:
    verdict = ask(secrets, changed(repository, {"a.txt": "ab12 " * 190_000}), repository)
    assert verdict.outcome == Outcome.PASSED
