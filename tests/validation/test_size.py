"""Is a change that nobody can read refused?"""

from pathlib import Path

import pytest

from targets.repository import Repository
from tests.validation.changing import LIMITS, ask, changed, make_repository
from validation.gates import size
from validation.models import Outcome


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    lines = "".join(f"line {number}\n" for number in range(6000))
    return make_repository(tmp_path, {"README.md": b"# x\n", "long.txt": lines.encode()})


def test_a_small_change_passes_with_its_counts(repository: Repository) -> None:
    verdict = ask(size, changed(repository, {"README.md": "# y\n"}), repository)
    assert (verdict.outcome, verdict.summary) == (Outcome.PASSED, "1 file, 2 lines")


def test_one_file_more_than_allowed_is_refused(repository: Repository) -> None:
    files = {f"f{number}.txt": "x\n" for number in range(10)}
    assert ask(size, changed(repository, files), repository).outcome == Outcome.PASSED
    files["f10.txt"] = "x\n"
    verdict = ask(size, changed(repository, files), repository)
    assert verdict.outcome == Outcome.REFUSED
    assert verdict.summary == "the change has 11 files; 10 are allowed: split it"


def test_too_many_lines_are_refused(repository: Repository) -> None:
    assert LIMITS.max_lines == 1000
    verdict = ask(size, changed(repository, {"a.txt": "x\n" * 1001}), repository)
    assert "1001 changed lines; 1000 are allowed" in verdict.summary


def test_too_many_hunks_are_refused(repository: Repository) -> None:
    lines = [f"line {number}{'!' if number % 11 == 0 else ''}\n" for number in range(6000)]
    verdict = ask(size, changed(repository, {"long.txt": "".join(lines)}), repository)
    assert any("hunks; 500 are allowed" in mark.message for mark in verdict.findings)


def test_a_line_that_looks_like_a_hunk_is_not_counted_as_one(repository: Repository) -> None:
    verdict = ask(size, changed(repository, {"a.txt": "@@ -1 +1 @@\n" * 600}), repository)
    assert verdict.outcome == Outcome.PASSED


def test_one_huge_line_is_refused(repository: Repository) -> None:
    verdict = ask(size, changed(repository, {"a.txt": "x" * 1_100_000}), repository)
    assert "bytes; 1048576 are allowed" in verdict.summary


def test_binary_content_is_refused(repository: Repository) -> None:
    verdict = ask(size, changed(repository, {"a.bin": b"\x00\x01\x02"}), repository)
    assert (verdict.outcome, verdict.findings[0].path) == (Outcome.REFUSED, "a.bin")


def test_a_change_of_nothing_is_refused(repository: Repository) -> None:
    assert ask(size, changed(repository, {}), repository).outcome == Outcome.REFUSED
