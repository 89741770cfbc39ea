"""How does a value of another product become a field of ours, bounded and never raw?"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from telemetry.events.log_shapes import moment_of
from telemetry.events.schemas import UNKNOWN, BadLine

LONGEST_NAME, LONGEST_MESSAGE = 1_000, 8_000
_TYPED = re.compile(
    r"(?P<type>[A-Za-z_][\w.]*?(?:Error|Exception|Timeout|Interrupt|Exit|Failure|Refused))"
    r"(?:\((?P<inside>.{0,8000})\)|:\s?(?P<after>.{0,8000})|$)",
    re.DOTALL,
)
_TRACE = "Traceback (most recent call last)"
GOOD = frozenset(
    ("true", "yes", "up", "good", "positive", "thumbs_up", "like", "liked", "correct", "pass", "1")
)
BAD = frozenset(
    (
        *("false", "no", "down", "bad", "negative", "thumbs_down", "dislike", "disliked"),
        *("incorrect", "fail", "0"),
    )
)
Values = Mapping[str, Any]


def first(values: Values, *names: str) -> Any:
    """Return the first value that is there: products write one name in two ways."""
    return next((values[name] for name in names if values.get(name) not in (None, "")), None)


def inner(value: Any) -> Values:
    """Return an object, also one that a CSV file holds as text, or an empty one."""
    if isinstance(value, str) and value[:1] == "{":
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, Mapping) else {}


def listed(value: Any) -> list[Any]:
    """Return a list, also one that a CSV file holds as text, or an empty one."""
    if isinstance(value, str) and value[:1] == "[":
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return []
    return value if isinstance(value, list) else []


def name(value: Any, otherwise: str = UNKNOWN) -> str:
    """Return a name that is never empty and never endless."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return text.strip()[:LONGEST_NAME] or otherwise


def moment(values: Values, *names: str) -> datetime:
    """Return when something was; raise BadLine where nothing tells."""
    at = moment_of({"time": first(values, *names)})
    if at is None:
        raise BadLine(f"it has no readable {names[0]}")
    return at


def milliseconds(values: Values, start: str, end: str, seconds: Any = None) -> float:
    """Return how long something took: by its times, else by what it says, else nothing."""
    begun = moment_of({"time": values.get(start)})
    ended = moment_of({"time": values.get(end)})
    if begun and ended:
        return max(0.0, (ended - begun).total_seconds() * 1000)
    try:
        told = float(seconds) * 1000
    except (TypeError, ValueError):
        return 0.0
    return told if 0 <= told < 1e12 else 0.0


def error_parts(text: Any) -> tuple[str | None, str | None]:
    """Return kind and first words of an error; frames and what follows stay outside."""
    if not text:
        return None, None
    said = text if isinstance(text, str) else json.dumps(text, default=str)
    before, trace, after = said[: 4 * LONGEST_MESSAGE].partition(_TRACE)
    words = before.strip()
    if not words and trace:
        lines = [line for line in after.splitlines() if line.strip()]
        words = lines[-1].strip() if lines else ""
    match = _TYPED.match(words)
    if match is None:
        return None, words.partition("\n")[0][:LONGEST_MESSAGE] or None
    told = (match.group("inside") or match.group("after") or words).strip().strip("'\"")
    return match.group("type").rpartition(".")[2], told.partition("\n")[0][:LONGEST_MESSAGE]


def rating(value: Any) -> str | None:
    """Return a thumb for a score: words, yes or no, or a share of one; else nothing."""
    if isinstance(value, str) and value.strip().lower() in GOOD | BAD:
        return "thumbs_up" if value.strip().lower() in GOOD else "thumbs_down"
    if isinstance(value, bool):
        return "thumbs_up" if value else "thumbs_down"
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    if not -1 <= number <= 1:
        return None  # a scale that the file does not tell
    return "thumbs_up" if number >= 0.5 else "thumbs_down"


def digest(value: Any) -> str:
    """Name a record by what it says, wherever its file lies."""
    text = json.dumps(value, sort_keys=True, default=str)
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:24]
