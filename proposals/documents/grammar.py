"""Where does each part of a proposal's markdown begin and end?"""

import re
from dataclasses import dataclass
from typing import NamedTuple

import yaml

MAX_CHARACTERS = 1_000_000
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*([^`\r]*)\r?$")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/@+-]*(?<! )")
_AMBIGUOUS = re.compile(r"(?i)y|n|yes|no|on|off|true|false|null")


class MalformedDocument(Exception):
    """The text is not a proposal: the line says where, the reason says why."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(f"line {line}: {reason}")
        self.reason = reason
        self.line = line


class Value(NamedTuple):
    """One front matter entry as written: a scalar or a list of scalars, and its line."""

    text: str
    items: tuple[str, ...] | None
    line: int


class Fence(NamedTuple):
    """A fenced block inside a section: line offsets of its two marks and what it says it holds."""

    start: int
    end: int
    holds: str


@dataclass(frozen=True)
class Section:
    """What stands under one `## ` heading, with the line of the heading."""

    heading: str
    line: int
    lines: tuple[str, ...]
    fences: tuple[Fence, ...]


@dataclass(frozen=True)
class Parts:
    """A whole document, cut but not yet understood."""

    front: dict[str, Value]
    title: str
    title_line: int
    sections: tuple[Section, ...]


def cut(text: str) -> Parts:
    """Cut a document into front matter, title and sections, or say on which line it is wrong."""
    lines = _lines(text)
    end = _end_of_front_matter(lines)
    front = _front_matter(lines[1:end])
    title, title_line, body_from = _title(lines, end + 1)
    return Parts(front, title, title_line, tuple(_sections(lines, body_from)))


def trim(lines: tuple[str, ...] | list[str]) -> str:
    """Join lines without the blank ones at both ends."""
    first, last = 0, len(lines)
    while first < last and not lines[first].strip():
        first += 1
    while last > first and not lines[last - 1].strip():
        last -= 1
    return "\n".join(lines[first:last])


def scalar(text: str) -> str:
    """Write a front matter value so that any YAML reader gets exactly this string back."""
    if _PLAIN.fullmatch(text) and not _AMBIGUOUS.fullmatch(text) and not text[0].isdigit():
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def fence_for(text: str) -> str:
    """Choose a fence longer than every run of backticks in the text it will hold."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    return "`" * max(3, longest + 1)


def _lines(text: str) -> list[str]:
    if len(text) > MAX_CHARACTERS:
        raise MalformedDocument(f"longer than {MAX_CHARACTERS:,} characters", 1)
    if text.startswith("\ufeff"):
        text = text[1:]
    if text.startswith("---\r\n"):
        text = text.replace("\r\n", "\n")
    if found := _FORBIDDEN.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise MalformedDocument(f"contains the control character {found[0]!r}", line)
    return text.split("\n")


def _end_of_front_matter(lines: list[str]) -> int:
    if lines[0].rstrip() != "---":
        raise MalformedDocument("the first line must be `---`, the start of the front matter", 1)
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "---":
            return number
    raise MalformedDocument("the front matter that starts here is never closed with `---`", 1)


def _front_matter(lines: list[str]) -> dict[str, Value]:
    try:
        node = yaml.compose("\n".join(lines), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 2
        raise MalformedDocument(f"front matter: {error.problem}", line) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise MalformedDocument("front matter is not readable YAML", 2) from error
    if not isinstance(node, yaml.MappingNode):
        raise MalformedDocument("front matter must be `key: value` lines", 2)
    values: dict[str, Value] = {}
    for key, value in node.value:
        line = key.start_mark.line + 2
        if not isinstance(key, yaml.ScalarNode):
            raise MalformedDocument("front matter keys must be plain words", line)
        if key.value in values:
            raise MalformedDocument(f"`{key.value}` is given twice", line)
        values[key.value] = _value(key.value, value, line)
    return values


def _value(key: str, node: yaml.Node, line: int) -> Value:
    if isinstance(node, yaml.ScalarNode):
        return Value(str(node.value), None, line)
    if isinstance(node, yaml.SequenceNode):
        if all(isinstance(item, yaml.ScalarNode) for item in node.value):
            return Value("", tuple(str(item.value) for item in node.value), line)
        raise MalformedDocument(f"`{key}` must be a flat list", line)
    raise MalformedDocument(f"`{key}` must be a single value or a list", line)


def _title(lines: list[str], start: int) -> tuple[str, int, int]:
    for index in range(start, len(lines)):
        if lines[index].startswith("# "):
            return lines[index][2:].strip(), index + 1, index + 1
        if lines[index].strip():
            raise MalformedDocument("expected the `# Title` heading here", index + 1)
    raise MalformedDocument("has no `# Title` heading", len(lines))


def _sections(lines: list[str], start: int) -> list[Section]:
    starts = _headings(lines, start)
    for index in range(start, starts[0][0] if starts else len(lines)):
        if lines[index].strip():
            raise MalformedDocument("text before the first `## ` section", index + 1)
    sections = []
    for position, (index, fences) in enumerate(starts):
        end = starts[position + 1][0] if position + 1 < len(starts) else len(lines)
        offset = index + 1
        inside = tuple(Fence(f.start - offset, f.end - offset, f.holds) for f in fences)
        sections.append(
            Section(lines[index][3:].strip(), index + 1, tuple(lines[offset:end]), inside)
        )
    return sections


def _headings(lines: list[str], start: int) -> list[tuple[int, list[Fence]]]:
    """Find each heading that stands outside a fence, with the fences that follow it."""
    found: list[tuple[int, list[Fence]]] = []
    index = start
    while index < len(lines):
        line = lines[index]
        if opening := _FENCE.match(line):
            end = _closing(lines, index, opening[1], opening[2].strip())
            if found:
                found[-1][1].append(Fence(index, end, opening[2].strip()))
            index = end
        elif line.startswith("## "):
            found.append((index, []))
        index += 1
    return found


def _closing(lines: list[str], start: int, mark: str, holds: str) -> int:
    """Find the line that closes a fence.

    Inside a diff every line starts with a sign or a blank, so only a mark in the first column
    closes it: a context line that itself shows a fence is content.
    """
    indent = "" if holds.startswith("diff") else " {0,3}"
    closing = re.compile(rf"{indent}{re.escape(mark[0])}{{{len(mark)},}}[ \t\r]*$")
    for index in range(start + 1, len(lines)):
        if closing.match(lines[index]):
            return index
    raise MalformedDocument("the fenced block that starts here is never closed", start + 1)
