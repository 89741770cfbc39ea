"""Which lines did a target write into its log files?"""

from dataclasses import dataclass

from ports.telemetry_source import Batch, Cursor
from ports.telemetry_source.tail import MAX_LINE, tail


@dataclass(frozen=True, slots=True)
class Files:
    """Read text log files; every line is a record, recognised or not."""

    location: str
    max_line: int = MAX_LINE

    def read(self, cursor: Cursor, limit_bytes: int) -> Batch:
        """Return new lines of the files and of their rotated predecessors."""
        return tail(self.location, cursor, limit_bytes, self.max_line)
