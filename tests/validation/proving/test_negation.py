"""Does a test of a control run fail where its assertions can tell values apart, and only there?"""

import contextlib
import re
import unittest
from pathlib import Path
from typing import Any

import pytest

from validation.proving import composing
from validation.proving.negation import negated


class Anything:
    """Equal, exceed and hold whatever there is."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return True

    def __lt__(self, other: object) -> bool:
        return True

    __gt__ = __le__ = __ge__ = __lt__

    def __contains__(self, other: object) -> bool:
        return True


def ends(test: str, **names: Any) -> str:
    """Run a test function's control; tell whether it fails, as it should, or passes."""
    body = "\n".join(f"    {line}" for line in test.splitlines())
    source = negated(f"def test_it(self):\n{body}\n", "_k_")
    space: dict[str, Any] = {"pytest": pytest, "re": re, "contextlib": contextlib, **names}
    exec(compile(source, "control", "exec"), space)  # noqa: S102 - what is under test
    try:
        space["test_it"](unittest.TestCase())
    except AssertionError as error:
        return str(error)
    return "passes"


GOOD = [
    "assert 6 * 7 == 42",
    "assert 6 * 7 == 42, 'a message'",
    "assert 'a' + 'b' == 'ab'",
    "assert b'a' == b'a'",
    "assert [1, 2] == [1, 2] and {'a': 1} == {'a': 1}",
    "assert (1, 2) == (1, 2)",
    "assert {1, 2} == {1, 2}",
    "assert 0.5 == 0.5",
    "assert 1e300 == 1e300",
    "assert float('inf') == float('inf')",
    "assert -0.5 == -0.5",
    "assert True == True",
    "assert None is None",
    "assert object() is not None",
    "assert 1 != 2",
    "assert 1 < 2 and 2 <= 2 and 3 > 2 and 3 >= 3",
    "assert 1 < 2 < 3",
    "assert 'a' in 'abc' and 'x' not in 'abc'",
    "assert 1 in [1, 2] and 3 not in (1, 2)",
    "assert 'a' in {'a': 1}",
    "assert not 1 == 2",
    "assert not []",
    "assert [1]",
    "assert 1 == 2 or 2 == 2",
    "assert isinstance(1, int)",
    "assert re.match('a', 'abc')",
    "assert 0.1 + 0.2 == pytest.approx(0.3)",
    "for one in (1, 2):\n    assert one in (1, 2)",
    "assert 1 == 1\nreturn",
    "with pytest.raises(ValueError):\n    int('x')",
    "with pytest.raises(ValueError, match='invalid literal'):\n    int('x')",
    "with pytest.raises(ValueError) as caught:\n    int('x')\nassert 'x' in str(caught.value)",
    "self.assertEqual(6 * 7, 42)",
    "self.assertEqual(first=1, second=1)\nself.assertEqual(1, 1)",
    "self.assertEqual({'a': 1}, {'a': 1}, 'a message')",
    "self.assertListEqual([1], [1])",
    "self.assertCountEqual([1, 2], [2, 1])",
    "self.assertAlmostEqual(0.1 + 0.2, 0.3)",
    "self.assertNotEqual(1, 2)",
    "self.assertTrue(1)\nself.assertFalse(0)",
    "self.assertIs(None, None)\nself.assertIsNot(1, None)",
    "self.assertIsNone(None)\nself.assertIsNotNone(1)",
    "self.assertIn('a', 'abc')\nself.assertIn(1, [1])\nself.assertNotIn(2, [1])",
    "self.assertIsInstance(1, int)\nself.assertNotIsInstance(1, str)",
    "self.assertGreater(2, 1)\nself.assertGreaterEqual(1, 1)",
    "self.assertLess(1, 2)\nself.assertLessEqual(1, 1)",
    "self.assertRegex('abc', 'b')\nself.assertNotRegex('abc', 'x')",
    "self.assertRaises(ValueError, int, 'x')",
    "with self.assertRaises(ValueError):\n    int('x')",
    "with self.assertRaises(ValueError) as got:\n    int('x')\nself.assertTrue(got.exception)",
    "with self.assertRaisesRegex(ValueError, 'literal'):\n    int('x')",
    "import warnings\nwith self.assertWarns(UserWarning):\n    warnings.warn('x', UserWarning)",
    "with self.subTest('a'):\n    self.assertEqual(1, 1)",
]  # fmt: skip


@pytest.mark.parametrize("test", GOOD, ids=range(len(GOOD)))
def test_an_honest_test_fails_as_a_control(test: str) -> None:
    assert ends(test) == "noticed"


@pytest.mark.parametrize(
    "test",
    [
        "assert 42 == thing",
        "assert 6 * 7 == 42 and thing == 42",
        "assert [1, 2] == thing",
        "assert not thing != 1",
        "assert thing != 42",
        "assert thing < 42",
        "assert thing <= 42",
        "assert thing > 42",
        "assert thing >= 42",
        "assert thing in [42]",
        "assert 42 in thing",
        "assert thing == 42",
        "self.assertEqual(1, 1)\nself.assertEqual(thing, 42)",
        "self.assertEqual(42, thing)",
        "self.assertNotEqual(thing, 42)",
        "self.assertGreater(thing, 42)",
        "self.assertIn(42, thing)",
        "self.assertIn(thing, [42])",
        "self.assertLessEqual(thing, 42)",
    ],
)
def test_what_equals_anything_passes_as_a_control(test: str) -> None:
    assert ends(test, thing=Anything()) == "passes"


@pytest.mark.parametrize(
    ("name", "test"),
    [
        ("assertEqual", "self.assertEqual(1, 2)"),
        ("assertTrue", "self.assertFalse(1)"),
        ("assertFalse", "self.assertTrue(0)"),
        ("assertIn", "self.assertNotIn(1, [1])"),
    ],
)
def test_an_assertion_that_was_replaced_passes_as_a_control(
    name: str, test: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unittest.TestCase, name, lambda *given: None)
    assert ends(test) == "passes"


class Quiet:
    """Accept whatever a block raises, or does not."""

    def __init__(self, *given: object, **named: object) -> None:
        pass

    def __enter__(self) -> None:
        pass

    def __exit__(self, *given: object) -> bool:
        return True


@pytest.mark.parametrize("block", ["int('x')", "raise KeyError", "pass"])
def test_a_replaced_form_of_raising_passes_as_a_control(
    block: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unittest.TestCase, "assertRaises", Quiet)
    monkeypatch.setattr(pytest, "raises", Quiet)
    assert ends(f"with self.assertRaises(ValueError):\n    {block}") == "passes"
    assert ends(f"with pytest.raises(ValueError):\n    {block}") == "passes"


@pytest.mark.parametrize(
    "test",
    ["pass", "self.fail if 0 else 1", "self.assertEqual(*[1, 1])", "print('no assertion')"],
)
def test_what_asserts_nothing_that_we_know_cannot_be_turned_round(test: str) -> None:
    assert ends(test) == "passes"


def test_an_assertion_in_a_function_beside_the_test_counts() -> None:
    assert ends("def check(one):\n    assert one == 42\ncheck(42)") == "noticed"


def test_an_assertion_of_another_file_counts() -> None:
    space: dict[str, Any] = {}
    exec(negated("def check(one):\n    assert one == 42\n", "_k_"), space)  # noqa: S102
    assert ends("check(42)", check=space["check"]) == "noticed"
    assert ends("check(Anything())", check=space["check"], Anything=Anything) == "passes"


def test_notes_of_one_test_do_not_count_for_the_next() -> None:
    assert ends("assert 1 == 1") == "noticed"
    assert ends("pass") == "passes"


def test_a_test_that_breaks_is_told_as_that() -> None:
    with pytest.raises(ZeroDivisionError):
        ends("1 / 0")


def test_what_concerns_the_compiler_stays_first() -> None:
    source = '"""Words."""\nfrom __future__ import annotations\nimport os\n'
    lines = negated(source, "_k_").splitlines()
    assert lines[0] == '"""Words."""'
    assert lines[1] == "from __future__ import annotations"
    assert "import os" in lines


def test_nothing_is_named_as_the_tests_own_names_could_be() -> None:
    source = negated("", "_drawn_")
    bound = re.findall(r"^(?:def|class) (\w+)|^(\w+) =|^import \w+ as (\w+)", source, re.MULTILINE)
    names = {name for found in bound for name in found if name}
    assert len(names) > 10
    assert all(name.startswith("_drawn_") for name in names)


@pytest.mark.parametrize("source", ["def broken(:\n", "x = '\0'\n"])
def test_what_is_no_python_is_refused(source: str) -> None:
    with pytest.raises((SyntaxError, ValueError)):
        negated(source, "_k_")


def test_only_tests_of_a_copy_are_turned_round(tmp_path: Path) -> None:
    files = {
        "app.py": "assert 1 == 1\n",
        "tests/test_app.py": "assert 1 == 1\n",
        "tests/broken.py": "def broken(:\n",
        "checks/app.py": "assert 1 == 1\n",
        "tests/latin.py": "# \xe4\n",
        "tests/data.txt": "assert 1 == 1\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="latin-1")
    (tmp_path / "tests" / "test_link.py").symlink_to(tmp_path / "app.py")
    composing.turn_round(tmp_path, "_k_", {"checks/app.py"})
    turned = [
        path
        for path, text in sorted(files.items())
        if (tmp_path / path).read_text(encoding="latin-1") != text
    ]
    assert turned == ["checks/app.py", "tests/test_app.py"]
