"""Would an assertion notice if the value were another one? It is put into the control run's tests.

The text of this module is copied into each test file of the control run, its names under others
that are drawn for that run. It imports nothing of ours, and knows nothing of a test runner.
"""

import operator
from collections.abc import Callable
from types import TracebackType
from typing import Any

PLAIN: dict[str, Callable[[Any, Any], Any]] = {
    "Eq": operator.eq,
    "NotEq": operator.ne,
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
    "Is": operator.is_,
    "IsNot": operator.is_not,
    "In": lambda one, many: one in many,
    "NotIn": lambda one, many: one not in many,
}
OPPOSITE = {
    "NotEq": "Eq",
    "Lt": "GtE",
    "LtE": "Gt",
    "Gt": "LtE",
    "GtE": "Lt",
    "Is": "IsNot",
    "IsNot": "Is",
    "NotIn": "In",
}
# What unittest offers: an assertion is asked about other values, or the opposite is asked.
OF_VALUES = (
    "assertIn",
    *("assertEqual", "assertCountEqual", "assertListEqual", "assertTupleEqual"),
    *("assertDictEqual", "assertSetEqual", "assertSequenceEqual", "assertMultiLineEqual"),
    *("assertAlmostEqual", "assertIs"),
)
OTHERWISE = {
    "assertNotEqual": "assertEqual",
    "assertNotAlmostEqual": "assertAlmostEqual",
    "assertTrue": "assertFalse",
    "assertFalse": "assertTrue",
    "assertIsNot": "assertIs",
    "assertIsNone": "assertIsNotNone",
    "assertIsNotNone": "assertIsNone",
    "assertNotIn": "assertIn",
    "assertIsInstance": "assertNotIsInstance",
    "assertNotIsInstance": "assertIsInstance",
    "assertGreater": "assertLessEqual",
    "assertGreaterEqual": "assertLess",
    "assertLess": "assertGreaterEqual",
    "assertLessEqual": "assertGreater",
    "assertRegex": "assertNotRegex",
    "assertNotRegex": "assertRegex",
}
RAISES = ("assertRaises", "assertRaisesRegex", "assertWarns", "assertWarnsRegex")
BLOCKS = (*RAISES, "raises", "warns")
NOTES: list[bool] = []  # in the control run, one list for all test files


class Other:
    """Be equal to nothing."""


class NeverRaised(Warning):
    """Be raised by nobody."""


def other(value: Any) -> Any:
    """Return a value that differs, of the same kind where that is plain."""
    found = type(value)
    if found is bool:
        return not value
    if found is int:
        return value + 982_451_653
    if found in (float, complex):
        return -value or 1.0  # added to a large one, nothing would change
    if found in (str, bytes):
        return value + (b"#" if found is bytes else "#")
    if found in (list, tuple, set, frozenset):
        return found([*value, Other()])
    return {**value, Other(): 0} if found is dict else Other()


def without(many: Any) -> Any:
    """Return a collection of the same kind that holds nothing anybody looks for."""
    if isinstance(many, str):
        return "\0"
    if isinstance(many, bytes):
        return b"\0"
    return {Other(): 0} if isinstance(many, dict) else [Other()]


def accepts(ask: Callable[[], Any]) -> bool:
    """Tell whether a question that is to be denied is answered with yes."""
    try:
        return bool(ask())
    except Exception:  # noqa: BLE001 - whatever it raises is no yes
        return False


def ends_quietly(ask: Callable[[], Any]) -> bool:
    """Tell whether a call that is to raise ends quietly."""
    try:
        ask()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return False
    return True


def compare(name: str, one: Any, two: Any) -> Any:
    """Compare, and note whether the comparison would accept other values too."""
    plain = PLAIN[name]
    if name == "Eq":
        asked = [lambda: one == other(two), lambda: other(one) == two]
    elif name == "In":
        asked = [lambda: other(one) in two, lambda: bool(one) and one in without(two)]
        if type(two) in (str, bytes):
            asked = asked[1:]
    else:
        asked = [lambda: PLAIN[OPPOSITE[name]](one, two)]
    NOTES.append(any(accepts(ask) for ask in asked))
    return plain(one, two)


def truth(value: Any) -> Any:
    """Note whether a value that is to be true is false as well."""
    NOTES.append(accepts(lambda: not value))
    return value


def untruth(value: Any) -> Any:
    """Return the opposite, noting whether a value that is to be false is true as well."""
    NOTES.append(accepts(lambda: value))
    return not value


def asserting(case: Any, name: str, *given: Any, **named: Any) -> None:
    """Ask an assertion of unittest about other values, or ask for the opposite."""
    asked = getattr(case, OTHERWISE.get(name, name))
    if name in RAISES:
        questions = [(NeverRaised, *given[1:])]
    elif name in OTHERWISE:
        questions = [given]
    elif len(given) < 2:  # by names: it stays what it is
        return
    elif name == "assertIn":
        questions = [(given[0], without(given[1]), *given[2:])] if given[0] else []
        if type(given[1]) not in (str, bytes):
            questions.append((other(given[0]), *given[1:]))
    else:
        questions = [(given[0], other(given[1]), *given[2:])]
        questions.append((other(given[0]), *given[1:]))
    if questions:
        NOTES.append(any(_is_met(asked, question, named) for question in questions))


def _is_met(asked: Any, question: tuple[Any, ...], named: dict[str, Any]) -> bool:
    return ends_quietly(lambda: asked(*question, **named))


class Raising:
    """Stand around a block that is to raise; ask whether another exception were accepted too."""

    def __init__(self, form: Any, *given: Any, **named: Any) -> None:
        self.form, self.given, self.named = form, given, named

    def __enter__(self) -> Any:
        self.plain = self.form(*self.given, **self.named)
        return self.plain.__enter__()

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> Any:
        named = {k: v for k, v in self.named.items() if k not in ("expected_exception", "match")}
        probe = self.form(NeverRaised, *self.given[1:], **named)

        def ask() -> None:
            probe.__enter__()
            if not probe.__exit__(kind, error, trace):
                raise AssertionError

        NOTES.append(ends_quietly(ask))
        return self.plain.__exit__(kind, error, trace)


def opened() -> None:
    """Begin a test."""
    NOTES.clear()


def closed() -> None:
    """End a test: it fails, as it should, when no assertion accepted what it must not."""
    if NOTES and not any(NOTES):
        raise AssertionError("noticed")
