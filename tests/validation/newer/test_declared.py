"""Is newer Python let in where a project is for it, and kept out where it is not?"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.validation.changing import ask, changed, make_repository
from validation.gates import safety, syntax
from validation.models import Outcome
from validation.newer import declared

TYPE = "type Name = str\n"
SAYS = {
    '[project]\nrequires-python = ">=3.12"\n': 12,
    '[project]\nrequires-python = ">=3.9, <4, !=3.10.*"\n': 9,
    '[project]\nrequires-python = "~= 3.13"\n': 13,
    '[project]\nrequires-python = "==3.11.*"\n': 11,
    '[tool.poetry.dependencies]\npython = "^3.12"\n': 12,
    '[project]\nrequires-python = ">=3"\n': None,
    '[project]\nrequires-python = "<3.14"\n': None,
    "[project]\nrequires-python = 3\n": None,
    "project = 3\n": None,
    "[project\n": None,
    "": None,
}


@pytest.mark.parametrize("content", sorted(SAYS))
def test_what_a_project_says_is_read(content: str) -> None:
    assert declared.oldest("src/a.py", {"pyproject.toml": content}.get) == SAYS[content]


def test_the_nearest_project_counts_and_older_settings_do_too() -> None:
    cfg = "[options]\npython_requires = >=3.10\n"
    texts = {
        "pyproject.toml": "[tool.x]\n",
        "setup.cfg": cfg,
        "new/pyproject.toml": next(iter(SAYS)),
    }
    assert declared.oldest("src/a.py", texts.get) == 10
    assert declared.oldest("new/src/a.py", texts.get) == 12
    assert declared.oldest("a.py", {"setup.cfg": "[options\n%"}.get) is None


def outcome(tmp_path: Path, base: Mapping[str, str], change: Mapping[str, str]) -> Outcome:
    """Ask the gate of the syntax about a change."""
    repository = make_repository(tmp_path, {path: text.encode() for path, text in base.items()})
    return ask(syntax, changed(repository, dict(change)), repository).outcome


def says(minor: int) -> dict[str, str]:
    """Write what a project runs on."""
    return {"pyproject.toml": f'[project]\nrequires-python = ">=3.{minor}"\n'}


def test_a_project_for_newer_python_is_judged_without_a_word(tmp_path: Path) -> None:
    assert outcome(tmp_path, says(12), {"a.py": TYPE}) == Outcome.PASSED


def test_a_project_for_older_python_cannot_be_given_newer(tmp_path: Path) -> None:
    base = {**says(10), "a.py": "x = 1\n"}
    assert outcome(tmp_path, base, {"a.py": TYPE}) == Outcome.REFUSED


def test_newer_than_the_project_is_refused_however_new_that_is(tmp_path: Path) -> None:
    assert outcome(tmp_path, says(12), {"a.py": 'x = t"{y}"\n'}) == Outcome.REFUSED


def test_who_raises_what_the_project_runs_on_is_asked(tmp_path: Path) -> None:
    change = {**says(12), "a.py": TYPE}
    assert outcome(tmp_path, says(10), change) == Outcome.ACKNOWLEDGE


def test_a_project_that_says_nothing_is_asked_once(tmp_path: Path) -> None:
    base = {"a.py": "x = 1\n", "b.py": TYPE}
    assert outcome(tmp_path / "1", base, {"a.py": TYPE}) == Outcome.ACKNOWLEDGE
    assert outcome(tmp_path / "2", base, {"b.py": TYPE + "x = 2\n"}) == Outcome.PASSED


def test_a_danger_in_such_a_file_is_refused_with_its_line(tmp_path: Path) -> None:
    repository = make_repository(tmp_path, {"README.md": b"# x\n"})
    text = TYPE + 'import os\ndef f(x):\n    return f"{os.system(x["a"])}"\n'
    verdict = ask(safety, changed(repository, {"a.py": text}), repository)
    assert verdict.outcome == Outcome.REFUSED
    assert [(mark.line, mark.refuses) for mark in verdict.findings if mark.refuses] == [(4, True)]
