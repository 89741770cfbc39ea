"""Which JSON is taken word for word, and what does a standard parser let through that is none?"""

import json
import math
from typing import Any, NoReturn

DEEPEST = 100  # whoever reads it again still has a stack
TOO_DEEP = "it is nested too deeply"
MOST_DIGITS = 400  # no figure of ours has as many; int() itself gives up at 4,300

Json = dict[str, Any] | list[Any]


class Unfit(ValueError):
    """Say why text that looks like JSON is not taken."""


def decode(text: str) -> Any:
    """Return the value of a text that is JSON from its first to its last sign; raise Unfit."""
    value, end = decode_at(text, 0)
    if end != len(text):
        raise Unfit("text follows the value")
    return value


def decode_at(text: str, start: int) -> tuple[Any, int]:
    """Return the JSON value that begins here, and where it ends; raise Unfit."""
    try:
        value, end = _DECODER.raw_decode(text, start)
        _ensure_storable(value)
    except json.JSONDecodeError as error:
        raise Unfit(f"{error.msg} (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise Unfit(TOO_DEEP) from None
    return value, end


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unfit("an object has the same key twice: which one counts is unclear")
    return found


def _constant(name: str) -> NoReturn:
    raise Unfit(f"{name} is not JSON")


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise Unfit(f"a number has {len(digits)} digits, at most {MOST_DIGITS} are read")
    return int(digits)


def _fraction(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise Unfit("a number is larger than any that can be held")
    return number


def _ensure_storable(value: Any) -> None:
    """Refuse what no database, file or other reader takes, however well it is escaped."""
    waiting: list[tuple[Any, int]] = [(value, 0)]
    while waiting:
        one, depth = waiting.pop()
        if depth > DEEPEST:
            raise Unfit(TOO_DEEP)
        if isinstance(one, dict):
            for key in one:
                _ensure_text(key)
            waiting += [(inner, depth + 1) for inner in one.values()]
        elif isinstance(one, list):
            waiting += [(inner, depth + 1) for inner in one]
        elif isinstance(one, str):
            _ensure_text(one)


def _ensure_text(text: str) -> None:
    if "\0" in text:
        raise Unfit("a text holds a NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unfit("a text holds half of a character (a lone surrogate)") from None


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_constant=_constant, parse_int=_whole, parse_float=_fraction
)
