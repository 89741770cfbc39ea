"""Which errors does an envelope of Sentry's SDKs hold?"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from telemetry.doors.otlp.facts import written_moment
from telemetry.doors.receipts import Receipt
from telemetry.doors.refusals import Refusal

KIND = "application/x-sentry-envelope"
OTHER = "an item of the envelope that is no error"
_LEVELS = frozenset({"debug", "info", "warning", "error", "fatal"})


class _Header(msgspec.Struct):
    type: str = ""
    length: int | None = None


class _Frame(msgspec.Struct):
    """Name a place; source lines and local values are not even read."""

    function: str | None = None
    module: str | None = None
    in_app: bool | None = None


class _Stack(msgspec.Struct):
    frames: list[_Frame] | None = None


class _Thrown(msgspec.Struct):
    type: str | None = None
    value: str | None = None
    stacktrace: _Stack | None = None


class _Chain(msgspec.Struct):
    values: list[_Thrown] | None = None


class _Words(msgspec.Struct):
    formatted: str | None = None
    message: str | None = None


class _Error(msgspec.Struct):
    event_id: str | None = None
    timestamp: str | float | None = None
    level: str | None = None
    server_name: str | None = None
    logger: str | None = None
    transaction: str | None = None
    exception: _Chain | None = None
    fingerprint: list[str] | None = None
    message: str | None = None
    logentry: _Words | None = None


_header, _error = msgspec.json.Decoder(_Header), msgspec.json.Decoder(_Error)


def errors_in(body: bytes, receipt: Receipt, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield the errors of an envelope as the values of a report; refuse what is no envelope."""
    try:
        for header, payload in _items(body):
            if header.type == "event":
                yield _values(_error.decode(payload), now)
            else:
                receipt.drop(OTHER)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Refusal(400, "The body is no Sentry envelope.") from None


def _items(body: bytes) -> Iterator[tuple[_Header, bytes]]:
    """Walk an envelope: a header line, then for each item a header line and its payload."""
    first, _, rest = body.partition(b"\n")
    msgspec.json.decode(first)
    while rest.strip():
        line, _, rest = rest.partition(b"\n")
        header = _header.decode(line)
        end = header.length if header.length is not None else rest.find(b"\n")
        if end < 0:
            end = len(rest)
        if end > len(rest):
            raise Refusal(400, "The envelope is cut off; send it again.")
        payload, rest = rest[:end], rest[end:].removeprefix(b"\n")
        yield header, payload


def _values(error: _Error, now: datetime) -> dict[str, Any]:
    """Name the outermost exception: it was thrown last, and stands last."""
    chain = (error.exception and error.exception.values) or [_Thrown()]
    thrown = chain[-1]
    frames = (thrown.stacktrace and thrown.stacktrace.frames) or []
    words = error.logentry or _Words()
    own = [frame for frame in frames if frame.in_app is not False] or frames
    told = words.formatted or words.message or error.message or ""
    return {
        "source": (error.transaction or error.logger or error.server_name or "sentry")[:1000],
        "title": (thrown.type or error.level or "error")[:1000],
        "message": (thrown.value or told)[:1_000_000],
        "frames": [f"{f.module or '?'}:{f.function or '?'}"[:300] for f in reversed(own)][:8],
        "severity": error.level if error.level in _LEVELS else "error",
        "occurred_at": _moment(error.timestamp) or now,
        "id": error.event_id or None,
        "fingerprint": _fingerprint(error.fingerprint or []),
    }


def _fingerprint(parts: list[str]) -> str | None:
    """Return the fingerprint that the emitter has set; the SDK's default is none."""
    if not parts or any(part.strip("{ }") == "default" for part in parts):
        return None
    return " ".join(parts)[:1000]


def _moment(written: str | float | None) -> datetime | None:
    if isinstance(written, str):
        return written_moment(written)
    try:
        return datetime.fromtimestamp(written, UTC) if written else None
    except (ValueError, OverflowError, OSError):
        return None
