"""What are the five kinds of event, and which values may they have?"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

UNKNOWN = "unknown"  # who or what an emitter does not name
FUTURE = timedelta(minutes=5)  # clocks differ by a little; more is a wrong clock
LONGEST_NAME, LONGEST_TEXT = 1000, 1_000_000

Name = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
Text = Annotated[str, Meta(max_length=LONGEST_TEXT)]
Frames = Annotated[tuple[Name, ...], Meta(max_length=100)]
Milliseconds = Annotated[float, Meta(ge=0)]
Moment = Annotated[datetime, Meta(tz=True)]


class BadLine(ValueError):
    """A line claims to be an event and is none."""


class OutOfTime(ValueError):
    """An event lies in the future or before the time that is kept."""


# Nothing in an event refers back to it: the garbage collector need not look.
class _Event(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="event_type"):
    """Hold what all events have; `id` is the writer's own name for it."""

    timestamp: Moment
    session_id: Name
    id: Name | None = None


class Failing(_Event, frozen=True, kw_only=True, gc=False):
    """Hold what tells failures apart better than their words, where the emitter knows it.

    `fingerprint` is its own name for all failures of this kind; `frames` are `module:function` of
    where it was raised, the innermost first.
    """

    fingerprint: Name | None = None
    frames: Frames = ()


class ToolCall(Failing, frozen=True, kw_only=True, gc=False, tag="tool_call"):
    """Say that an agent used a tool."""

    event_type: ClassVar[str] = "tool_call"
    agent: Name
    tool: Name
    success: bool
    error_code: Text | None = None
    error_message: Text | None = None
    latency_ms: Milliseconds


class UserCorrection(_Event, frozen=True, kw_only=True, gc=False, tag="user_correction"):
    """Say that a person asked again, asked differently or gave up."""

    event_type: ClassVar[str] = "user_correction"
    agent: Name
    correction_type: Literal["retry", "rephrase", "abandon"]


class TaskFailure(Failing, frozen=True, kw_only=True, gc=False, tag="task_failure"):
    """Say that a task failed for good."""

    event_type: ClassVar[str] = "task_failure"
    task_name: Name
    error_category: Name
    retry_count: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    final_status: Name
    agent: Name | None = None
    error_message: Text | None = None


class Feedback(_Event, frozen=True, kw_only=True, gc=False, tag="feedback"):
    """Say what a person thought of an agent's answer."""

    event_type: ClassVar[str] = "feedback"
    agent: Name
    rating: Literal["thumbs_up", "thumbs_down"]


class Escalation(Failing, frozen=True, kw_only=True, gc=False, tag="escalation"):
    """Say that an agent handed over to a person."""

    event_type: ClassVar[str] = "escalation"
    agent: Name
    reason_category: Literal["capability_gap", "error", "timeout", "user_request"]


AnyEvent = ToolCall | UserCorrection | TaskFailure | Feedback | Escalation
KINDS: dict[str, type[AnyEvent]] = {
    kind.event_type: kind for kind in (ToolCall, UserCorrection, TaskFailure, Feedback, Escalation)
}
_reader: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_writer = msgspec.json.Encoder()
_QUOTED = re.compile(r"(?<=value )'(?P<value>.*)'(?= - at|$)", re.DOTALL)
_PLAIN = re.compile(r"[a-z_]{1,20}")


def from_line(line: str | bytes, *, strict: bool = False) -> AnyEvent:
    """Read one JSON line; with strict, unknown fields are refused instead of ignored."""
    try:
        event = _reader.decode(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadLine(reason_of(error)) from None
    if strict:
        _refuse_unknown(line, event)
    return _in_utc(event)


def from_lines(lines: bytes) -> list[AnyEvent]:
    """Read many lines at once; raise BadLine when one of them is no event, naming none."""
    try:
        events = _reader.decode_lines(lines)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadLine(reason_of(error)) from None
    return [event if event.timestamp.tzinfo is UTC else _in_utc(event) for event in events]


def from_values(values: dict[str, object]) -> AnyEvent:
    """Make an event of values that are typed already; raise BadLine."""
    try:
        return _in_utc(msgspec.convert(values, AnyEvent))
    except msgspec.ValidationError as error:
        raise BadLine(reason_of(error)) from None


def to_line(event: AnyEvent) -> str:
    """Write an event as one JSON line, without what it does not have."""
    values = {
        name: value
        for name in ("timestamp", "session_id", "id", "event_type", *_own_fields(event))
        if (value := getattr(event, name)) not in (None, ())
    }
    return _writer.encode({**values, "timestamp": event.timestamp.astimezone(UTC)}).decode()


def _own_fields(event: AnyEvent) -> Sequence[str]:
    return type(event).__struct_fields__[len(_Event.__struct_fields__) :]


def _in_utc(event: AnyEvent) -> AnyEvent:
    if event.timestamp.tzinfo is UTC:
        return event
    try:
        return msgspec.structs.replace(event, timestamp=event.timestamp.astimezone(UTC))
    except OverflowError:
        raise BadLine("timestamp: no moment of the years 1 to 9999 in UTC") from None


def _refuse_unknown(line: str | bytes, event: AnyEvent) -> None:
    known = {"event_type", *type(event).__struct_fields__}
    if extra := sorted(set(msgspec.json.decode(line)) - known):
        raise BadLine(f"{extra[0][:60]}: no such field")


def reason_of(error: Exception) -> str:
    """Say what is wrong where, without repeating the value: it may be a secret."""
    if not isinstance(error, msgspec.ValidationError):
        return "the JSON is broken"
    words, _, path = _QUOTED.sub(_shown, str(error)).partition(" - at `$")
    where = path.strip("`.") or ""
    return f"{where}: {words}" if where else words


def _shown(match: re.Match[str]) -> str:
    value = match.group("value")
    return f"'{value}'" if _PLAIN.fullmatch(value) else "of another kind"


def check_time(at: datetime, *, now: datetime, retention_days: int) -> None:
    """Refuse a clock that runs ahead, and an event that would expire at once."""
    if at > now + FUTURE:
        raise OutOfTime(f"{at.isoformat()} lies in the future: set the clock of the writer")
    if at < now - timedelta(days=retention_days):
        raise OutOfTime(f"{at.isoformat()} is older than the {retention_days} days that are kept")
