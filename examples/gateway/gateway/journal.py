"""Where does a line of log go? Three files that survive being rotated by us or by anybody else."""

import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

LIMIT = 1_000_000
KEPT = 3
DOCKER_PART = 16 * 1024


class LogFile:
    """Append to a file, reopening it when it was moved and moving it when it is full."""

    def __init__(self, path: Path, limit: int = LIMIT) -> None:
        self.path = path
        self.limit = limit
        self._stream: TextIO | None = None
        self._lock = threading.Lock()

    def append(self, text: str) -> None:
        """Write one or more whole lines."""
        with self._lock:
            stream = self._current()
            stream.write(text)
            stream.flush()
            if stream.tell() > self.limit:
                self._rotate()

    def close(self) -> None:
        """Let the file go; the next line opens it again."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _current(self) -> TextIO:
        if self._stream is not None and self._moved(self._stream):
            self.close()
        if self._stream is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = self.path.open("a", encoding="utf-8")
        return self._stream

    def _moved(self, stream: TextIO) -> bool:
        try:
            return not os.path.samestat(self.path.stat(), os.fstat(stream.fileno()))
        except FileNotFoundError:
            return True

    def _rotate(self) -> None:
        for number in range(KEPT, 0, -1):
            older = self.path.with_name(f"{self.path.name}.{number}")
            newer = self.path if number == 1 else older.with_suffix(f".{number - 1}")
            if newer.exists():
                newer.replace(older)


class Journal:
    """Write the gateway's log, its container's log and its audit log."""

    def __init__(self, folder: Path) -> None:
        self.gateway = LogFile(folder / "gateway.log")
        self.container = LogFile(folder / "container-json.log")
        self.audit = LogFile(folder / "audit.jsonl")

    def close(self) -> None:
        """Let all three files go."""
        for file in (self.gateway, self.container, self.audit):
            file.close()

    def line(self, level: str, logger: str, message: str, **fields: Any) -> None:
        """Write a line of text to the gateway's log."""
        self.gateway.append(render(level, logger, message, fields) + "\n")

    def trace(self, text: str) -> None:
        """Write a stack trace as Python prints it, over several lines."""
        self.gateway.append(text.rstrip("\n") + "\n")

    def container_line(self, level: str, logger: str, message: str, **fields: Any) -> None:
        """Write a line as a container runtime keeps it: JSON, long lines in parts."""
        text = render(level, logger, message, fields) + "\n"
        stream = "stderr" if level in ("WARN", "ERROR") else "stdout"
        parts = [text[at : at + DOCKER_PART] for at in range(0, len(text), DOCKER_PART)]
        kept = [{"log": part, "stream": stream, "time": stamp(nanoseconds=True)} for part in parts]
        self.container.append("".join(json.dumps(part) + "\n" for part in kept))

    def audited(self, **fields: Any) -> None:
        """Write an entry of the audit log."""
        self.audit.append(json.dumps({"timestamp": stamp(), **fields}) + "\n")


def render(level: str, logger: str, message: str, fields: dict[str, Any]) -> str:
    """Write one event as a line of text."""
    pairs = "".join(f" {name}={quoted(value)}" for name, value in fields.items())
    return f"{stamp()} {level} {logger} {message}{pairs}"


def quoted(value: Any) -> str:
    """Write a value so that a reader can tell where it ends."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if text and not any(char in text for char in ' "=\\\n\t'):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def stamp(*, nanoseconds: bool = False) -> str:
    """Tell the present time in UTC."""
    now = datetime.now(UTC).isoformat(timespec="microseconds" if nanoseconds else "milliseconds")
    return now.replace("+00:00", "000Z" if nanoseconds else "Z")
