"""Is each test told for what it shows, by unittest and by pytest alike?"""

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from targets.manifest import Manifest
from targets.repository import Repository
from tests.validation.changing import LIMITS, ask, changed, make_repository, manifest_with_tests
from validation.gates import tests
from validation.models import Outcome
from validation.verdicts import CouldNotRun, GateVerdict

APP = "ANSWER = 42\nHALF = 21\n"
SUITE = """
import unittest
import app

class Answer(unittest.TestCase):
    def test_it(self):
        self.assertEqual(app.ANSWER, 42)

    def test_half(self):
        self.assertEqual(app.HALF, 21)
"""
PYTESTS = """
import app

def test_it():
    assert app.ANSWER == 42

def test_half(half):
    assert app.HALF == half
"""
CONFTEST = "import pytest\n\n@pytest.fixture\ndef half():\n    return 21\n"
UNITTEST = ("python3", "-m", "unittest", "discover", "-s", "tests", "-t", ".")
PYTEST = ("python3", "-m", "pytest")
WITH_PYTEST = replace(LIMITS, pythons=(("target", sys.executable),))


def repository(tmp_path: Path, files: dict[str, str]) -> Repository:
    return make_repository(tmp_path, {path: text.encode() for path, text in files.items()})


def by_unittest(tmp_path: Path, suite: str, before: str, after: str) -> GateVerdict:
    files = {"app.py": before, "tests/__init__.py": "", "tests/test_app.py": suite}
    place = repository(tmp_path, files)
    manifest = manifest_with_tests(*UNITTEST)
    return ask(tests, changed(place, {"app.py": after}), place, manifest=manifest)


def by_pytest(
    tmp_path: Path,
    after: dict[str, str | None],
    *command: str,
    files: dict[str, str] | None = None,
    plugins: tuple[str, ...] = (),
) -> GateVerdict:
    all_files = {"app.py": APP, "tests/conftest.py": CONFTEST, "tests/test_app.py": PYTESTS}
    place = repository(tmp_path, {**all_files, **(files or {})})
    named = {"command": command or PYTEST, "timeout_seconds": 20.0, "plugins": plugins}
    manifest = Manifest.model_validate({"tests": named})
    return ask(tests, changed(place, after), place, manifest=manifest, limits=WITH_PYTEST)


def test_what_failed_already_is_told_and_left_to_a_person(tmp_path: Path) -> None:
    before = "ANSWER = 42\nHALF = 20\n"
    verdict = by_unittest(tmp_path, SUITE, before, before + "# more\n")
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    assert (
        "On the base, 1 test failed already: tests.test_app.Answer.test_half." in verdict.summary
    )
    assert [mark.message for mark in verdict.findings] == [
        "tests.test_app.Answer.test_half: was already failing on the base"
    ]
    assert verdict.findings[0].path == "tests/test_app.py"


def test_breaking_one_more_of_failing_tests_is_told_apart(tmp_path: Path) -> None:
    verdict = by_unittest(tmp_path, SUITE, "ANSWER = 42\nHALF = 20\n", "ANSWER = 41\nHALF = 20\n")
    assert verdict.outcome == Outcome.REFUSED
    assert verdict.summary == (
        "This change broke 1 test: tests.test_app.Answer.test_it."
        " On the base, 1 test failed already: tests.test_app.Answer.test_half."
    )


# Two of these run at once never do the same: each draws its luck anew.
LUCK = SUITE.replace("app.HALF, 21", "app.luck(), 21")
ALWAYS = "ANSWER = 42\ndef luck(): return 21\n"
NEVER = "ANSWER = 42\ndef luck(): return 20\n"


@pytest.fixture
def urn() -> Iterator[Path]:
    """Give a place whose name has nothing of tests in it."""
    with tempfile.TemporaryDirectory(prefix="urn-", dir="/tmp") as folder:
        yield Path(folder, "chances")


def drawn(place: Path, chances: str) -> str:
    """Return an app whose luck is drawn from a file that each run takes one sign of."""
    place.write_text(chances)
    return (
        "import fcntl, pathlib\nANSWER = 42\ndef luck():\n"
        f"    with open({str(place)!r}, 'r+') as file:\n"
        "        fcntl.flock(file, fcntl.LOCK_EX)\n        text = file.read()\n"
        "        file.seek(0)\n        file.truncate()\n        file.write(text[1:])\n"
        "    return 21 if text[:1] == '+' else 20\n"
    )


def test_a_test_that_is_flaky_on_the_base_neither_refuses_nor_counts(
    tmp_path: Path, urn: Path
) -> None:
    before = drawn(urn, "++-+")  # the base, its control, and again
    verdict = by_unittest(tmp_path, LUCK, before, NEVER)
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    assert "Not counted, since they are flaky: tests.test_app.Answer.test_half." in verdict.summary
    assert "flaky, on the base too; it counts for nothing" in verdict.findings[0].message
    assert verdict.summary.startswith("1 test passes;")


def test_a_test_that_becomes_flaky_with_the_change_is_left_to_a_person(
    tmp_path: Path, urn: Path
) -> None:
    verdict = by_unittest(
        tmp_path, LUCK, ALWAYS, drawn(urn, "-++-+")
    )  # the change, its control, and again
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    assert "while the base passed each time" in verdict.findings[0].message


def test_tests_of_which_none_can_be_turned_round_show_less(tmp_path: Path) -> None:
    bare = "import unittest\nimport app\n\nclass A(unittest.TestCase):\n    def test_it(self):\n"
    verdict = by_unittest(tmp_path, f"{bare}        app.ANSWER\n", APP, "ANSWER = 6 * 7\n")
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    assert verdict.summary == "1 test passes, but of none could it be shown that it can fail."


def test_code_that_knows_of_its_tests_shows_nothing(tmp_path: Path) -> None:
    after = "import sys\nANSWER = 42 if 'unittest' in sys.modules else 0\nHALF = 21\n"
    verdict = by_unittest(tmp_path, SUITE, APP, after)
    assert verdict.outcome == Outcome.REFUSED
    assert (
        verdict.summary == "The tests pass, but the change knows of them, so that shows nothing."
    )
    assert [(mark.path, mark.line) for mark in verdict.findings] == [("app.py", 2)] * 2


def test_tests_that_stand_where_nobody_expects_them_are_the_bases_too(tmp_path: Path) -> None:
    files = {"app.py": APP, "checks/__init__.py": "", "checks/check_app.py": SUITE}
    place = repository(tmp_path, files)
    command = (*UNITTEST[:4], "-s", "checks", "-t", ".", "-p", "check_*.py")
    manifest = manifest_with_tests(*command)
    weaker = SUITE.replace("app.ANSWER, 42", "42, 42")
    change = changed(place, {"app.py": "ANSWER = 1\nHALF = 21\n", "checks/check_app.py": weaker})
    verdict = ask(tests, change, place, manifest=manifest)
    assert verdict.outcome == Outcome.REFUSED
    assert verdict.summary.startswith("This change broke 1 test: checks.check_app.Answer.test_it.")
    honest = changed(place, {"app.py": "ANSWER = 6 * 7\nHALF = 21\n"})
    passed = ask(tests, honest, place, manifest=manifest)
    assert passed.summary == "2 tests pass; shown to be able to fail: 2."


def test_pytest_hears_of_each_test(tmp_path: Path) -> None:
    verdict = by_pytest(tmp_path, {"app.py": "ANSWER = 41\nHALF = 21\n"})
    assert verdict.outcome == Outcome.REFUSED
    assert verdict.summary == "This change broke 1 test: tests/test_app.py::test_it."
    assert verdict.findings[0].path == "tests/test_app.py"
    assert "assert 41 == 42" in verdict.findings[0].message


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"pytest.ini": "[pytest]\naddopts = -q -n auto --cov=app\n"},
        {"pyproject.toml": '[tool.pytest.ini_options]\naddopts = "-m \'not slow\'"\n'},
        {"setup.cfg": "[tool:pytest]\nmarkers =\n    slow: waits\n"},
        {"tests/helpers.py": "VALUE = 21\n", "tests/test_more.py": (
            "import helpers\n\ndef test_value():\n    assert helpers.VALUE == 21\n")},
        {"tests/__init__.py": "", "tests/test_more.py": (
            "from tests import test_app as t\n\ndef test_value():\n    assert t.app.HALF\n")},
    ],
    ids=["plain", "pytest.ini", "pyproject", "setup.cfg", "helpers", "package"],
)  # fmt: skip
def test_pytest_works_as_the_target_is_used_to(tmp_path: Path, files: dict[str, str]) -> None:
    verdict = by_pytest(tmp_path, {"app.py": "ANSWER = 6 * 7\nHALF = 21\n"}, files=files)
    assert verdict.outcome == Outcome.PASSED, (verdict.summary, verdict.findings)


@pytest.mark.parametrize("named", ["manifest", "settings", "command"])
def test_only_plugins_that_the_base_names_are_loaded(tmp_path: Path, named: str) -> None:
    plug = "import pytest\n\n@pytest.fixture\ndef extra():\n    return 1\n"
    test = "def test_it(extra):\n    assert extra == 1\n"
    files = {"tests/plug.py": plug, "tests/__init__.py": "", "tests/test_extra.py": test}
    if named == "settings":
        files["pytest.ini"] = "[pytest]\naddopts = -p tests.plug\n"
    command = (*PYTEST, "-p", "tests.plug") if named == "command" else PYTEST
    plugins = ("tests.plug",) if named == "manifest" else ()
    after: dict[str, str | None] = {"app.py": "ANSWER = 6 * 7\nHALF = 21\n"}
    verdict = by_pytest(tmp_path / "with", after, *command, files=files, plugins=plugins)
    assert verdict.outcome == Outcome.PASSED, (verdict.summary, verdict.findings)
    files.pop("pytest.ini", None)
    without = by_pytest(tmp_path / "without", after, files=files)
    assert "tests/test_extra.py::test_it" in without.summary
    assert "failed already" in without.summary


def test_a_parametrised_test_is_each_of_its_cases(tmp_path: Path) -> None:
    suite = (
        "import pytest, app\n\n@pytest.mark.parametrize('one', [21, 42])\n"
        "def test_it(one):\n    assert one in (app.HALF, app.ANSWER)\n"
    )
    files = {"tests/test_app.py": suite}
    verdict = by_pytest(tmp_path, {"app.py": "ANSWER = 43\nHALF = 21\n"}, files=files)
    assert verdict.summary == "This change broke 1 test: tests/test_app.py::test_it[42]."


def test_cases_that_the_code_makes_are_missed_when_they_vanish(tmp_path: Path) -> None:
    suite = (
        "import pytest, app\n\n@pytest.mark.parametrize('one', app.CASES)\n"
        "def test_it(one):\n    assert one == 42\n"
    )
    files = {"tests/test_app.py": suite, "app.py": "CASES = [42, 6 * 7]\n"}
    verdict = by_pytest(tmp_path, {"app.py": "CASES = [42]\n"}, files=files)
    assert verdict.outcome == Outcome.REFUSED
    assert "vanished" in verdict.summary


def test_expected_failures_stay_what_they_are(tmp_path: Path) -> None:
    suite = PYTESTS + (
        "\nimport pytest\n\n@pytest.mark.xfail\ndef test_later():\n    assert app.ANSWER == 0\n"
    )
    files = {"tests/test_app.py": suite}
    verdict = by_pytest(tmp_path, {"app.py": "ANSWER = 6 * 7\nHALF = 21\n"}, files=files)
    assert verdict.outcome == Outcome.PASSED
    assert verdict.summary == "2 tests pass; shown to be able to fail: 2."


def test_without_pytest_it_could_not_run_and_says_what_to_do(tmp_path: Path) -> None:
    bare = tmp_path / "bare" / "bin" / "python3"
    bare.parent.mkdir(parents=True)
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    bare.chmod(0o755)
    place = repository(tmp_path, {"app.py": APP, "test_app.py": PYTESTS})
    limits = replace(LIMITS, pythons=(("target", str(bare)),))
    change = changed(place, {"app.py": "ANSWER = 6 * 7\n"})
    manifest = manifest_with_tests(*PYTEST)
    with pytest.raises(CouldNotRun, match=r"pytest is not in the Python .*validation\.pythons"):
        ask(tests, change, place, manifest=manifest, limits=limits)


def test_tests_that_ran_an_installed_copy_instead_show_nothing(tmp_path: Path) -> None:
    suite = "import iniconfig\n\ndef test_it():\n    assert iniconfig\n"  # pytest needs it too
    files = {"iniconfig/__init__.py": APP, "tests/test_app.py": suite}
    with pytest.raises(CouldNotRun, match=r"other code than the change's.*: iniconfig from /"):
        by_pytest(tmp_path, {"iniconfig/__init__.py": "ANSWER = 0\n"}, files=files)


def test_a_python_that_is_not_there_could_not_run(tmp_path: Path) -> None:
    place = repository(tmp_path, {"app.py": APP, "test_app.py": PYTESTS})
    limits = replace(LIMITS, pythons=(("target", str(tmp_path / "nowhere")),))
    change = changed(place, {"app.py": "ANSWER = 6 * 7\n"})
    with pytest.raises(CouldNotRun, match="which is not there: make that environment"):
        ask(tests, change, place, manifest=manifest_with_tests(*PYTEST), limits=limits)


def test_the_target_cannot_name_a_python_of_this_machine(tmp_path: Path) -> None:
    place = repository(tmp_path, {"app.py": APP, "test_app.py": SUITE})
    manifest = manifest_with_tests(sys.executable, "-m", "unittest")
    verdict = ask(tests, changed(place, {"app.py": APP + "X = 1\n"}), place, manifest=manifest)
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    assert "rests on the command's exit code" in verdict.findings[-1].message
