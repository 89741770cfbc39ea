"""What does each front matter entry and section of a cut document mean?"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from proposals.documents.grammar import (
    MalformedDocument,
    Parts,
    Section,
    Value,
    cut,
    trim,
)

MAX_TITLE = 160
_KEYS = (
    "id",
    "target",
    "kind",
    "title",
    "severity",
    "risk",
    "engine",
    "author",
    "base",
    "created",
    "status",
    "patterns",
    "events",
    "playbook",
    "parameter",
    "repairs",
)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_WORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:-]{0,98}[A-Za-z0-9])?")


@dataclass(frozen=True)
class Reader:
    """Answer typed questions about the parts of one document, each refusal with its line."""

    parts: Parts
    sections: dict[str, Section]

    @classmethod
    def of(cls, text: str) -> "Reader":
        """Cut a text and refuse repeated sections and unknown front matter keys."""
        parts = cut(text)
        sections: dict[str, Section] = {}
        for section in parts.sections:
            if section.heading in sections:
                raise MalformedDocument(f"`## {section.heading}` appears twice", section.line)
            sections[section.heading] = section
        for key, value in parts.front.items():
            if key not in _KEYS:
                known = ", ".join(_KEYS)
                raise MalformedDocument(f"unknown entry `{key}`; known are {known}", value.line)
        return cls(parts, sections)

    def refuse_unknown(self, allowed: Sequence[str]) -> None:
        """Refuse sections that this kind of proposal does not have."""
        for section in self.sections.values():
            if section.heading not in allowed:
                known = ", ".join(allowed)
                reason = f"unknown section `## {section.heading}`; known are {known}"
                raise MalformedDocument(reason, section.line)

    def title(self) -> str:
        """Read the title, which the heading and the front matter may both carry."""
        title, line = self.parts.title, self.parts.title_line
        stated = self._value("title")
        if stated and stated.text.strip() != title:
            raise MalformedDocument("`title` and the `# ` heading say different things", line)
        if not title or len(title) > MAX_TITLE:
            raise MalformedDocument(f"the title must have 1 to {MAX_TITLE} characters", line)
        return _printable(title, "the title", line)

    def text(self, key: str) -> str:
        """Read an optional single-line value."""
        value = self._value(key)
        return _printable(value.text.strip(), f"`{key}`", value.line) if value else ""

    def choice(self, key: str, allowed: Sequence[str], default: str | None = None) -> str:
        """Read a value that must be one of a few words; without a default it must be there."""
        value = self._value(key)
        if value is None or (not value.text and default is not None):
            if default is None:
                raise MalformedDocument(f"`{key}` is missing; use {', '.join(allowed)}", 1)
            return default
        if value.text not in allowed:
            reason = f"`{key}` is `{value.text}`; use one of {', '.join(allowed)}"
            raise MalformedDocument(reason, value.line)
        return value.text

    def identity(self) -> uuid.UUID | None:
        """Read the optional id."""
        value = self._value("id")
        if value is None:
            return None
        try:
            return uuid.UUID(value.text)
        except ValueError:
            raise MalformedDocument("`id` must be a UUID", value.line) from None

    def commit(self, key: str) -> str:
        """Read an optional full commit id."""
        value = self._value(key)
        if value is None:
            return ""
        if not _COMMIT.fullmatch(value.text):
            raise MalformedDocument(f"`{key}` must be a full 40-digit commit id", value.line)
        return value.text

    def moment(self, key: str, form: str) -> datetime | None:
        """Read an optional moment in UTC."""
        value = self._value(key)
        if value is None:
            return None
        try:
            return datetime.strptime(value.text, form).replace(tzinfo=UTC)
        except ValueError:
            reason = f"`{key}` must look like 2026-01-31T08:15:00Z"
            raise MalformedDocument(reason, value.line) from None

    def numbers(self, key: str) -> tuple[int, ...]:
        """Read an optional list of whole numbers."""
        items, line = self._items(key)
        for item in items:
            if not (item.isascii() and item.isdigit() and len(item) < 19):
                raise MalformedDocument(f"`{key}` must be a list of numbers", line)
        return tuple(int(item) for item in items)

    def words(self, key: str) -> tuple[str, ...]:
        """Read an optional list of plain identifiers."""
        items, line = self._items(key)
        for item in items:
            if not _WORD.fullmatch(item):
                raise MalformedDocument(f"`{key}` must be a list of plain identifiers", line)
        return items

    def section(self, heading: str, *, required: bool = True) -> str:
        """Read the words of one section; a required one must not be empty."""
        found = self.sections.get(heading)
        words = trim(found.lines) if found else ""
        if required and not words:
            line = found.line if found else self._last_line()
            state = "is empty" if found else "is missing"
            raise MalformedDocument(f"the section `## {heading}` {state}", line)
        return words

    def solution(self) -> tuple[str, str]:
        """Read the prose and the diff of the solution: exactly one fenced diff, at its end."""
        self.section("Solution")
        section = self.sections["Solution"]
        diffs = [fence for fence in section.fences if fence.holds == "diff"]
        if not diffs:
            raise MalformedDocument("the solution has no fenced block marked `diff`", section.line)
        if len(diffs) > 1:
            line = section.line + 1 + diffs[1].start
            raise MalformedDocument("a second diff; one proposal carries one diff", line)
        fence = diffs[0]
        for offset, line_text in enumerate(section.lines[fence.end + 1 :], start=fence.end + 1):
            if line_text.strip():
                line = section.line + 1 + offset
                raise MalformedDocument("text after the diff; write it before the diff", line)
        inside = section.lines[fence.start + 1 : fence.end]
        if not any(text.strip() for text in inside):
            raise MalformedDocument("the diff is empty", section.line + 1 + fence.start)
        return trim(section.lines[: fence.start]), "\n".join(inside) + "\n"

    def _value(self, key: str) -> Value | None:
        value = self.parts.front.get(key)
        if value is not None and value.items is not None:
            raise MalformedDocument(f"`{key}` must be a single value", value.line)
        return value

    def _items(self, key: str) -> tuple[tuple[str, ...], int]:
        value = self.parts.front.get(key)
        if value is None or (value.items is None and not value.text):
            return (), 1
        if value.items is None:
            raise MalformedDocument(f"`{key}` must be a list like [a, b]", value.line)
        return value.items, value.line

    def _last_line(self) -> int:
        return max((s.line + len(s.lines) for s in self.sections.values()), default=1)


def _printable(text: str, what: str, line: int) -> str:
    if not text.isprintable():
        hidden = next(char for char in text if not char.isprintable())
        raise MalformedDocument(f"{what} contains the invisible character {hidden!r}", line)
    return text
