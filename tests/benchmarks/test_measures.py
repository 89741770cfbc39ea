"""Does each benchmark see what it is for, and name it by rule, path and symbol?"""

from pathlib import Path

import pytest

from benchmarks.measured import Better, Outcome
from benchmarks.measures import BENCHMARKS
from benchmarks.names import NAMES
from tests.benchmarks.scenes import CALM, PYTEST, fingerprints, measured

BRANCHES = "".join(f"    if x == {n}:\n        return {n}\n" for n in range(11))
WINDING = (
    f"class Maze:\n  def walk(self, x):\n{BRANCHES.replace('    ', '      ')}      return 0\n"
)


def with_test(more: str) -> dict[str, str]:
    return {**CALM, "test_shop.py": CALM["test_shop.py"] + more}


def test_the_names_that_the_configuration_knows_are_those_of_the_benchmarks() -> None:
    assert tuple(one.name for one in BENCHMARKS) == NAMES
    assert len(set(NAMES)) == 9


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"test_pass_rate", "code_coverage"}))
def test_a_calm_tree_has_no_findings(name: str, tmp_path: Path) -> None:
    found = measured(name, tmp_path, CALM)
    assert (found.outcome, found.value, found.findings) == (Outcome.MEASURED, 0.0, ())


def test_tests_are_heard_of_one_by_one(tmp_path: Path) -> None:
    more = "\n    def test_wrong(self) -> None:\n        self.assertEqual(total([1]), 2)\n"
    found = measured("test_pass_rate", tmp_path, with_test(more))
    assert found.value == 0.5
    assert dict(found.items) == {
        "test_shop.Shop.test_total": 1.0,
        "test_shop.Shop.test_wrong": 0.0,
    }
    assert fingerprints(found) == [("failed", "test_shop.Shop.test_wrong", "")]
    assert found.words == "1 of 2 tests pass"


def test_a_failing_test_is_told_by_what_went_wrong(tmp_path: Path) -> None:
    tests = (
        "def test_sum():\n    one = 1\n    assert one + 1 == 3, 'off'\n\n\n"
        "def test_file():\n    try:\n        1 / 0\n    except ZeroDivisionError:\n"
        "        raise OSError(27, 'File too large')\n"
    )
    files = {".selfimprove.toml": PYTEST, "test_all.py": tests}
    found = measured("test_pass_rate", tmp_path / "pytest", files)
    assert [one.message for one in found.findings] == [
        "OSError: [Errno 27] File too large",
        "AssertionError: off",
    ]
    more = "\n    def test_wrong(self) -> None:\n        self.assertEqual(total([1]), 2)\n"
    found = measured("test_pass_rate", tmp_path / "unittest", with_test(more))
    assert [one.message for one in found.findings] == ["AssertionError: 1 != 2"]


def test_skipped_tests_count_neither_way(tmp_path: Path) -> None:
    more = "\n    @unittest.skip('later')\n    def test_later(self) -> None:\n        pass\n"
    found = measured("test_pass_rate", tmp_path, with_test(more))
    assert (found.value, found.words) == (1.0, "1 of 1 test pass; 1 skipped")


def test_coverage_names_the_functions_that_no_test_reaches(tmp_path: Path) -> None:
    found = measured("code_coverage", tmp_path, CALM)
    assert found.value is not None
    assert 0.5 < found.value < 1
    assert fingerprints(found) == [("unreached", "shop/prices.py", "never")]
    assert (found.tool, bool(found.version)) == ("coverage", True)


def test_a_package_below_src_is_reached_by_pytest(tmp_path: Path) -> None:
    files = {
        ".selfimprove.toml": PYTEST,
        "src/shopping/__init__.py": "def one():\n    return 1\n",
        "tests/test_one.py": "import shopping\n\n\ndef test_one():\n    assert shopping.one()\n",
    }
    found = measured("test_pass_rate", tmp_path / "a", files)
    assert (found.value, found.tool) == (1.0, "pytest")
    assert measured("code_coverage", tmp_path / "b", files).value == 1.0


def test_errors_of_types_are_named_with_their_function(tmp_path: Path) -> None:
    wrong = "def f() -> int:\n    return 'one'\n"
    found = measured("type_check", tmp_path, {"shop/a.py": wrong})
    assert fingerprints(found) == [("return-value", "shop/a.py", "f")]
    assert (found.value, found.tool) == (1.0, "mypy")


def test_two_alike_in_one_function_are_two(tmp_path: Path) -> None:
    found = measured("security_scan", tmp_path, {"a.py": "def f(x):\n    eval(x)\n    eval(x)\n"})
    assert found.value == 2
    assert set(found.fingerprints.values()) == {2}


def test_mistakes_are_found_and_layout_is_not(tmp_path: Path) -> None:
    code = "import os\nclass A:\n  def m( self ):\n    return  undefined\n"
    found = measured("lint_score", tmp_path, {"a.py": code})
    assert fingerprints(found) == [("F401", "a.py", ""), ("F821", "a.py", "A.m")]


def test_winding_functions_are_named(tmp_path: Path) -> None:
    found = measured("code_complexity", tmp_path, {"a.py": WINDING})
    assert fingerprints(found) == [("winding", "a.py", "Maze.walk")]
    assert found.findings[0].message == "12 ways lead through it, more than 10"


def test_public_names_without_words_are_named_and_private_ones_are_not(tmp_path: Path) -> None:
    box = "class Box:\n    def open(self): pass\n"
    code = f"def shown():\n    def inner(): pass\ndef _hidden(): pass\n{box}"
    files = {"a.py": code, "tests/test_a.py": "def test(): pass\n"}
    found = measured("doc_coverage", tmp_path, files)
    names = [symbol for _, _, symbol in fingerprints(found)]
    assert names == ["", "Box", "Box.open", "shown"]


@pytest.mark.parametrize(
    ("files", "rule", "path"),
    [
        ({"p/__init__.py": "", "p/q/a.py": "", "test_a.py": ""}, "no-init", "p/q"),
        ({"p/__init__.py": "", "p/a-b.py": "", "test_a.py": ""}, "bad-name", "p/a-b.py"),
        ({"random.py": "", "test_a.py": ""}, "shadows", "random.py"),
        ({"a.py": "#\n" * 1001, "test_a.py": ""}, "long-file", "a.py"),
        ({"a.py": "", "a.py.orig": "", "test_a.py": ""}, "left-behind", "a.py.orig"),
        ({"a.py": ""}, "no-tests", ""),
    ],
    ids=["no-init", "bad-name", "shadows", "long-file", "left-behind", "no-tests"],
)
def test_what_lies_where_it_should_not_is_named(
    files: dict[str, str], rule: str, path: str, tmp_path: Path
) -> None:
    assert fingerprints(measured("file_organization", tmp_path, files)) == [(rule, path, "")]


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("p/migrations/0001_initial.py", False),
        ("p/migrations/0002_auto_20261128_2030.py", False),
        ("p/migrations/0003-more.py", True),
        ("p/migrations/more things.py", True),
        ("p/0001_initial.py", True),
        ("p/management/commands/verify-log.py", False),
        ("p/management/commands/verify log.py", True),
        ("p/management/commands/2-do.py", True),
        ("p/management/verify-log.py", True),
        ("p/commands/verify-log.py", True),
        ("p/migrations/old/0001_initial.py", True),
    ],
)
def test_a_name_by_convention_is_no_fault_where_the_convention_holds(
    path: str, named: bool, tmp_path: Path
) -> None:
    folders = [Path(path).parents[number] for number in range(len(Path(path).parents) - 1)]
    packages = {f"{folder}/__init__.py": "" for folder in folders}
    found = measured("file_organization", tmp_path, {**packages, path: "", "test_a.py": ""})
    assert fingerprints(found) == ([("bad-name", path, "")] if named else [])


def test_counts_improve_downwards_and_shares_upwards() -> None:
    assert {one.name: one.better for one in BENCHMARKS if one.better == Better.HIGHER}.keys() == {
        "test_pass_rate",
        "code_coverage",
    }
