"""Which events does a line of an OTLP file hold: the mapping of the door, on a file?"""

from collections.abc import Iterator
from typing import Any

from telemetry.doors.otlp import from_json, records, spans
from telemetry.doors.otlp.wire import BadItem
from telemetry.doors.refusals import Refusal
from telemetry.events.schemas import AnyEvent, BadLine

MOST = 100_000  # spans or records of one line


def events_of(line: str | bytes) -> Iterator[AnyEvent]:
    """Yield the events of one line, as if it had been sent; what is none is left."""
    body = line.encode() if isinstance(line, str) else line
    try:
        found = [item for item in from_json.spans(body, MOST) if not isinstance(item, BadItem)]
        told = [item for item in from_json.records(body, MOST) if not isinstance(item, BadItem)]
    except Refusal as refusal:
        raise BadLine(str(refusal)) from None
    tools = spans.tool_spans(found)
    for span in found:
        yield from _kept(spans.events_of, span, tools)
    for record in told:
        yield from _kept(records.events_of, record)


def _kept(events_of: Any, *item: Any) -> list[AnyEvent]:
    """Return the events of a span or record; one that holds none, or half of one, is left."""
    try:
        events: list[AnyEvent] = events_of(*item)
    except (spans.Dropped, BadItem, BadLine):
        return []
    return events
