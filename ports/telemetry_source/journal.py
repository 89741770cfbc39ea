"""Which entries did units or programs write to systemd's journal?"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ports.telemetry_source import Batch, Cursor, PermanentError, Record, TemporaryError
from ports.telemetry_source.clients import Said, found, run
from ports.telemetry_source.tail import MAX_LINE, tail

ADVICE = "on a host without systemd write to files and read them with the collector files"
FIELDS = "MESSAGE,SYSLOG_IDENTIFIER,_SYSTEMD_UNIT"
WRAPPED = 8  # JSON escapes and byte arrays make an entry longer than its message
_FILTERS = {"unit": "--unit", "user-unit": "--user-unit", "identifier": "--identifier"}
_WORD = re.compile(r"(unit|user-unit|identifier):([\w:.@\\*?+][\w:.@\\*?+\-]*)")
_HAS_TIME = re.compile(r"\s*(?:\{|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ])")


def check(location: str) -> str:
    """Return what is wrong with a location, or nothing."""
    words = location.split()
    if words and all(_WORD.fullmatch(word) for word in words):
        return ""
    return "write unit:NAME, user-unit:NAME or identifier:NAME, or the path of a saved journal"


@dataclass(frozen=True, slots=True)
class Journal:
    """Ask journalctl for entries after the cursor, or read files that it wrote as JSON."""

    location: str
    max_line: int = MAX_LINE

    def read(self, cursor: Cursor, limit_bytes: int) -> Batch:
        """Return the messages of new entries, oldest first."""
        if self.location.startswith("/"):
            return self._saved(cursor, limit_bytes)
        return self._asked(cursor, limit_bytes)

    def _saved(self, cursor: Cursor, limit_bytes: int) -> Batch:
        batch = tail(self.location, cursor, limit_bytes, self.max_line * WRAPPED)
        records: list[Record] = []
        dropped = 0
        for line in batch.records:
            entry = _entry(line.text)
            dropped += entry is None
            if entry is not None:
                records.extend(self._records(entry, line))
        return replace(batch, records=tuple(records), skipped=batch.skipped + dropped)

    def _asked(self, cursor: Cursor, limit_bytes: int) -> Batch:
        program = found("journalctl", ADVICE)
        command = [program, "--output=json", "--all", "--no-pager", f"--output-fields={FIELDS}"]
        for word in self.location.split():
            kind, _, name = word.partition(":")
            command.append(f"{_FILTERS[kind]}={name}")
        after = str(cursor.get("after", ""))
        said = run([*command, f"--after-cursor={after}"] if after else command, limit=limit_bytes)
        if said.code and after and "cursor" in said.words.lower():
            # That entry's journal is gone: from its time on, what we have is told apart by name.
            since = f"--since=@{int(cursor.get('at', 0)) // 1_000_000}"
            said = run([*command, since], limit=limit_bytes)
        if said.code and not said.stopped:
            raise _refusal(said)
        return self._batch(said, cursor)

    def _batch(self, said: Said, cursor: Cursor) -> Batch:
        records: list[Record] = []
        skipped = 0
        last = cursor
        for line in _whole_lines(said):
            entry = _entry(line)
            if entry is None or not isinstance(entry.get("__CURSOR"), str):
                skipped += 1
                continue
            place = Record("", f"journal:{entry['__CURSOR']}#", 0)
            records.extend(self._records(entry, place))
            last = {"after": entry["__CURSOR"], "at": _microseconds(entry)}
        stuck = said.stopped and last == cursor
        return Batch(
            tuple(records),
            last,
            skipped,
            (*_hint(said), *(("an entry is larger than one read takes",) if stuck else ())),
            said.stopped and not stuck,
            places=1 if last else 0,
        )

    def _records(self, entry: dict[str, Any], place: Record) -> Iterator[Record]:
        time = _time(entry)
        for number, message in enumerate(_messages(entry.get("MESSAGE"))):
            text = message[: self.max_line]
            if not text.strip():
                continue
            shown = f"{time} {text}" if time and not _HAS_TIME.match(text) else text
            origin = place.origin if number == 0 else f"{number}~{place.origin}"
            yield replace(place, text=shown, origin=origin, time=time)


def _whole_lines(said: Said) -> Iterable[str]:
    lines = said.out.split(b"\n")
    complete = lines[:-1] if said.stopped else lines
    return (line.decode("utf-8", "replace") for line in complete if line.strip())


def _entry(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def _messages(value: object) -> list[str]:
    """Read a field: text, bytes as numbers, several of either, or null for what was too large."""
    if isinstance(value, list) and not (value and isinstance(value[0], int)):
        return [text for part in value if (text := _one(part))]
    return [text for text in [_one(value)] if text]


def _one(value: object) -> str:
    if isinstance(value, list):
        numbers = [part for part in value if isinstance(part, int) and 0 <= part <= 255]
        return bytes(numbers).decode("utf-8", "replace")
    return value if isinstance(value, str) else ""


def _microseconds(entry: dict[str, Any]) -> int:
    try:
        return int(str(entry.get("__REALTIME_TIMESTAMP", "0")))
    except ValueError:
        return 0


def _time(entry: dict[str, Any]) -> str:
    microseconds = _microseconds(entry)
    if not 0 < microseconds < 253_402_300_800_000_000:  # the year 10000
        return ""
    at = datetime.fromtimestamp(microseconds // 1_000_000, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{microseconds % 1_000_000:06}Z"


def _refusal(said: Said) -> PermanentError | TemporaryError:
    words = said.words
    if "permission" in words.lower():
        return PermanentError(
            f"journalctl may not read the journal: {words};"
            " add our user to the group systemd-journal"
        )
    return TemporaryError(f"journalctl failed: {words}")


def _hint(said: Said) -> Iterator[str]:
    """Pass on what journalctl says when it shows less than there is."""
    text = said.err.decode("utf-8", "replace")
    if "insufficient permissions" in text or "not seeing messages from other users" in text:
        yield "journalctl may not read every journal; add our user to the group systemd-journal"
