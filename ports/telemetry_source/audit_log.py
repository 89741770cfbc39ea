"""Which acts did a target record in its JSON audit log?"""

import json
from dataclasses import dataclass, replace

from ports.telemetry_source import Batch, Cursor
from ports.telemetry_source.tail import MAX_LINE, tail


@dataclass(frozen=True, slots=True)
class AuditLog:
    """Read files of JSON objects, one a line; anything else is dropped and counted."""

    location: str
    max_line: int = MAX_LINE

    def read(self, cursor: Cursor, limit_bytes: int) -> Batch:
        """Return new lines that are JSON objects."""
        batch = tail(self.location, cursor, limit_bytes, self.max_line)
        kept = tuple(record for record in batch.records if is_object(record.text))
        dropped = len(batch.records) - len(kept)
        return replace(batch, records=kept, skipped=batch.skipped + dropped)


def is_object(text: str) -> bool:
    """Say whether a line is one JSON object."""
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
