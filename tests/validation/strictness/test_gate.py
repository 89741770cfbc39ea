"""Does the gate look at every file that tests rest on, and ask for a person's yes?"""

from pathlib import Path

import pytest

from targets.repository import Repository
from tests.validation.changing import ask, changed, make_repository
from validation.gates import weakened_tests
from validation.models import Outcome
from validation.verdicts import GateVerdict

SUITE = "from app import answer\n\n\ndef test_it():\n    assert answer() == 42\n"
FILES = {
    "app.py": b"def answer():\n    return 42\n",
    "tests/test_app.py": SUITE.encode(),
    "tests/conftest.py": b"import pytest\n\n\n@pytest.fixture\ndef one():\n    return 1\n",
    "tests/data/case.json": b'{"wanted": 42}\n',
    "tests/README.md": b"# Tests\n",
    "web/app.test.ts": b"test('x', () => expect(1).toBe(1))\n",
    "pyproject.toml": b"[tool.pytest.ini_options]\ntestpaths = ['tests']\n",
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path, FILES)


def judged(repository: Repository, **files: str | None) -> GateVerdict:
    return ask(weakened_tests, changed(repository, dict(files)), repository)


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("tests/test_app.py", SUITE.replace("== 42", "in (41, 42)"), "is looser"),
        ("tests/test_app.py", None, "the test test_it is gone"),
        ("tests/conftest.py", "import pytest\n", "tests rest on one, which is gone"),
        ("tests/data/case.json", '{"wanted": 41}\n', "may rest on this file, which is changed"),
        ("tests/data/case.json", None, "may rest on this file, which is gone"),
        ("web/app.test.ts", "test('x', () => {})\n", "may rest on this file, which is changed"),
        ("pyproject.toml", "[tool.pytest.ini_options]\n", "testpaths is gone"),
        ("conftest.py", "collect_ignore = ['tests']\n", "decides which tests count"),
        ("pytest.ini", "[pytest]\naddopts = --co\n", "addopts is --co"),
    ],
)
def test_each_asks_for_an_acknowledgement(
    repository: Repository, path: str, text: str | None, words: str
) -> None:
    verdict = judged(repository, **{path: text})
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    assert any(words in mark.message for mark in verdict.findings)
    assert {mark.path for mark in verdict.findings} == {path}
    assert not any(mark.refuses for mark in verdict.findings)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app.py", "def answer():\n    return 6 * 7\n"),
        ("tests/test_more.py", SUITE),
        ("tests/test_app.py", SUITE + "\n\ndef test_more():\n    assert answer() < 43\n"),
        ("tests/data/other.json", "{}\n"),
        ("tests/README.md", "# Our tests\n"),
        ("attest.py", "X = 1\n"),
    ],
)
def test_adding_tests_and_changing_code_is_no_finding(
    repository: Repository, path: str, text: str
) -> None:
    verdict = judged(repository, **{path: text})
    assert (verdict.outcome, verdict.findings) == (Outcome.PASSED, ())


def test_a_test_that_moves_to_another_file_is_none_that_is_gone(repository: Repository) -> None:
    moved = {"tests/test_app.py": None, "tests/unit/test_answer.py": SUITE}
    assert judged(repository, **moved).outcome == Outcome.PASSED
    weaker = moved | {"tests/unit/test_answer.py": SUITE.replace(" == 42", "")}
    assert judged(repository, **weaker).outcome == Outcome.ACKNOWLEDGE


def test_a_test_that_cannot_be_read_is_refused(repository: Repository) -> None:
    verdict = judged(repository, **{"tests/test_app.py": "def test_it(:\n"})
    assert verdict.outcome == Outcome.REFUSED
    assert "nobody can tell whether tests became weaker" in verdict.summary


def test_the_line_is_that_of_the_branch(repository: Repository) -> None:
    longer = "# one more line\n" + SUITE.replace("== 42", "== 41")
    [mark] = judged(repository, **{"tests/test_app.py": longer}).findings
    assert (mark.path, mark.line) == ("tests/test_app.py", 6)


def test_more_than_anybody_accepts_is_refused(tmp_path: Path) -> None:
    many = "".join(f"def test_{n}():\n    assert {n} == x\n\n\n" for n in range(160))
    repository = make_repository(tmp_path, {"tests/test_many.py": many.encode()})
    verdict = judged(repository, **{"tests/test_many.py": None})
    assert verdict.outcome == Outcome.REFUSED
    assert verdict.findings[0].message.startswith("tests become weaker in 160 places")
