"""Which events do the lines of a source tell of, and why are the others left?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ports.telemetry_source import Record
from telemetry.collecting import otlp
from telemetry.events.lines import recognise
from telemetry.events.schemas import AnyEvent, BadLine
from telemetry.models import Backend


@dataclass(slots=True)
class Recognised:
    """Events with their places, and what is wrong with lines that are half of one."""

    placed: list[tuple[AnyEvent, str]] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)


def recognised(records: Sequence[Record], backend: str) -> Recognised:
    """Read lines; one that is half an event is told, one that is none is left."""
    found = Recognised()
    for record in records:
        try:
            events = list(events_of(record, backend))
        except (ValueError, RecursionError) as error:  # ours, or what a reader makes of odd JSON
            found.bad.append(fault_of(error))
            continue
        for number, event in enumerate(events):
            found.placed.append((event, place_of(record, number)))
    return found


def events_of(record: Record, backend: str) -> Iterator[AnyEvent]:
    """Yield the events of one line: none, one, or a batch of an OTLP exporter."""
    if backend == Backend.OTLP_FILES:
        yield from otlp.events_of(record.text)
    elif event := recognise(record.text, backend, record.time):
        yield event


def fault_of(error: Exception) -> str:
    """Say what is wrong with a line without repeating it: it may hold a secret."""
    return str(error) if isinstance(error, BadLine) else "a field has a wrong value"


def place_of(record: Record, number: int = 0) -> str:
    """Name a line for good: by file, offset and words, whenever the file was first looked at."""
    place = f"{record.origin.rpartition('#')[0]}\0{record.offset}\0{record.text}"
    return f"{place}\0{number}" if number else place
