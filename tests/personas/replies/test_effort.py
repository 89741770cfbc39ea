"""Does reading an answer cost in proportion to its length, whoever built it?

Counted, not timed: every call of Python and of C, and what a reported error reads of its text.
"""

import sys
from collections.abc import Callable
from json import JSONDecodeError
from types import FrameType
from typing import Any

import pytest

from personas.replies import NoAnswer, extract, proposals_in

ERROR = JSONDecodeError.__init__.__code__

# Each gives an answer of about the length that is asked for.
SHAPES: dict[str, Callable[[int], str]] = {
    "opening braces": lambda n: "{" * n,
    "opening brackets": lambda n: "[" * n,
    "nested pairs": lambda n: '{"a":' * (n // 5),
    "prose with braces": lambda n: "words and { more\n" * (n // 17),
    "placeholders": lambda n: "say {name} or {{name}}, " * (n // 24),
    "footnotes": lambda n: "as [a] says, " * (n // 13),
    "open brackets of prose": lambda n: "as [a says, " * (n // 12),
    "small objects": lambda n: '{"a": 1}\n' * (n // 9),
    "mentions": lambda n: '`{"a": 1}` ' * (n // 11),
    "broken blocks": lambda n: "```json\n{x: \n```\n" * (n // 17),
    "broken blocks with texts": lambda n: '```json\n{"x": "y" \n```\n' * (n // 22),
    "closed broken blocks": lambda n: '```json\n{"x": y}\n```\n' * (n // 20),
    "blocks of code": lambda n: "```python\n{'a': 1}\n```\n" * (n // 23),
    "fences": lambda n: "```\n" * (n // 4),
    "fences that grow": lambda n: "\n".join("`" * k for k in range(3, int((2 * n) ** 0.5))),
    "a line of blanks": lambda n: "```" + " " * n + "x",
    "a line of backticks": lambda n: "`" * n + "x",
    "quotes": lambda n: '{"' + '" "' * (n // 3),
    "backslashes": lambda n: '{"' + "\\" * n,
    "a long text": lambda n: '{"a": "' + "b" * n,
    "a long number": lambda n: '{"a": ' + "1" * n + "}",
    "one long line": lambda n: "x" * n,
}


def effort(text: str) -> int:
    """Count what reading a text costs."""
    spent = 0

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal spent
        spent += event in ("call", "c_call")
        if event == "call" and frame.f_code is ERROR:
            spent += int(frame.f_locals["pos"])  # it counts the lines up to there

    sys.setprofile(count)
    try:
        extract(text, accept=lambda value: False)
    except NoAnswer:
        pass
    finally:
        sys.setprofile(None)
    return spent


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_twice_the_answer_is_at_most_about_twice_the_effort(shape: str) -> None:
    once, twice = (effort(SHAPES[shape](length)) for length in (20_000, 40_000))
    assert twice <= 2.2 * once + 200


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_the_largest_answer_that_is_read_ends_in_a_value_or_a_refusal(shape: str) -> None:
    text = SHAPES[shape](1_000_000)[:1_000_000]
    proposals_in(text, nonce="abc")
    try:
        told = isinstance(extract(text), dict | list)
    except NoAnswer as refusal:
        told = bool(refusal.reason)
    assert told


@pytest.mark.parametrize("length", [1_000_001, 10_000_000])
def test_a_longer_answer_is_refused_unread(length: int) -> None:
    text = '{"a": 1}' + " " * (length - 8)
    with pytest.raises(NoAnswer, match=f"{length} characters"):
        extract(text)


@pytest.mark.parametrize("depth", [100_000, 300_000])
@pytest.mark.parametrize("opening", ["[", '[{"a":', '{"a":'])
def test_endless_nesting_is_a_refusal_and_no_crash(opening: str, depth: int) -> None:
    text = (opening * depth)[:900_000]
    with pytest.raises(NoAnswer, match="nested too deeply"):
        extract(text)


def test_twenty_thousand_braces_in_half_a_megabyte_are_refused() -> None:
    text = "some words of prose here { \n" * 20_000
    assert len(text) > 500_000
    with pytest.raises(NoAnswer, match="cannot be read"):
        extract(text)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_what_is_read_leaves_a_stack_to_whoever_reads_it_again(opening: str, closing: str) -> None:
    assert extract(opening * 90 + "[]" + closing * 90)
    with pytest.raises(NoAnswer, match="nested too deeply"):
        extract(opening * 200 + "[]" + closing * 200)
