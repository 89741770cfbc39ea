"""What does a settings file say? A strict reader for the part of YAML that our settings use.

Nested mappings, lists of plain values, comments. Anything else is refused with its line, because a
reader that guesses turns a typing error into a setting.
"""

import re
from dataclasses import dataclass

WORDS = {"true": True, "false": False, "null": None}
INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")
ENTRY = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]*):(?: +(.*))?\Z")
REFUSED_STARTS = tuple("[]{}&*!|>%@`,?")

Scalar = str | int | bool | None
Node = Scalar | list[Scalar] | dict[str, "Node"]


class NotOurYaml(ValueError):
    """Tell which line cannot be read and why."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line


@dataclass(frozen=True)
class Line:
    """Hold one meaningful line: its number, its depth and its text."""

    number: int
    depth: int
    text: str


def read(text: str) -> dict[str, Node]:
    """Read a document whose top is a mapping."""
    lines = [
        line for number, raw in enumerate(text.splitlines(), 1) if (line := _line(number, raw))
    ]
    if lines and lines[0].text == "---":
        lines = lines[1:]
    if not lines:
        return {}
    node, rest = _mapping(lines, 0)
    if rest:
        raise NotOurYaml(rest[0].number, "indented differently from the lines above")
    return node


def _line(number: int, raw: str) -> Line | None:
    if "\t" in raw:
        raise NotOurYaml(number, "tabs are not allowed")
    text = _without_comment(raw).rstrip()
    if not text.strip():
        return None
    blanks = len(text) - len(text.lstrip(" "))
    if blanks % 2:
        raise NotOurYaml(number, "indent by two blanks")
    return Line(number, blanks // 2, text.strip())


def _without_comment(raw: str) -> str:
    quote = ""
    for position, char in enumerate(raw):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == "#" and (position == 0 or raw[position - 1] == " "):
            return raw[:position]
    return raw


def _mapping(lines: list[Line], depth: int) -> tuple[dict[str, Node], list[Line]]:
    found: dict[str, Node] = {}
    while lines and lines[0].depth == depth:
        line, lines = lines[0], lines[1:]
        match = ENTRY.match(line.text)
        if match is None:
            raise NotOurYaml(line.number, "expected `name: value`")
        name, value = match.groups()
        if name in found:
            raise NotOurYaml(line.number, f"{name} is given twice")
        if value is None:
            found[name], lines = _block(line, lines)
        else:
            found[name] = _scalar(line.number, value)
    return found, lines


def _block(parent: Line, lines: list[Line]) -> tuple[Node, list[Line]]:
    if not lines or lines[0].depth <= parent.depth:
        raise NotOurYaml(parent.number, "a value is missing")
    if lines[0].depth != parent.depth + 1:
        raise NotOurYaml(lines[0].number, "indented too far")
    if lines[0].text.startswith("- "):
        return _list(lines, parent.depth + 1)
    return _mapping(lines, parent.depth + 1)


def _list(lines: list[Line], depth: int) -> tuple[list[Scalar], list[Line]]:
    found: list[Scalar] = []
    while lines and lines[0].depth == depth:
        line, lines = lines[0], lines[1:]
        if not line.text.startswith("- "):
            raise NotOurYaml(line.number, "expected `- value`")
        if ENTRY.match(line.text[2:]):
            raise NotOurYaml(line.number, "lists hold plain values only")
        found.append(_scalar(line.number, line.text[2:].strip()))
    return found, lines


def _scalar(number: int, text: str) -> Scalar:
    if text[0] in "\"'":
        if len(text) < 2 or text[-1] != text[0] or text[0] in text[1:-1] or "\\" in text:
            raise NotOurYaml(number, "a quoted value must end with its quote and hold no other")
        return text[1:-1]
    if text.startswith(REFUSED_STARTS) or ": " in text:
        raise NotOurYaml(number, f"cannot read {text!r}; quote it or write it as a block")
    if text in WORDS:
        return WORDS[text]
    return int(text) if INTEGER.match(text) else text
