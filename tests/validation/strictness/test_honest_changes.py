"""Is an honest change of tests left alone, and the cheat that looks like it still named?"""

import pytest

from validation.strictness import comparing, folding, suite
from validation.strictness.folding import Weakness

BASE = """\
import unittest
import pytest
from app import answer, near, refuse

UNUSED = 1


def check(value, wanted):
    assert answer(value) == wanted


def made():
    return [1, 2, 3]


class Spare:
    part = 1


class Shop:
    price = 3


def test_steps():
    one = answer(1)
    two = answer(2)
    assert one == 1
    assert two == 2


def test_typed(tmp_path: str) -> None:
    found: list[int] = answer.all()
    assert [value for value in found] == [1, 2]


def test_two():
    assert answer(5) == 5
    assert answer(6) == 6


def test_opened():
    with refuse.soon() as found:
        found.wait()
    assert answer(7) == 7


def test_shop():
    assert answer(Shop.price) == 3


@pytest.mark.asyncio
async def test_waits():
    assert await answer.later() == 9


class Answers(unittest.TestCase):
    def test_method(self):
        self.assertEqual(answer(3), 3)

    def test_other(self):
        self.skipTest("later")
        self.assertEqual(answer(4), 4)
"""
# Each: what is there, what an honest change makes of it, and a cheat of the same shape.
TWINS = {
    "a type is left out": (
        "found: list[int] = answer.all()",
        "found = answer.all()",
        "found = [1, 2]",
    ),
    "what a comprehension goes through has another name": (
        "[value for value in found]",
        "[each for each in found]",
        "[value for value in found if value < 3]",
    ),
    "a local name is another one": (
        "one = answer(1)\n    two = answer(2)\n    assert one == 1\n",
        "first = answer(1)\n    two = answer(2)\n    assert first == 1\n",
        "first = answer(0)\n    two = answer(2)\n    assert first == 1\n",
    ),
    "assertions move into a function of the file": (
        "    assert answer(5) == 5\n    assert answer(6) == 6\n",
        "    check(5, 5)\n    check(6, wanted=6)\n",
        "    check(5, 5)\n    check(6, wanted=answer(6))\n",
    ),
    "a function that asserts is written otherwise": (
        "    assert answer(value) == wanted\n",
        "    got = answer(value)\n    assert answer(value) == wanted\n    assert got\n",
        "    got = answer(value)\n    assert got\n",
    ),
    "another class of unittest": (
        "class Answers(unittest.TestCase)",
        "class Answers(unittest.IsolatedAsyncioTestCase)",
        "class Answers(Quiet)",
    ),
    "a class that pytest finds by itself": (
        "class Answers(unittest.TestCase):\n    def test_method(self):\n"
        "        self.assertEqual(answer(3), 3)\n",
        "class TestAnswers:\n    def test_method(self):\n        assert answer(3) == 3\n"
        "class Answers(unittest.TestCase):\n",
        "class TestAnswers:\n    def test_method(self):\n        assert answer(3)\n"
        "class Answers(unittest.TestCase):\n",
    ),
    "a test has another name": (
        "def test_two():",
        "def test_both():",
        "def check_both():",
    ),
    "a context that lets through what fails": (
        "    assert answer(7) == 7",
        "    with pytest.warns(UserWarning):\n        assert answer(7) == 7",
        "    with refuse.quietly():\n        assert answer(7) == 7",
    ),
    "a context that the test was in before": (
        "        found.wait()\n    assert answer(7) == 7",
        "        found.wait()\n        assert answer(7) == 7",
        "        found.wait()\n    with pytest.raises(Exception):\n        assert answer(7) == 7",
    ),
    "a loop over what is written there": (
        "    assert answer(5) == 5\n    assert answer(6) == 6\n",
        "    for _ in (1, 2):\n        assert answer(5) == 5\n    assert answer(6) == 6\n",
        "    for _ in answer.none():\n        assert answer(5) == 5\n    assert answer(6) == 6\n",
    ),
    "what a fixture of pytest's own gives": (
        "def test_two():",
        "def test_two(caplog):",
        "def test_two(answer):",
    ),
    "it is asked of cases": (
        "def test_shop():",
        "@pytest.mark.parametrize('number', [1, 2])\ndef test_shop(number):",
        "@pytest.mark.parametrize('answer', [lambda of: 3])\ndef test_shop(answer):",
    ),
    "it waits, as others there do": (
        "def test_two():",
        "@pytest.mark.asyncio\nasync def test_two():",
        "async def test_two():",
    ),
    "a test is left out no longer": (
        '        self.skipTest("later")\n',
        "",
        '        self.skipTest("even later")\n',
    ),
    "what nothing says any more is gone": (
        "UNUSED = 1\n",
        "",
        "UNUSED = 1\nanswer.limit = 5\n",
    ),
    "a class that nothing says any more is gone": (
        "class Spare:\n    part = 1\n\n\nclass Shop:\n    price = 3\n",
        "class Shop:\n    price = 3\n",
        "class Shop:\n    price = 4\n",
    ),
    "the sides of an equality change places": (
        "    assert answer(5) == 5\n",
        "    assert 5 == answer(5)\n",
        "    assert 5 == answer(6)\n",
    ),
    "something is printed": (
        "    two = answer(2)\n",
        "    print(one)\n    two = answer(2)\n",
        "    print(answer(2))\n    two = 2\n",
    ),
    "a test may end early only where it could before": (
        "    two = answer(2)\n",
        "    two = answer(2)\n    for _ in [1]:\n        break\n",
        "    two = answer(2)\n    if two:\n        return\n",
    ),
}


def found(after: str, before: str = BASE) -> list[Weakness]:
    old = suite.read(before)
    new = suite.read(after, old)
    return list(folding.folded(comparing.weaknesses(old, new, comparing.gained([(old, new)]))))


@pytest.mark.parametrize("what", TWINS)
def test_the_honest_one_is_left_alone(what: str) -> None:
    old, honest, _ = TWINS[what]
    assert BASE.count(old) >= 1
    assert found(BASE.replace(old, honest, 1)) == []


@pytest.mark.parametrize("what", TWINS)
def test_the_cheat_beside_it_is_named(what: str) -> None:
    old, _, cheat = TWINS[what]
    assert found(BASE.replace(old, cheat, 1)) != []


def test_types_that_say_the_same_are_the_same_and_others_are_not() -> None:
    text = "import typing as t\ndef test_it():\n    class A:\n        a: {0}\n    assert A\n"
    assert found(text.format("int | None"), text.format("t.Optional[int]")) == []
    assert found(text.format("int | str"), text.format("Union[int, str]")) == []
    assert found(text.format("list[int]"), text.format("typing.List[int]")) == []
    assert found(text.format("int | str"), text.format("int")) != []


def test_the_same_of_many_tests_is_one_finding_that_leaves_nobody_out() -> None:
    before = "".join(f"def test_{number}():\n    assert answer({number})\n" for number in range(9))
    after = before.replace("def ", "@pytest.mark.slow\ndef ")
    [one] = found(after, before)
    assert one.message.startswith("is decorated anew, by which it can be left out or altered")
    assert "(9: test_0; test_1; test_2; and 6 more, " in one.message
    assert (one.places, one.line) == (9, 2)
    [other] = found(after.replace("@pytest.mark.slow\ndef test_8", "def test_8", 1), before)
    assert other.places == 8
    assert other.message != one.message


def test_a_yes_to_many_is_no_yes_to_others_of_the_same_number() -> None:
    before = "".join(f"def test_{number}():\n    assert answer({number})\n" for number in range(9))
    one, other = (before.replace(f"def test_{number}", f"def check_{number}") for number in (7, 8))
    for number in range(5):
        one, other = (
            text.replace(f"def test_{number}", f"def check_{number}") for text in (one, other)
        )
    assert found(one, before)[0].message != found(other, before)[0].message


def test_a_file_that_is_gone_is_one_finding() -> None:
    [one] = [each for each in found("", BASE) if "tests are gone" in each.message]
    assert one.places == 8


def test_a_test_stands_elsewhere_whichever_of_its_name_it_is() -> None:
    test = (
        "class {0}(TestCase):\n    def test_it(self):\n        self.assertEqual(answer({0}), 1)\n"
    )
    before = "".join(test.format(name) for name in ("One", "Two"))
    old = [suite.read(before), suite.read(None)]
    moved = [suite.read(None), suite.read(before)]
    elsewhere = comparing.gained(zip(old, moved, strict=True))
    assert list(comparing.weaknesses(old[0], moved[0], elsewhere)) == []


def test_a_decorated_function_lends_no_assertions() -> None:
    before = "def check(v):\n    assert answer(v) == 1\ndef test_it():\n    check(1)\n"
    after = before.replace("def check", "@quietly\ndef check", 1)
    assert found(after, before) != []


def test_ten_thousand_tests_are_compared() -> None:
    before = "".join(f"def test_{number}():\n    assert f({number})\n" for number in range(10_000))
    assert found(before, before) == []
    [one] = found("", before)
    assert one.places == 10_000
