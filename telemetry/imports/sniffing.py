"""Which format is a file in, and which events does one of its records hold?"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

from telemetry.collecting import otlp
from telemetry.events.schemas import AnyEvent, from_values
from telemetry.imports.formats import langfuse, langsmith, swe_agent, tau_bench
from telemetry.imports.reading import (
    CSV,
    JSON,
    LINES,
    Opened,
    Unreadable,
    opened,
    records,
)
from telemetry.imports.values import Values
from telemetry.models import EventType

AUTO = "auto"
OURS = "jsonl"
LOOKED_AT = 200  # records that may be of no format before one that is
FIRST = 1 << 16
_LINE_ENDINGS = {".jsonl", ".ndjson"}
Events = Iterable[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Whence:
    """What a file tells by itself: when it was written, and its name."""

    written: datetime
    stem: str


@dataclass(frozen=True, slots=True)
class Format:
    """One product's way to write what happened."""

    title: str
    fits: Callable[[Values], bool]
    events_of: Callable[[Values, Whence], Events]
    wrappers: tuple[str, ...] = ()


def _is_ours(record: Values) -> bool:
    kind = record.get("event_type")
    return isinstance(kind, str) and kind in EventType.values


def _is_otlp(record: Values) -> bool:
    return any(isinstance(record.get(name), list) for name in ("resourceSpans", "resourceLogs"))


FORMATS: dict[str, Format] = {
    OURS: Format("our own JSON lines", _is_ours, lambda record, _: [dict(record)]),
    "langfuse": Format(
        langfuse.TITLE, langfuse.fits, lambda r, _: langfuse.events_of(r), langfuse.WRAPPERS
    ),
    "langsmith": Format(
        langsmith.TITLE, langsmith.fits, lambda r, _: langsmith.events_of(r), langsmith.WRAPPERS
    ),
    "swe-agent": Format(
        swe_agent.TITLE,
        swe_agent.fits,
        lambda r, whence: swe_agent.events_of(r, written=whence.written, stem=whence.stem),
    ),
    "tau-bench": Format(
        tau_bench.TITLE,
        tau_bench.fits,
        lambda r, whence: tau_bench.events_of(r, written=whence.written, stem=whence.stem),
        tau_bench.WRAPPERS,
    ),
    "otlp": Format("OTLP: what a collector's file exporter writes", _is_otlp, lambda r, _: []),
}


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What a file is: its format, and how its records lie in it."""

    format: str
    kind: str


def sniff(path: Path, asked: str = AUTO) -> Sniffed:
    """Say what a file is; raise Unreadable with what was seen instead."""
    with opened(path) as file:
        kind = _kind(path, file)
    if asked == OURS:
        return Sniffed(OURS, LINES)
    with opened(path) as file:
        seen = _first_known(file.plain, kind, asked)
    if seen is None:
        known = ", ".join(FORMATS)
        raise Unreadable(
            f"no record of the first {LOOKED_AT} is of a known format ({known});"
            " say which format it is, or export it again"
            if asked == AUTO
            else f"no record of the first {LOOKED_AT} is {FORMATS[asked].title}"
        )
    return Sniffed(seen, LINES if seen == OURS and kind == JSON else kind)


def _kind(path: Path, file: Opened) -> str:
    beginning = file.plain.readline(FIRST)
    while beginning and not beginning.strip():
        beginning = file.plain.readline(FIRST)
    sign = beginning.lstrip()[:1]
    if not sign:
        raise Unreadable("it is empty")
    if {part.lower() for part in path.suffixes} & _LINE_ENDINGS:
        return LINES
    if sign == b"[":
        return JSON
    if sign == b"{":
        return LINES if _is_whole(beginning) else JSON
    if b"," in beginning and b"\0" not in beginning:
        return CSV
    return LINES


def _is_whole(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _first_known(file: IO[bytes], kind: str, asked: str) -> str | None:
    candidates = FORMATS if asked == AUTO else {asked: FORMATS[asked]}
    for record in islice(records(file, kind), LOOKED_AT):
        if not isinstance(record.value, dict):
            continue
        for name, known in candidates.items():
            if any(known.fits(each) for each in unwrapped(record.value, known)):
                return name
    return None


def unwrapped(record: Any, known: Format) -> Iterator[dict[str, Any]]:
    """Yield a record, or the records that an API's reply holds."""
    if not isinstance(record, dict):
        return
    if not known.fits(record):
        for wrapper in known.wrappers:
            inside = record.get(wrapper)
            if isinstance(inside, list):
                yield from (each for each in inside if isinstance(each, dict))
                return
    yield record


def events_of(record: Values, name: str, whence: Whence) -> Iterator[AnyEvent]:
    """Yield the events of one record; raise ValueError where it is half of one."""
    if name == "otlp":
        yield from otlp.events_of(json.dumps(record))
        return
    for values in FORMATS[name].events_of(record, whence):
        kept = {key: value for key, value in values.items() if value is not None}
        yield from_values(cast(dict[str, object], kept))
