"""Is a ledger believed only where every line of it is its writer's, up to its end?"""

import json

import pytest

from ports.sandbox import Ending, Level
from targets.testing import ledger
from tests.validation.proving.runs import NONCE, lines, ran, told

TWO = {"a": "passed", "b": "failed"}


def record(number: int, **members: object) -> str:
    return f"{NONCE} {number} {json.dumps(members)}\n"


def test_a_whole_run_tells_what_each_test_did() -> None:
    found = ledger.read(ran("".join(lines(TWO)), code=1), NONCE)
    assert found.whole
    assert found.passed == {"a"}
    assert (found.cases["b"].outcome, found.cases["b"].words) == ("failed", "words of b")
    assert found.cases["a"].seconds == 0.5
    assert found.level == Level.L3
    assert found.output == "app.py is wrong, says ~/it\n"


@pytest.mark.parametrize(
    ("code", "ended", "words"),
    [
        (0, Ending.DONE, "ended with exit code 0, though its tests ended with exit code 1"),
        (137, Ending.DONE, "was ended by signal 9, though its tests ended with exit code 1"),
        (None, Ending.TIMED_OUT, "ran out of time after 2 tests"),
        (None, Ending.TOO_MUCH_MEMORY, "took too much memory after 2 tests"),
        (None, Ending.TOO_MANY_PROCESSES, "started too many processes after 2 tests"),
        (None, Ending.TOO_MANY_FILES, "wrote too many files after 2 tests"),
    ],
)
def test_an_end_that_does_not_fit_is_none(code: int | None, ended: Ending, words: str) -> None:
    found = ledger.read(ran("".join(lines(TWO)), code=code, ended=ended), NONCE)
    assert (found.whole, found.broken_off, found.forged) == (False, words, "")


@pytest.mark.parametrize(
    ("outcomes", "code", "whole"),
    [
        (TWO, 0, False),
        ({"a": "passed"}, 1, False),
        ({"a": "passed"}, 0, True),
        ({"a": "error"}, 2, True),
        ({"a": "skipped", "b": "xfailed"}, 0, True),
        ({}, 0, True),
        ({}, 5, True),
        ({"a": "passed"}, 5, False),
    ],
)
def test_the_exit_code_fits_what_the_tests_did(
    outcomes: dict[str, str], code: int, whole: bool
) -> None:
    found = ledger.read(ran("".join(lines(outcomes, code=code)), code=code), NONCE)
    assert found.whole is whole


def test_a_ledger_without_its_end_says_how_far_it_came() -> None:
    found = ledger.read(ran("".join(lines(TWO)[:-1]), code=0), NONCE)
    assert found.broken_off == "ended with exit code 0 after 2 tests, before its end"
    one = ledger.read(ran("".join(lines({"a": "passed"})[:-1]), code=139), NONCE)
    assert one.broken_off == "was ended by signal 11 after 1 test, before its end"


WHOLE = "".join(lines({"a": "passed"}))


@pytest.mark.parametrize(
    "text",
    [
        WHOLE + record(3, kind="case", id="b", outcome="passed", words="", seconds=0),
        WHOLE + "more",
        WHOLE + WHOLE,
        WHOLE.replace(NONCE, "0" * 32),
        WHOLE.replace(f"{NONCE} 1", f"{NONCE} 2"),
        "{}\n" + WHOLE,
        "\n" + WHOLE,
        record(0, kind="start") + f"{NONCE} 1 no json\n",
        record(0, kind="start") + f"{NONCE} 1 {'[' * 100_000}\n",
        record(0, kind="start") + record(1, kind="case", id="a", outcome="perfect", words=""),
        record(0, kind="start") + record(1, kind="case", id=7, outcome="passed", words=""),
        record(0, kind="start") + record(1, kind="end", code="0"),
        record(0, kind="start") + record(1, kind="unheard of"),
        record(0, kind="start") + f"{NONCE} 1 []\n",
    ],
    ids=[
        "after the end", "a piece after the end", "twice", "another nonce", "a number too far",
        "before the start", "an empty line first", "no json", "deep json", "unknown outcome",
        "a name that is none", "a code that is none", "unknown kind", "no object",
    ],
)  # fmt: skip
def test_what_the_run_did_not_write_makes_it_forged(text: str) -> None:
    found = ledger.read(ran(text), NONCE)
    assert found.forged
    assert not found.whole
    assert found.broken_off == ""


def test_the_worst_that_a_test_did_counts() -> None:
    both = [
        record(0, kind="start"),
        record(1, kind="case", id="a", outcome="error", words="first", seconds=0),
        record(2, kind="case", id="a", outcome="passed", words="", seconds=0),
        record(3, kind="end", code=1),
    ]
    found = ledger.read(ran("".join(both), code=1), NONCE)
    assert (found.cases["a"].outcome, found.cases["a"].words) == ("error", "first")


def test_a_framework_that_is_not_there_is_told() -> None:
    text = record(0, kind="start") + record(1, kind="missing", what="pytest")
    found = ledger.read(ran(text + record(2, kind="end", code=97), code=97), NONCE)
    assert (found.missing, found.whole, found.broken_off) == ("pytest", False, "")


def test_outcomes_are_looked_up_by_their_names() -> None:
    found = told(a="passed", b="failed", c="error", d="skipped", e="xfailed")
    assert found.named("failed", "error") == {"b", "c"}
    assert found.named("skipped") == {"d"}


def test_code_of_the_same_name_that_lies_elsewhere_is_told() -> None:
    text = record(0, kind="elsewhere", what="shop", where="/usr/lib/shop.py")
    found = ledger.read(ran(text + record(1, kind="end", code=0), code=0), NONCE)
    assert (found.whole, found.elsewhere) == (True, "shop from /usr/lib/shop.py")
    half = ledger.read(ran(record(0, kind="elsewhere", what="shop"), code=0), NONCE)
    assert half.forged
