"""Are tests that only the target's own Python reads turned round by that one?"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ports.sandbox import RESULTS, Ending
from targets.testing.pythons import Python
from tests.validation.changing import LIMITS, ask, changed, make_repository, manifest_with_tests
from validation.gates import imports, tests
from validation.models import Outcome
from validation.proving import negation, turning

PLAIN = "def test_it():\n    assert answer() == 42\n"
NEWER = """
import unittest
import app

type Number = int

class Answer(unittest.TestCase):
    def test_it(self):
        self.assertEqual(app.answer(), 42)
        self.assertEqual(f"{app.answer()} {"it is"}", "42 it is")
"""
APP = "type Number = int\ndef answer() -> Number:\n    return 42\n"
UNITTEST = ("python3", "-m", "unittest", "discover", "-s", "tests", "-t", ".")


def newer() -> str:
    """Return a Python that reads more than 3.11 does, nothing where there is none."""
    for minor in (14, 13, 12):
        found = shutil.which(f"python3.{minor}")
        if not found:
            continue
        asked = (found, "-c", "import sys; print(sys.executable)")
        ran = subprocess.run(asked, capture_output=True, text=True, check=False)
        if ran.returncode == 0:
            return ran.stdout.strip()
    return ""


needs_newer = pytest.mark.skipif(not newer(), reason="there is no Python newer than 3.11 here")


def turned(folder: Path, paths: list[str]) -> dict[str, str]:
    """Turn files round by a program of its own, as another Python would."""
    job = negation.elsewhere(paths, "_k_", folder, Python(sys.executable))
    for name, content in job.given.items():
        (folder / name).write_bytes(content)
    reading, writing = os.pipe()
    command = (sys.executable, "-I", folder / negation.PROGRAM, folder / negation.PLAN)
    with os.fdopen(reading, "rb") as results:
        environment = {**os.environ, RESULTS: str(writing)}
        subprocess.run(command, cwd=folder, env=environment, pass_fds=(writing,), check=True)
        os.close(writing)
        return dict(negation.told(results.read(), Ending.DONE, paths))


def test_another_python_does_just_what_ours_does(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(PLAIN)
    assert turned(tmp_path, ["test_a.py"]) == {"test_a.py": negation.negated(PLAIN, "_k_")}


def test_what_it_cannot_read_or_find_has_no_answer(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("def broken(:\n")
    (tmp_path / "test_b.py").write_bytes(b"\xff\xfe")
    (tmp_path / "test_c.py").write_text(PLAIN)
    found = turned(tmp_path, ["test_a.py", "test_b.py", "test_c.py", "test_d.py"])
    assert list(found) == ["test_c.py"]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"no json",
        b"[]",
        b'{"path": "test_a.py"}',
        json.dumps({"path": "../../elsewhere.py", "text": "x"}).encode(),
        json.dumps({"path": "app.py", "text": "x"}).encode(),
    ],
)
def test_an_answer_that_nobody_asked_for_counts_for_nothing(line: bytes) -> None:
    assert list(negation.told(line + b"\n", Ending.DONE, ["test_a.py"])) == []


def test_a_run_that_was_cut_short_gave_no_answer() -> None:
    line = json.dumps({"path": "test_a.py", "text": PLAIN}).encode()
    assert list(negation.told(line, Ending.TIMED_OUT, ["test_a.py"])) == []
    assert list(negation.told(line, Ending.DONE, ["test_a.py"])) == [("test_a.py", PLAIN)]


def test_it_imports_nothing_of_ours() -> None:
    text = Path(turning.__file__).read_text()
    ours = [
        line for line in text.splitlines() if line.startswith(("from validation", "from ports"))
    ]
    assert ours == []


@needs_newer
def test_tests_in_newer_syntax_have_a_control_run(tmp_path: Path) -> None:
    files = {"app.py": APP, "tests/__init__.py": "", "tests/test_app.py": NEWER}
    place = make_repository(tmp_path, {name: text.encode() for name, text in files.items()})
    limits = replace(LIMITS, pythons=(("target", newer()),))
    change = changed(place, {"app.py": APP.replace("42", "6 * 7")})
    manifest = manifest_with_tests(*UNITTEST)
    verdict = ask(tests, change, place, manifest=manifest, limits=limits)
    assert verdict.summary == "1 test passes; shown to be able to fail: 1."
    assert verdict.outcome == Outcome.PASSED


@needs_newer
def test_a_cheat_in_newer_syntax_is_caught_by_it(tmp_path: Path) -> None:
    files = {"app.py": APP, "tests/__init__.py": "", "tests/test_app.py": NEWER}
    place = make_repository(tmp_path, {name: text.encode() for name, text in files.items()})
    limits = replace(LIMITS, pythons=(("target", newer()),))
    equal = (
        "class Any(int):\n    def __eq__(self, other): return True\n"
        "    def __format__(self, how): return '42'\n    __hash__ = int.__hash__\n"
    )
    broken = f"{APP.replace('return 42', 'return Any(7)')}{equal}"
    manifest = manifest_with_tests(*UNITTEST)
    verdict = ask(
        tests, changed(place, {"app.py": broken}), place, manifest=manifest, limits=limits
    )
    assert verdict.outcome == Outcome.REFUSED


@needs_newer
def test_modules_are_imported_by_the_python_that_is_named(tmp_path: Path) -> None:
    place = make_repository(tmp_path, {"shop/__init__.py": b"", "shop/a.py": b"A = 1\n"})
    change = changed(place, {"shop/a.py": "type Number = int\nA = 2\n"})
    ours = ask(imports, change, place)
    assert ours.outcome == Outcome.REFUSED
    assert "; asked of Python 3." in ours.summary
    limits = replace(LIMITS, pythons=(("target", newer()),))
    theirs = ask(imports, change, place, limits=limits)
    assert theirs.outcome == Outcome.PASSED
    assert theirs.summary.startswith("1 module imports; asked of Python 3.1")
