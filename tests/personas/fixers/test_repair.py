"""Is the edit found that makes the failing tests pass, and is nothing claimed where it is not?"""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from personas.fixers import Copy, Fixed, Only
from personas.fixers.repair import repair, suspects
from personas.fixers.trying import CouldNotTry, Suite, plainly
from ports.sandbox.chosen import sandbox
from ports.stopping import CalledOff
from targets.testing import suites
from targets.testing.jobs import Wanted
from targets.testing.pythons import Python

RIGHT = "def top(items):\n    best = items[0]\n    for item in items:\n" + (
    "        if item > best:  # the larger one\n            best = item\n    return best\n"
)
TESTS = "from top import top\n\n\n" + "\n\n".join(
    f"def test_{number}():\n    assert top({items}) == {max(items)}\n"
    for number, items in enumerate(([1], [1, 2], [5, 3, 4], [2, 9, 1]))
)


def repaired(folder: Path, text: str, tests: str = TESTS, seconds: float = 60.0) -> Fixed:
    (folder / "top.py").write_bytes(text.encode())
    (folder / "test_top.py").write_text(tests, encoding="utf-8")
    suite = Suite(sandbox(), plainly(seconds=seconds), each=5.0, test_seconds=1.0)
    return repair(Copy(folder, ("test_top.py", "top.py"), suite))


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_one_edit_is_found_and_every_other_byte_is_kept(tmp_path: Path, end: str) -> None:
    right = RIGHT.replace("\n", end)
    fixed = repaired(tmp_path, right.replace(">", "<"))
    (edit,) = fixed.edits
    assert (edit.path, edit.after) == ("top.py", right)
    assert edit.rules == ("repair:compare",)
    assert "passes the tests: top.py:4" in fixed.notes[0]
    assert (tmp_path / "top.py").read_bytes() == right.replace(">", "<").encode()


def test_tests_that_pass_ask_for_nothing(tmp_path: Path) -> None:
    assert repaired(tmp_path, RIGHT) == Fixed(notes=("no test fails",))


def test_a_fault_that_no_edit_mends_is_told_as_such(tmp_path: Path) -> None:
    fixed = repaired(tmp_path, "def top(items):\n    return 7\n")
    assert fixed.edits == ()
    assert "edits makes the tests pass" in fixed.notes[0]


def test_the_tests_themselves_are_never_edited(tmp_path: Path) -> None:
    wrong = TESTS.replace("== 9", "== 8")
    fixed = repaired(tmp_path, RIGHT, wrong)
    assert all(edit.path == "top.py" for edit in fixed.edits)


def test_too_few_tests_prove_nothing(tmp_path: Path) -> None:
    tests = "from top import top\n\n\ndef test_it():\n    assert top([1, 2]) == 2\n"
    fixed = repaired(tmp_path, RIGHT.replace(">", "<"), tests)
    assert fixed.notes == ("fewer than 3 tests: any edit might pass them",)


def test_a_loop_that_never_ends_is_a_test_that_fails(tmp_path: Path) -> None:
    text = (
        "def top(items):\n    n = 0\n    while n < len(items) - 1:\n"
        "        n -= 1\n    return max(items)\n"
    )
    fixed = repaired(tmp_path, text)
    assert [edit.after for edit in fixed.edits] == [text.replace("n -= 1", "n += 1")]


@pytest.mark.parametrize(
    ("tests", "told"),
    [
        ("import os\nos._exit(0)\n", "did not come to their end"),
        ("import time\ntime.sleep(99)\n", "timed out"),
    ],
)
def test_tests_that_do_not_end_are_no_result(tmp_path: Path, tests: str, told: str) -> None:
    fixed = repaired(tmp_path, RIGHT, tests, seconds=4.0)
    assert fixed.edits == ()
    assert told in fixed.not_run


def test_without_a_python_that_has_pytest_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(CouldNotTry, match="did not come to their end"):
        Suite(sandbox(), plainly(Path("/usr/bin/false"))).run(tmp_path)
    with pytest.raises(CouldNotTry, match="pytest is not in /usr/bin/python3"):
        Suite(sandbox(), replace(plainly(), python=Python("/usr/bin/python3"))).run(tmp_path)
    assert repair(Copy(tmp_path, ("a.py",))).not_run == "no way to run the tests is set up"


UNITTEST = "import unittest\n\nfrom top import top\n\n\nclass Top(unittest.TestCase):\n" + "".join(
    f"    def test_{number}(self):\n        self.assertEqual(top({items}), {max(items)})\n\n"
    for number, items in enumerate(([1], [1, 2], [5, 3, 4], [2, 9, 1]))
)


def suite(*command: str) -> Suite:
    found = suites.recognised(command)
    assert found
    return Suite(sandbox(), Wanted(found, Python("/usr/bin/python3"), 60.0), test_seconds=1.0)


def test_tests_of_unittest_are_traced_and_satisfied_the_same_way(tmp_path: Path) -> None:
    (tmp_path / "top.py").write_text(RIGHT.replace(">", "<"))
    (tmp_path / "test_top.py").write_text(UNITTEST)
    tests = suite("python3", "-m", "unittest")
    came = tests.run(tmp_path, trace=True)
    assert came.failing == ("test_top.Top.test_1", "test_top.Top.test_2", "test_top.Top.test_3")
    assert ("top.py", 4) in came.lines["test_top.Top.test_1"]
    fixed = repair(Copy(tmp_path, ("test_top.py", "top.py"), tests))
    assert [edit.after for edit in fixed.edits] == [RIGHT]


def test_a_fault_is_mended_beside_another_that_nobody_asks_about(tmp_path: Path) -> None:
    (tmp_path / "top.py").write_text(RIGHT.replace(">", "<"))
    tests = TESTS + "\n\ndef test_hopeless():\n    assert top([1, 2]) == 77\n"
    (tmp_path / "test_top.py").write_text(tests)
    copy = Copy(tmp_path, ("test_top.py", "top.py"), Suite(sandbox(), test_seconds=1.0))
    assert repair(copy).edits == ()
    asked = frozenset(f"test_top.py::test_{number}" for number in (1, 2, 3))
    copy = replace(copy, only=Only(frozenset(copy.paths), tests=asked))
    assert suspects(copy) == ("top.py",)
    assert [edit.after for edit in repair(copy).edits] == [RIGHT]
    elsewhere = replace(copy, only=Only(frozenset({"other.py"}), tests=asked))
    assert repair(elsewhere).edits == ()


def test_whoever_calls_it_off_is_heard_at_once(tmp_path: Path) -> None:
    (tmp_path / "test_slow.py").write_text("import time\ntime.sleep(60)\n")
    asked = time.monotonic()
    with pytest.raises(CalledOff):
        Suite(sandbox(), stopped=lambda: True).run(tmp_path)
    assert time.monotonic() - asked < 10


def test_a_project_s_own_settings_name_its_tests_and_where_it_imports_from(tmp_path: Path) -> None:
    for path, text in {"src/top.py": RIGHT, "checks/check_top.py": TESTS}.items():
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text(text)
    settings = '[tool.pytest.ini_options]\npython_files = ["check_*.py"]\naddopts = "--cov"\n'
    files = {"pyproject.toml": settings}
    plain = plainly()
    held = ("src/top.py", "checks/check_top.py")
    wanted = replace(plain, suite=suites.configured(plain.suite, files, held, ()))
    assert len(Suite(sandbox(), wanted).run(tmp_path).passing) == 4
