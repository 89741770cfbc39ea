"""Does the gate say what a change brings in, and only that?"""

from pathlib import Path

import pytest

from selfimprove.config import Validation
from targets.repository import Repository
from tests.validation.changing import LIMITS, ask, changed, make_repository
from validation.gates import safety
from validation.models import Outcome
from validation.verdicts import GateVerdict, Limits

OLD = "import os\n\n\ndef clean(path):\n    os.system('clean ' + path)\n"
FILES = {
    "app/old.py": OLD.encode(),
    "app/plain.py": b"X = 1\n",
    "Makefile": b"test:\n\tpython3 -m pytest\n",
    "tests/test_x.py": b"def test_x(): pass\n",
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path, FILES)


def judged(
    repository: Repository, files: dict[str, str | bytes | None], limits: Limits = LIMITS
) -> GateVerdict:
    return ask(safety, changed(repository, files), repository, limits=limits)


def test_a_change_that_reaches_no_further_passes(repository: Repository) -> None:
    verdict = judged(repository, {"app/plain.py": "X = 2\n", "docs/a.md": "os.system('x')\n"})
    assert verdict.outcome == Outcome.PASSED


def test_what_stood_there_before_is_no_news(repository: Repository) -> None:
    verdict = judged(repository, {"app/old.py": OLD + "\n\nY = 1\n"})
    assert verdict.outcome == Outcome.PASSED


def test_the_same_call_with_another_argument_is_news(repository: Repository) -> None:
    verdict = judged(repository, {"app/old.py": OLD.replace("clean '", "other '")})
    assert verdict.outcome == Outcome.REFUSED
    assert (verdict.findings[0].path, verdict.findings[0].line) == ("app/old.py", 5)


def test_a_second_call_of_the_same_is_news(repository: Repository) -> None:
    verdict = judged(repository, {"app/old.py": OLD + "    os.system('clean ' + path)\n"})
    assert verdict.outcome == Outcome.REFUSED
    assert len(verdict.findings) == 1


def test_a_moved_file_brings_in_nothing(repository: Repository) -> None:
    verdict = judged(repository, {"app/old.py": None, "app/new.py": OLD})
    assert verdict.outcome == Outcome.PASSED


def test_what_is_moved_is_counted_once(repository: Repository) -> None:
    files: dict[str, str | bytes | None] = {"app/old.py": None, "app/a.py": OLD, "app/b.py": OLD}
    verdict = judged(repository, files)
    assert verdict.outcome == Outcome.REFUSED
    assert {mark.path for mark in verdict.findings} == {"app/b.py"}


def test_a_capability_is_told_once_for_each_file(repository: Repository) -> None:
    text = "import socket\n\n\ndef f():\n    socket.socket()\n    socket.socket()\n"
    verdict = judged(repository, {"app/net.py": text})
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    assert [mark.line for mark in verdict.findings] == [1]


def test_tests_are_judged_milder_since_they_run_in_the_sandbox(repository: Repository) -> None:
    text = "import pickle, subprocess\n\n\ndef test_it():\n    pickle.loads(subprocess.run([]))\n"
    verdict = judged(repository, {"tests/test_x.py": text})
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    assert ["pickle.loads" in mark.message for mark in verdict.findings] == [True]


@pytest.mark.parametrize(
    "line",
    [
        *("from tests.help import f", "from .tests import help", "from app.tests.help import f"),
        *("import tests", "from . import tests", "from .test_x import f", "import conftest"),
    ],
)
def test_tests_that_others_take_from_are_judged_like_others(
    repository: Repository, line: str
) -> None:
    files: dict[str, str | bytes | None] = {"tests/help.py": "f = eval\n"}
    assert judged(repository, files).outcome == Outcome.ACKNOWLEDGE
    verdict = judged(repository, {**files, "app/plain.py": f"{line}\n"})
    assert verdict.outcome == Outcome.REFUSED
    assert {mark.path: mark.refuses for mark in verdict.findings} == {
        "app/plain.py": False,
        "tests/help.py": True,
    }


def test_what_only_sounds_like_a_test_is_taken_freely(repository: Repository) -> None:
    text = "from .testing import Client\nfrom .checks import test_one\nimport unittest.mock\n"
    assert judged(repository, {"app/plain.py": text}).outcome == Outcome.PASSED


def test_a_program_may_act_when_it_is_started_if_a_person_agrees(repository: Repository) -> None:
    text = "import subprocess\nsubprocess.run(['true'])\n"
    assert judged(repository, {"scripts/go.py": text}).outcome == Outcome.ACKNOWLEDGE
    assert judged(repository, {"app/go.py": text}).outcome == Outcome.REFUSED


@pytest.mark.parametrize("path", ["sitecustomize.py", "app/usercustomize/__init__.py", "x.pth"])
def test_nothing_may_run_whenever_python_starts(repository: Repository, path: str) -> None:
    assert judged(repository, {path: "X = 1\n"}).outcome == Outcome.REFUSED


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Makefile", "test:\n\tcurl x | sh\n"),
        ("build/Dockerfile.dev", f"FROM x@sha256:{'0' * 64}\nRUN curl x | sh\n"),
        ("run", "#!/bin/sh\ncurl x | sh\n"),
        ("run", "#!/usr/bin/env python3\nimport os\nos.system('x')\n"),
        (".github/workflows/ci.yml", "on: pull_request_target\n"),
        ("config/a.yaml", "a: !!python/object/apply:os.system [x]\n"),
        ("package.json", '{"scripts": {"test": "eval $X"}}'),
    ],
)
def test_each_kind_of_file_has_its_reader(repository: Repository, path: str, text: str) -> None:
    assert judged(repository, {path: text}).outcome == Outcome.REFUSED


@pytest.mark.parametrize("path", ["requirements.txt", "requirements/dev.in", "pyproject.toml"])
def test_a_new_dependency_needs_a_person(repository: Repository, path: str) -> None:
    text = '[project]\ndependencies = ["evil"]\n' if path.endswith("toml") else "evil\n"
    verdict = judged(repository, {path: text})
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    assert "depends on evil" in verdict.findings[0].message


def test_blocked_patterns_refuse_new_lines_only(repository: Repository) -> None:
    limits = Limits(blocked_patterns=(r"clean\s|SECRET_HOST",))
    assert judged(repository, {"app/old.py": OLD + "Y = 1\n"}, limits).outcome == Outcome.PASSED
    verdict = judged(repository, {"docs/a.md": "a\nSECRET_HOST\n"}, limits)
    assert (verdict.outcome, verdict.findings[0].line) == (Outcome.REFUSED, 2)
    assert "SECRET_HOST" in verdict.findings[0].message


def test_a_pattern_that_cannot_be_searched_is_refused_where_it_is_set() -> None:
    for bad in ("(", "(?=x)", "é"):
        with pytest.raises(ValueError, match="is no pattern"):
            Validation(blocked_patterns=(bad,))


def test_what_cannot_be_read_is_refused(repository: Repository) -> None:
    assert judged(repository, {"app/a.py": b"\xff"}).outcome == Outcome.REFUSED
    huge = "X = 1\n" * 200_000
    assert judged(repository, {"app/a.py": huge}).outcome == Outcome.REFUSED


def test_what_could_not_be_read_before_either_is_no_way_in(tmp_path: Path) -> None:
    old = "type Name[T] = list[T]\nX = (\n"
    repository = make_repository(tmp_path, {"app.py": old.encode()})
    verdict = judged(repository, {"app.py": f"{old}import os; os.system('x')\n"})
    assert verdict.outcome == Outcome.REFUSED
    assert "cannot be read" in verdict.findings[0].message
