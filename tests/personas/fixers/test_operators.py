"""Does each single edit replace one stretch, keep the rest of the text, and still parse?"""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personas.fixers.repair.edits import Source
from personas.fixers.repair.locating import suspicious
from personas.fixers.repair.operators import mutations


def made(line: str, *, before: str = "def f(a, b, items):\n") -> set[str]:
    """Return what a line of a function may become."""
    text = f"{before}    {line}  # é, kept\n"
    found = set()
    for one in mutations("x.py", text, 2):
        head, _, rest = one.text.partition("\n")
        assert f"{head}\n" == before
        assert rest.endswith("  # é, kept\n")
        found.add(rest.removesuffix("  # é, kept\n").strip())
    return found


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("return a < b", "return a <= b"),
        ("return a not in b", "return a in b"),
        ("return a is  not b", "return a is b"),
        ("return (a) + (b)", "return (a) - (b)"),
        ("return a - b", "return b - a"),
        ("return a and b", "return a or b"),
        ("return a and b", "return a"),
        ("return items[a]", "return items[a + 1]"),
        ("return items[a:b]", "return items[a:b - 1]"),
        ("return range(a)", "return range(a + 1)"),
        ("return min(a, b)", "return max(a, b)"),
        ("return min(a, b)", "return min(b, a)"),
        ("a += 1", "a -= 1"),
        ("a = 0", "a = 1"),
        ("a = 0", "a = (-1)"),
        ("a = True", "a = False"),
        ("return not a", "return a"),
        ("return a if b else items", "return a if not (b) else items"),
        ("return a if b else items", "return items if b else a"),
        ("return a", "return b"),
        ("items.append(a)", "items.extend(a)"),
        ("items.append(a)", "pass"),
        ("return 'é' + a", "return 'é' + b"),
    ],
)
def test_a_line_may_become_what_it_was_meant_to_be(line: str, wanted: str) -> None:
    assert wanted in made(line)


def test_loops_are_left_otherwise() -> None:
    text = "def f(a):\n    for b in a:\n        break\n"
    found = {one.text.splitlines()[2].strip() for one in mutations("x.py", text, 3)}
    assert found == {"continue", "pass"}


@pytest.mark.parametrize("text", ["def f(:\n", "x = 1\n\0", "", "(" * 5000])
def test_what_cannot_be_read_is_left_alone(text: str) -> None:
    assert list(mutations("x.py", text, 1)) == []


@given(
    st.lists(
        st.sampled_from(
            [
                *("x = a < b", "y = 'ä' + str(a)", "items[a:b] = []", "if a: b = 1"),
                *("while not a: break", "return max(a, b) - 1", "a //= 2", "#\x0c é", ""),
            ]
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["\n", "\r\n"]),
)
def test_whatever_the_text_only_one_stretch_of_it_changes(lines: list[str], end: str) -> None:
    text = end.join(["def f(a, b, items):", *(f"    {line}" for line in lines), "    pass"]) + end
    for number in range(2, len(lines) + 2):
        for one in mutations("x.py", text, number):
            ast.parse(one.text)
            start = next(
                (
                    n
                    for n, pair in enumerate(zip(text, one.text, strict=False))
                    if len({*pair}) > 1
                ),
                min(len(text), len(one.text)),
            )
            assert text[:start].count("\n") == number - 1
            assert one.text.count("\n") == text.count("\n")


def test_places_count_signs_where_python_counts_bytes() -> None:
    text = "x = 'äöü' + name\x0c\n"
    node = next(one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.BinOp))
    assert Source(text).of(node.right) == "name"


def test_lines_that_only_failing_tests_reach_come_first() -> None:
    ranked = suspicious(
        {"red"},
        {"red": [("a.py", 1), ("a.py", 2), ("a.py", 3)], "green": [("a.py", 1), ("a.py", 3)]},
    )
    assert [place for _, place in ranked] == [("a.py", 2), ("a.py", 1), ("a.py", 3)]
    assert ranked[0][0] == 1.0
