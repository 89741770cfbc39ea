"""Which session, agent, error and moment does a span or record name, and how good was it?"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

from telemetry.doors.otlp import names
from telemetry.doors.otlp.wire import Attributes, BadItem, Scalar, text
from telemetry.events.schemas import LONGEST_NAME, UNKNOWN
from telemetry.events.stacks import frames_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Rating = Literal["thumbs_up", "thumbs_down"]
_NAMELESS = "unknown_service"  # what SDKs write when nobody says
_YES = frozenset({"true", "1", "yes", "ok", "success", "succeeded"})
_NO = frozenset({"false", "0", "no", "error", "failure", "failed"})
_GOOD = frozenset({"pass", "passed", "good", "positive", "correct", "relevant", "thumbs_up", "up",
                   "like", "yes", "true", "accept", "accepted", "success"})  # fmt: skip
_BAD = frozenset({"fail", "failed", "bad", "negative", "incorrect", "irrelevant", "thumbs_down",
                  "down", "dislike", "no", "false", "reject", "rejected", "failure",
                  "unfaithful", "hallucinated"})  # fmt: skip


def name(*found: str) -> str:
    """Return the first that says something, as short as a name may be."""
    for words in found:
        if words:
            return words[:LONGEST_NAME]
    return UNKNOWN


def session(attributes: Attributes, resource: Attributes, trace_id: str) -> str:
    """Return the conversation, or else the trace: one run of an agent."""
    told = text(attributes, *names.SESSION) or text(resource, *names.SESSION) or trace_id
    return name(told)


def agent(attributes: Attributes, resource: Attributes) -> str:
    """Return the agent's name, or else its service's where somebody gave it one."""
    told = text(attributes, *names.AGENT) or text(resource, *names.AGENT)
    if told and not told.startswith("/"):  # Codex tells where in a tree of threads it is: /root
        return name(told)
    service = text(resource, *names.SERVICE)
    return name("" if service.startswith(_NAMELESS) else service)


def moment(nanoseconds: int) -> datetime:
    """Return the moment of nanoseconds since 1970."""
    try:
        return EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        raise BadItem("a time is beyond the year 9999") from None


def written_moment(value: str) -> datetime | None:
    """Return the moment of ISO text; nothing when it cannot be read."""
    try:
        at = datetime.fromisoformat(value)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def flag(value: Scalar | None) -> bool | None:
    """Read a flag that may be text; nothing when it is neither."""
    word = str(value).strip().lower()
    return True if word in _YES else False if word in _NO else None


def number(value: Scalar | None) -> float:
    """Read a duration or count that may be text; 0 when there is none."""
    try:
        found = float(value) if value is not None else 0.0
    except ValueError:
        return 0.0
    return found if 0 <= found < 1e12 else 0.0


def rating(attributes: Mapping[str, Scalar]) -> Rating | None:
    """Tell praise from blame by the label, else by a score between 0 and 1; else neither."""
    value_name, label_name = names.SCORE
    return rating_of(attributes.get(label_name), attributes.get(value_name))


def rating_of(label: object, value: object) -> Rating | None:
    """Tell praise from blame by a label, else by a score of 0 to 1, or of -1 for blame."""
    word = str(label).strip().lower().replace(" ", "_").replace("-", "_")
    if word in _GOOD:
        return "thumbs_up"
    if word in _BAD:
        return "thumbs_down"
    if isinstance(value, bool):
        return "thumbs_up" if value else "thumbs_down"
    if isinstance(value, int | float) and -1 <= value <= 1:
        return "thumbs_up" if value >= 0.5 else "thumbs_down"
    return None


def frames(stack: str) -> tuple[str, ...]:
    """Return where an error was raised, from a stack trace; one line is none."""
    return frames_of(stack) if "\n" in stack else ()


def fingerprint(*attributes: Attributes) -> str:
    """Return what the emitter itself calls this kind of failure; too long a name is none."""
    told = next((found for each in attributes if (found := text(each, *names.FINGERPRINT))), "")
    return told if len(told) <= LONGEST_NAME else ""


def first_line(words: str) -> str:
    """Return the first line: some put a whole traceback behind it."""
    return words.strip().partition("\n")[0].strip()
