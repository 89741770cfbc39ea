"""Which failing case is a change said to cure?"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from telemetry.models import Event

MOST_EVENTS = 20
LARGEST = 256 * 1024
_FIELDS = (
    *("event_type", "session_id", "agent", "success", "error_code", "error_message"),
    *("latency_ms", "error_category", "retry_count", "final_status", "correction_type"),
    *("rating", "reason_category", "frames"),
)


class TooLarge(ValueError):
    """A case has more in it than a replay hook is given."""


@dataclass(frozen=True)
class Case:
    """Hold what is known of a failure, as a target's replay hook gets to read it."""

    name: str  # for people
    content: bytes  # one JSON object

    def __post_init__(self) -> None:
        """Refuse what no hook should have to read."""
        if len(self.content) > LARGEST:
            raise TooLarge(f"{self.name} has {len(self.content)} bytes; {LARGEST} are allowed")


def recorded(name: str, component: str, events: Sequence[Event]) -> Case:
    """Return the case that these events are, the latest first; they were sanitised on arrival."""
    told = [_told(event) for event in events[:MOST_EVENTS]]
    while len(content := _written(component, told)) > LARGEST:
        told.pop()
    return Case(name, content)


def _written(component: str, told: Sequence[dict[str, object]]) -> bytes:
    document = {"component": component, "events": told}
    return json.dumps(document, ensure_ascii=False, sort_keys=True).encode()


def _told(event: Event) -> dict[str, object]:
    """Return what the event has, without what its type does not have."""
    values = {name: getattr(event, name) for name in _FIELDS}
    known = {name: value for name, value in values.items() if value not in (None, "")}
    return {"timestamp": event.timestamp.isoformat(), **known}
