"""For how long does GitHub want to be left alone?"""

import json
from email.utils import parsedate_to_datetime

from ports.forge.github.wire import Answer

UNSAID = 60.0  # what GitHub asks for where a secondary limit names no time
LONGEST = 3600.0  # the primary limit is one of an hour
_SECONDARY = ("secondary rate limit", "abuse detection", "rate limit exceeded")


def pause(answer: Answer, now: float) -> float | None:
    """Return the seconds to wait, or None when this answer is about no limit."""
    if answer.status not in (403, 429):
        return None
    after = _number(answer.headers.get("retry-after"))
    if after is not None:
        return _bounded(after)
    if answer.headers.get("x-ratelimit-remaining", "").strip() == "0":
        reset = _number(answer.headers.get("x-ratelimit-reset"))
        # GitHub's own clock: ours may be apart from it.
        return UNSAID if reset is None else _bounded(reset - _clock(answer, now) + 1)
    if answer.status == 429 or any(words in said(answer).lower() for words in _SECONDARY):
        return UNSAID
    return None


def said(answer: Answer) -> str:
    """Return GitHub's own words, or nothing where it used none."""
    try:
        told = json.loads(answer.body)
    except ValueError:
        return ""
    message = told.get("message") if isinstance(told, dict) else None
    return message if isinstance(message, str) else ""


def _clock(answer: Answer, now: float) -> float:
    try:
        return parsedate_to_datetime(answer.headers["date"]).timestamp()
    except (KeyError, ValueError):
        return now


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None


def _bounded(seconds: float) -> float:
    # min and max let a "nan" through in one order of arguments, and not in this one.
    return max(1.0, min(LONGEST, seconds)) if seconds == seconds else UNSAID
