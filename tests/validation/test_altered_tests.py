"""Can a change pass by altering what it is judged by, instead of by working?"""

from pathlib import Path

import pytest

from targets.repository import Repository
from tests.validation.changing import ask, changed, make_repository, manifest_with_tests
from validation.gates import tests
from validation.models import Outcome
from validation.verdicts import CouldNotRun, GateVerdict

SUITE = b"""
import unittest
import app

class Answer(unittest.TestCase):
    def test_it(self):
        self.assertEqual(app.ANSWER, 42)

    def test_again(self):
        self.assertTrue(app.ANSWER)
"""
FILES = {
    "app.py": b"ANSWER = 42\n",
    "tests/__init__.py": b"",
    "tests/test_app.py": SUITE,
    "check.sh": b"exec python3 -m unittest discover -s tests -t .\n",
}
UNITTEST = ("python3", "-m", "unittest", "discover", "-s", "tests", "-t", ".")
WRONG = "ANSWER = 41\n"
EMPTY = "import unittest\n\nclass T(unittest.TestCase):\n    def test_it(self): pass\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path, FILES)


def judged(
    repository: Repository, files: dict[str, str | None], *command: str, seconds: float = 20
) -> GateVerdict:
    manifest = manifest_with_tests(*(command or UNITTEST), seconds=seconds)
    return ask(tests, changed(repository, files), repository, manifest=manifest)


@pytest.mark.parametrize(
    "files",
    [
        {"app.py": WRONG, "tests/test_app.py": EMPTY},
        {"app.py": WRONG, "tests/test_app.py": None, "tests/test_other.py": EMPTY},
    ],
)
def test_weaker_tests_do_not_help_code_that_fails_those_of_the_base(
    repository: Repository, files: dict[str, str | None]
) -> None:
    verdict = judged(repository, files)
    assert verdict.outcome == Outcome.REFUSED
    assert verdict.summary.startswith("This change broke 1 test: tests.test_app.Answer.test_it.")
    broken = verdict.findings[0]
    assert (broken.path, broken.refuses) == ("tests/test_app.py", True)
    assert "AssertionError: 41 != 42" in broken.message
    assert "a person who may waive this" in broken.message
    read_it = {mark.path for mark in verdict.findings if "read it" in mark.message}
    assert read_it == set(files) - {"app.py"}


def test_a_weaker_script_does_not_help_either(repository: Repository) -> None:
    files: dict[str, str | None] = {"app.py": WRONG, "check.sh": "echo Ran 2 tests in 0.1s\n"}
    verdict = judged(repository, files, "sh", "check.sh")
    assert verdict.outcome == Outcome.REFUSED
    assert "with those files as they were, they fail with exit code 1" in verdict.summary


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "is not among the change's tests any more"),
        (
            SUITE.decode().replace("    def test_it", "    @unittest.skip('')\n    def test_it"),
            "is skipped among the change's tests",
        ),
        (
            SUITE.decode().replace("    def test_it", "    test_it = 1\n    def helps"),
            "is not among the change's tests any more",
        ),
        (
            SUITE.decode().replace("self.assertEqual(app.ANSWER, 42)", "pass"),
            "can not fail any more among the change's tests",
        ),
    ],
    ids=["removed", "skipped", "renamed", "emptied"],
)
def test_weaker_tests_are_named_where_the_code_still_works(
    repository: Repository, text: str | None, words: str
) -> None:
    verdict = judged(repository, {"tests/test_app.py": text})
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    weaker = [mark.message for mark in verdict.findings if mark.message.startswith("weaker")]
    assert weaker[-1] == f"weaker: tests.test_app.Answer.test_it {words}"


def test_a_change_whose_own_tests_fail_is_refused(repository: Repository) -> None:
    wrong = SUITE.decode().replace("42", "43")
    verdict = judged(repository, {"tests/test_other.py": wrong})
    assert verdict.outcome == Outcome.REFUSED
    assert "the change's own tests.test_other.Answer.test_it fails" in verdict.findings[0].message


def test_honest_new_tests_are_shown_with_the_old_ones_passing(repository: Repository) -> None:
    more = (
        SUITE.decode() + "\n    def test_more(self):\n        self.assertEqual(app.ANSWER, 42)\n"
    )
    verdict = judged(repository, {"app.py": "ANSWER = 6 * 7\n", "tests/test_app.py": more})
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    assert verdict.summary.endswith("it was judged by those before it.")
    assert [mark.path for mark in verdict.findings] == ["tests/test_app.py"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tests/__init__.py", "import os\nos._exit(0)\n"),
        ("app.py", "import os\nos._exit(0)\n"),
        ("app.py", "import sys, unittest\nANSWER = 41\nunittest.main = None\nsys.exit(0)\n"),
    ],
)
def test_an_end_without_an_error_before_any_test_ran_is_refused(
    repository: Repository, path: str, text: str
) -> None:
    assert judged(repository, {path: text}).outcome == Outcome.REFUSED


@pytest.mark.parametrize("path", ["unittest.py", "unittest/__init__.py", "argparse.py"])
def test_a_module_in_the_place_of_pythons_own_is_out_of_the_way_and_shown(
    repository: Repository, path: str
) -> None:
    verdict = judged(repository, {path: "raise SystemExit(0)\n"})
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    assert [mark.path for mark in verdict.findings] == [path]


def test_how_far_the_tests_came_is_told(repository: Repository) -> None:
    verdict = judged(repository, {"app.py": "import os\nos._exit(0)\n"})
    assert verdict.summary.startswith(
        "With the change, the run of the tests ended with exit code 0 after 0 tests,"
        " before its end; without it, it does not."
    )


def test_a_command_that_says_it_ran_tests_and_then_runs_none_is_refused(
    repository: Repository,
) -> None:
    script = "from app import *; print('Ran 2 tests in 0.1s')"
    verdict = judged(repository, {"app.py": "raise SystemExit(0)\n"}, "python3", "-c", script)
    assert verdict.outcome == Outcome.REFUSED
    assert verdict.summary == (
        "The command ended without an error, but no test ran with the change;"
        " before it, 2 tests did."
    )


def test_a_command_that_never_counts_its_tests_is_left_to_a_person(
    repository: Repository,
) -> None:
    verdict = judged(repository, {"app.py": "ANSWER = 6 * 7\n"}, "python3", "-c", "import app")
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    assert verdict.summary == "“python3 -c import app” ended without an error"
    assert "could bring about by itself" in verdict.findings[0].message


def test_a_command_that_finds_no_test_shows_nothing(repository: Repository) -> None:
    command = (*UNITTEST, "-p", "nothing*")
    verdict = judged(repository, {"app.py": "ANSWER = 6 * 7\n"}, *command)
    assert verdict.outcome == Outcome.NOT_RUN
    assert "runs no test, so nothing shows that it still works" in verdict.summary


@pytest.mark.parametrize(
    ("path", "judges"),
    [
        ("tests/data/case.json", True),
        ("src/pkg/test_x.py", True),
        ("pkg/x_test.go", True),
        ("web/app.test.ts", True),
        ("deep/conftest.py", True),
        ("pyproject.toml", True),
        ("setup.cfg", True),
        ("Makefile", True),
        ("sitecustomize.py", True),
        ("x.pth", True),
        ("pytest.py", True),
        ("pluggy/__init__.py", True),
        ("json/decoder.py", True),
        ("src/json.py", False),
        ("app.py", False),
        ("attest.py", False),
        ("latest/x.py", False),
        ("json.txt", False),
        ("logging/readme.md", False),
        ("config/tools.yaml", False),
    ],
)
def test_what_decides_how_tests_turn_out_is_known_by_its_name(
    repository: Repository, path: str, judges: bool
) -> None:
    verdict = judged(repository, {path: "# x\n"}, "true")
    assert (path in {mark.path for mark in verdict.findings}) is judges


def test_a_folder_in_the_place_of_a_test_could_not_be_judged(repository: Repository) -> None:
    files = {"tests/test_app.py": None, "tests/test_app.py/__init__.py": EMPTY}
    with pytest.raises(CouldNotRun, match="change tests and code one after the other"):
        judged(repository, files, "true")


def _sleeping(mark: str) -> list[str]:
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if line.read_bytes().split(b"\0")[1:2] == [mark.encode()]:
                found.append(line.parent.name)
        except OSError:
            continue
    return found


def test_what_tests_write_below_their_folder_and_home_is_gone(
    repository: Repository, tmp_path: Path
) -> None:
    told = tmp_path / "told"
    script = (
        "import os, pathlib\npathlib.Path('left').write_text('x')\n"
        "pathlib.Path(os.environ['HOME'], 'left').write_text('x')\n"
        "pathlib.Path(os.environ['TMPDIR'], 'other').mkdir()\n"
        f"pathlib.Path({str(told)!r}).write_text(os.getcwd() + ' ' + os.environ['HOME'])\n"
    )
    judged(repository, {"app.py": "x = 1\n"}, "python3", "-c", script)
    assert not any(Path(place).exists() for place in told.read_text().split(" "))


def test_tests_that_ignore_the_request_to_end_are_killed(repository: Repository) -> None:
    script = (
        "import signal, time\nfor one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):\n"
        "    signal.signal(one, signal.SIG_IGN)\ntime.sleep(86433)\n"
    )
    verdict = judged(repository, {"app.py": "x = 1\n"}, "python3", "-c", script, seconds=1)
    assert "run out of time" in verdict.summary
    assert _sleeping("86433") == []
