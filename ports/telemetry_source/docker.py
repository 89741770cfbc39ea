"""Which lines did a target's containers write, as docker's json-file driver keeps them?"""

import json
import re
from dataclasses import dataclass, replace

from ports.telemetry_source import Batch, Cursor, Record
from ports.telemetry_source.tail import MAX_LINE, tail

HELD_BACK = 1_000_000  # bytes behind an unfinished line after which its end will not come
WRAPPED = 8  # JSON escapes make a line longer than what it holds
_HAS_TIME = re.compile(r"\s*(?:\{|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ])")


@dataclass(frozen=True, slots=True)
class Docker:
    """Read `<container>-json.log` files; pieces of a long line are joined."""

    location: str
    max_line: int = MAX_LINE

    def read(self, cursor: Cursor, limit_bytes: int) -> Batch:
        """Return what the containers wrote, without docker's wrapping."""
        batch = tail(self.location, cursor, limit_bytes, self.max_line * WRAPPED)
        join = _Join(self.max_line)
        for record in batch.records:
            join.add(record)
        join.give_up(min(HELD_BACK, limit_bytes // 2))
        return replace(
            batch,
            records=tuple(join.records),
            skipped=batch.skipped + join.skipped,
            cursor=_held_back(batch.cursor, join.unfinished()),
        )


def _held_back(cursor: Cursor, unfinished: dict[str, int]) -> Cursor:
    """Go back to the first piece of a line whose end is not written yet."""
    files = [
        {**entry, "offset": unfinished.get(entry["origin"], entry["offset"])}
        for entry in cursor["files"]
    ]
    return {"files": files}


class _Join:
    """Put the pieces of a line together, per file and stream."""

    def __init__(self, max_line: int) -> None:
        self.max_line = max_line
        self.records: list[Record] = []
        self.skipped = 0
        self._pieces: dict[tuple[str, str], list[Record]] = {}
        self._latest: dict[str, int] = {}  # offset of the last line, by file

    def add(self, record: Record) -> None:
        """Take one line of docker's file."""
        self._latest[record.origin] = record.offset
        entry = _entry(record.text)
        if entry is None:
            self.skipped += 1
            return
        text, stream, time = entry
        pieces = self._pieces.setdefault((record.origin, stream), [])
        if not pieces and time and not _HAS_TIME.match(text):
            text = f"{time} {text}"
        pieces.append(replace(record, text=text, time=time))
        length = sum(len(piece.text) for piece in pieces)
        if text.endswith("\n") or length > self.max_line:
            self._emit(pieces, length)

    def _emit(self, pieces: list[Record], length: int) -> None:
        text = "".join(piece.text for piece in pieces)[: self.max_line].rstrip("\r\n")
        self.skipped += length > self.max_line
        if text.strip():
            self.records.append(replace(pieces[0], text=text))
        pieces.clear()

    def give_up(self, most: int) -> None:
        """Take lines as they are whose writer died: waiting for them would stop all reading."""
        for (origin, _), pieces in self._pieces.items():
            if pieces and self._latest[origin] - pieces[0].offset > most:
                self._emit(pieces, sum(len(piece.text) for piece in pieces))

    def unfinished(self) -> dict[str, int]:
        """Return per file where its first unfinished line begins."""
        starts: dict[str, int] = {}
        for (origin, _), pieces in self._pieces.items():
            if pieces:
                starts[origin] = min(pieces[0].offset, starts.get(origin, pieces[0].offset))
        return starts


def _entry(line: str) -> tuple[str, str, str] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or not isinstance(entry.get("log"), str):
        return None
    return entry["log"], str(entry.get("stream", "")), str(entry.get("time", ""))
