"""What is a span or a log record, whichever of the two encodings it came in?"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from telemetry.doors.refusals import Refusal

Scalar = str | bool | int | float
Attributes = dict[str, Scalar]
LONGEST_VALUE = 65_536  # signs; the sanitizer reads no more of one text
NO_TRACE, NO_SPAN = "0" * 32, "0" * 16
KIND_CLIENT, KIND_SERVER = 3, 2
STATUS_ERROR = 2


class BadItem(ValueError):
    """One span or record of a good request is none."""


class Note(msgspec.Struct, gc=False):
    """Hold an event within a span."""

    name: str
    at: int
    attributes: Attributes


class Span(msgspec.Struct, gc=False):
    """Hold what we look at of a span; times are nanoseconds."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    kind: int
    start: int
    end: int
    status: int
    status_message: str
    attributes: Attributes
    notes: list[Note]
    resource: Attributes


class Record(msgspec.Struct, gc=False):
    """Hold what we look at of a log record; `everything` only tells one from the next."""

    trace_id: str
    span_id: str
    name: str
    body: str
    at: int
    observed: int
    attributes: Attributes
    everything: list[tuple[str, Any]]
    resource: Attributes


def identity(value: str, length: int) -> str:
    """Return an id as lower-case hex digits; nothing when it is empty or all zeros."""
    if not value:
        return ""
    plain = value.lower()
    if len(plain) != length or not plain.isascii() or not _is_hex(plain):
        raise BadItem(f"an id is not {length} hex digits")
    return "" if plain == "0" * length else plain


def _is_hex(value: str) -> bool:
    try:
        int(value, 16)
    except ValueError:
        return False
    return value.isalnum()


def kept(pairs: Iterable[tuple[str, Any]], allowed: frozenset[str]) -> Attributes:
    """Return the allowed attributes that are plain; a later one of a name does not count."""
    found: Attributes = {}
    for name, value in pairs:
        if name in allowed and isinstance(value, str | bool | int | float):
            found.setdefault(name, value[:LONGEST_VALUE] if isinstance(value, str) else value)
    return found


def check_count(found: int, most: int) -> None:
    """Refuse a request with more items than one transaction should hold."""
    if found > most:
        words = f"{found} items in one request; at most {most}. Lower the exporter's batch size."
        raise Refusal(413, words)


def text(attributes: Mapping[str, Scalar], *names: str) -> str:
    """Return the first of the named attributes that says something, as text."""
    for name in names:
        value = attributes.get(name)
        if type(value) is str:
            if value:
                return value
        elif value is not None:
            return str(value).lower() if isinstance(value, bool) else str(value)
    return ""
